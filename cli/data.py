"""The data commands: add a file as a new data version, and list the versions there are."""

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from cli.check import Passage, through_the_gate
from cli.console import console, print_json, print_table
from cli.experiments import Request, experiment_of
from cli.own_data import adopted
from cli.server_files import use_running_servers
from configs.data import SPLITS, AddedFile, DataConfig
from configs.experiment import ExperimentConfig
from configs.settings import Settings, apply_safe_defaults
from storage.errors import DataCheckError, InputError
from storage.files import Json

if TYPE_CHECKING:
    from corpora.versions import DataVersion


@dataclass(frozen=True)
class NewFile:
    """The file to add, and how it is read.

    Attributes:
        path: Where it lies.
        columns: Names of its columns; those not given are called as in the source.
        format: How it is read; None guesses by its suffix.
        query: SQL query for a SQLite file.
        encoding: Its text encoding.
        target_file: Translations of its sentences, line by line.
    """

    path: Path
    columns: Mapping[str, str | None]
    format: str | None = None
    query: str | None = None
    encoding: str = "utf-8"
    target_file: Path | None = None


def run_data_add(
    target: str, file: NewFile, *, settings: Sequence[str], reason: str, as_json: bool
) -> None:
    """Check the file, make it a new data version, and tell whoever retrains.

    Raises:
        InputError: If the file cannot be read, or brings nothing new.
        DataCheckError: If the gate objects; everything is then as it was.
    """
    here = Settings.from_environment()
    experiment = experiment_of(Request(target=target, settings=tuple(settings)), here.home)
    made, passage = _add(experiment, file, here, reason=reason)
    use_running_servers(here.home)
    apply_safe_defaults(here)
    from tasks.events import emit

    told = emit(
        "seqflow.data.changed",
        experiment.name,
        reason=reason or f"{file.path.name} added",
        data_digest=made.digest,
    )
    counts = _counts(passage)
    if as_json:
        print_json({**made.to_json(), "experiment": experiment.name, **counts, "told": told})
        return
    out = console()
    for finding in passage.findings.warnings:
        out.print(f"  warning: {finding.message}")
    out.print(
        f"  {file.path.name}: {counts['read']:,} rows, {counts['rejected']:,} rejected, "
        f"{counts['dropped']:,} dropped by cleaning, {counts['known']:,} known already, "
        f"{made.gained:,} new"
    )
    splits = ", ".join(f"{name} {made.rows[name]:,}" for name in SPLITS)
    out.print(f"  {experiment.name} data version {made.number} ({made.digest[:12]}): {splits}")
    if not told:
        out.print(f'  Next:  seqflow retrain {target} --reason "new data"')


def run_data_list(target: str, *, settings: Sequence[str], as_json: bool) -> None:
    """Print the versions of the experiment's data."""
    from corpora.versions import DataVersions

    home = Settings.from_environment().home
    experiment = experiment_of(Request(target=target, settings=tuple(settings)), home)
    versions = DataVersions(home, experiment.name).all()
    if as_json:
        listed: list[Json] = [each.to_json() for each in versions]
        print_json({"experiment": experiment.name, "versions": listed})
        return
    heads = ("version", "rows", "added", "file", "when", "reason", "digest")
    print_table(console(), "", heads, _lines(experiment.data, versions))


def _add(
    experiment: ExperimentConfig, file: NewFile, here: Settings, *, reason: str
) -> "tuple[DataVersion, Passage]":
    from corpora.versions import DataVersions

    here.home.mkdir(parents=True, exist_ok=True)
    versions = DataVersions(here.home, experiment.name)
    newest = experiment.data.model_copy(update={"version": None, "added": ()})
    with versions.adding(), _adopted(file, newest, here.home) as added:
        before = versions.resolve(newest)
        _refuse_known(added, before, experiment.name)
        data = before.model_copy(
            update={"added": (*before.added, added), "version": (before.version or 0) + 1}
        )
        candidate = experiment.model_copy(update={"data": data})
        with tempfile.TemporaryDirectory(dir=here.home, prefix="check-") as place:
            passage = through_the_gate(candidate, here, Path(place), home=here.home)
            _refuse_broken(passage, candidate, file.path)
        rows = cast(Mapping[str, int], passage.facts["rows"])
        sources = cast(Sequence[Mapping[str, int]], passage.facts["sources"])
        if not sources[-1]["kept"]:
            raise InputError(
                f"{file.path.name} brings nothing new: all of its {sources[-1]['read']:,} rows "
                f"are in the data of {experiment.name} already, or were dropped by cleaning"
            )
        made = versions.append(
            data,
            rows={**{name: rows[name] for name in SPLITS}, "source": sources[0]["kept"]},
            gained=sources[-1]["kept"],
            reason=reason,
        )
    return made, passage


@contextmanager
def _adopted(file: NewFile, data: DataConfig, home: Path) -> Iterator[AddedFile]:
    """The file, copied into the home folder; taken out again when the block fails."""
    there = {path.name for path in (home / "own").glob("*")}
    copy = adopted(
        file.path,
        home,
        target_file=file.target_file,
        format=file.format,
        query=file.query,
        encoding=file.encoding,
        problem=data.problem,
    )
    columns = {key: name for key, name in file.columns.items() if name}
    try:
        yield AddedFile(file=copy, columns=data.columns.model_copy(update=columns))
    except BaseException:
        if copy.sha256 not in there:
            shutil.rmtree(home / "own" / copy.sha256, ignore_errors=True)
        raise


def _refuse_known(added: AddedFile, before: DataConfig, experiment: str) -> None:
    known = [each.file for each in before.added] + ([before.file] if before.file else [])
    if added.file.sha256 in {file.sha256 for file in known}:
        raise InputError(
            f"{added.file.name} (sha256 {added.file.sha256[:12]}) is part of the data of "
            f"{experiment} already; `seqflow data list {experiment}` shows since when"
        )


def _refuse_broken(passage: Passage, candidate: ExperimentConfig, path: Path) -> None:
    from data_checks.additions import check_added

    sources = cast(Sequence[Mapping[str, Any]], passage.facts["sources"])
    first_id = sum(source["numbered"] for source in sources[:-1])
    added = check_added(passage.tables, data=candidate.data, first_id=first_id)
    broken = [*(each for each in added if each.outcome != "passed"), *passage.findings.critical]
    if broken:
        raise DataCheckError(
            f"{path.name} was not added to {candidate.name}: "
            f"{'; '.join(finding.message for finding in broken)}"
        )


def _counts(passage: Passage) -> dict[str, int]:
    """What became of the rows of the added file."""
    source = cast(Sequence[Mapping[str, Any]], passage.facts["sources"])[-1]
    dropped = sum(source["dropped"].values())
    known = source["read"] - source["rejected"] - dropped - source["kept"]
    counts = {"read": source["read"], "rejected": source["rejected"], "dropped": dropped}
    return {**counts, "known": known}


def _lines(data: DataConfig, versions: "Sequence[DataVersion]") -> list[tuple[str, ...]]:
    source = f"{versions[0].rows['source']:,}" if versions else "?"
    lines: list[tuple[str, ...]] = [
        ("0", source, "", data.file.name if data.file else data.dataset, "", "", "")
    ]
    for each in versions:
        total = sum(each.rows[name] for name in SPLITS)
        file = each.added[-1].file.name
        lines.append(
            (
                str(each.number),
                f"{total:,}",
                f"+{each.gained:,}",
                file,
                each.created[:16].replace("T", " "),
                each.reason,
                each.digest[:12],
            )
        )
    return lines
