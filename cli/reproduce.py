"""The reproduce command: the same run once more, and whether it came out the same."""

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from cli.console import console, print_json, print_table
from cli.rerun import CODE, code_at, own_files, rerun
from cli.server_files import use_running_servers
from configs.settings import Settings, apply_safe_defaults
from storage.errors import InputError, NotReproduced
from storage.files import Json, file_digest

if TYPE_CHECKING:
    from tracking.lineage import Known
    from tracking.results import RunResult
    from tracking.run_facts import RunFacts

_SHOWN = 12


@dataclass(frozen=True)
class Line:
    """One thing compared; empty values are unknown.

    Attributes:
        what: Its name.
        before: In the run.
        now: Here, or in the rerun.
    """

    what: str
    before: str
    now: str

    @property
    def is_equal(self) -> bool:
        """Whether both are known and the same."""
        return bool(self.before) and self.before == self.now


def run_reproduce(name: str, *, here: bool, as_json: bool) -> None:
    """Run it again and print what is equal and what is not.

    Raises:
        InputError: If the run is not known, or cannot be run again.
        NotReproduced: If the rerun came out different.
    """
    settings = Settings.from_environment()
    use_running_servers(settings.home)
    apply_safe_defaults(settings)
    from tracking.lineage import known
    from tracking.results import config_of, result_here, result_in_store
    from tracking.run_facts import from_journal
    from tracking.store import TrackingStore

    out, store = console(as_json=as_json), TrackingStore.from_settings(settings)
    settings.home.mkdir(parents=True, exist_ok=True)
    run = _run(known(settings.home, store), name)
    with ExitStack() as stack:
        place = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="seqflow-run-")))
        client = None if run.is_here else store.client()
        config = cast(Mapping[str, Json], config_of(run, settings.home, client, place))
        before = (
            result_in_store(client, run, place)
            if client is not None
            else result_here(settings.home / "runs" / run.run)
        )
        if not before.metrics:
            raise InputError(
                f"run {run.run} ended {run.status} and has no scores; there is nothing to "
                "compare a rerun with"
            )
        around = list(_surroundings(run, config, settings.home))
        for line in around:
            if not line.is_equal:
                out.print(f"  {line.what} differs: {line.before or 'unknown'} → {line.now}")
        if run.tags.get("git_dirty") == "true":
            out.print("  the run's code had changes that no commit holds")
        fresh = Path(tempfile.mkdtemp(prefix="reproduced-", dir=settings.home))
        again = rerun(
            config,
            code=_code(run, around, stack, here=here),
            home=fresh,
            source=settings.home,
            device=run.tags.get("device", ""),
            why=f"reproduces {run.run}",
        )
        facts = from_journal(again, home=fresh, uri="")
        assert facts is not None
        lines = [*_same_data(run, facts), *_same_result(before, result_here(again))]
    is_equal = all(line.is_equal for line in lines if line.before)
    _report(run, around, lines, is_equal=is_equal, as_json=as_json)
    if not is_equal:
        raise NotReproduced(f"the rerun of {run.run} came out different; it lies in {fresh}")
    shutil.rmtree(fresh, ignore_errors=True)


def _run(known: "Known", name: str) -> "RunFacts":
    from tracking.lineage import trace
    from tracking.mlflow_run import PARENT_TAG

    found = [run for run in trace(known, name).runs if name in (run.run, run.mlflow_run)]
    if not found:
        raise InputError(f"{name} is no run; `seqflow lineage {name}` names its runs")
    children = [run.run for run in known.runs if run.tags.get(PARENT_TAG) == found[0].run]
    if children:
        raise InputError(
            f"{name} compares seeds and trained nothing itself; reproduce one of its runs: "
            f"{', '.join(children)}"
        )
    return found[0]


def _surroundings(run: "RunFacts", config: Mapping[str, Json], home: Path) -> Iterator[Line]:
    """Commit, locked packages, data and device: in the run and here."""
    from tracking.run_facts import COMMIT_TAG
    from tracking.runs import git_state

    git, lock = git_state(CODE), CODE / "requirements.lock"
    changed = " with changes" if git and git.dirty else ""
    commit = git.commit[:_SHOWN] + changed if git else ""
    yield Line("commit", run.tags.get(COMMIT_TAG, "")[:_SHOWN], commit)
    locked = file_digest(lock)[:_SHOWN] if lock.is_file() else ""
    yield Line("lock", run.tags.get("lock_digest", "")[:_SHOWN], locked)
    yield Line("device", run.tags.get("device", ""), _device(config))
    for file in own_files(config):
        there = (home / "own" / file["sha256"] / file["name"]).exists()
        digest = file["sha256"][:_SHOWN]
        yield Line(file["name"], digest, digest if there else "absent")


def _device(config: Mapping[str, Json]) -> str:
    from configs.experiment import ExperimentConfig
    from training.device import resolve_device

    experiment = ExperimentConfig.model_validate(config)
    return resolve_device(experiment.training, experiment.network, override=None).device


def _code(run: "RunFacts", around: list[Line], stack: ExitStack, *, here: bool) -> Path:
    """Folder of the code to run: the present one when asked for, or when it is the run's."""
    from tracking.run_facts import COMMIT_TAG

    (commit,) = (line for line in around if line.what == "commit")
    if here or not run.tags.get(COMMIT_TAG) or commit.is_equal:
        return CODE
    return stack.enter_context(code_at(run.tags[COMMIT_TAG]))


def _same_data(before: "RunFacts", now: "RunFacts") -> Iterator[Line]:
    for split, digest in before.splits.items():
        yield Line(f"{split} rows", digest[:_SHOWN], now.splits.get(split, "")[:_SHOWN])


def _same_result(before: "RunResult", now: "RunResult") -> Iterator[Line]:
    yield Line("weights", before.weights[:_SHOWN], now.weights[:_SHOWN])
    for name in sorted(before.metrics.keys() | now.metrics.keys()):
        values = (one.metrics.get(name) for one in (before, now))
        yield Line(name, *("" if value is None else repr(value) for value in values))
    if before.predictions is not None and now.predictions is not None:
        yield _same_predictions(before.predictions, now.predictions)


def _same_predictions(before: Path, now: Path) -> Line:
    import pandas as pd

    first, second = pd.read_parquet(before), pd.read_parquet(now)
    rows = f"{len(first):,} rows"
    if len(first) != len(second) or list(first) != list(second):
        return Line("predictions", rows, f"{len(second):,} rows")
    same = ((first == second) | (first.isna() & second.isna())).all(axis="columns")
    other = int((~same).sum())
    return Line("predictions", rows, f"{other:,} of them differ" if other else rows)


def _report(
    run: "RunFacts", around: list[Line], lines: list[Line], *, is_equal: bool, as_json: bool
) -> None:
    if as_json:
        listed = {
            name: [{**asdict(line), "equal": line.is_equal} for line in part]
            for name, part in (("surroundings", around), ("results", lines))
        }
        print_json({"run": run.run, "equal": is_equal, **listed})
        return
    out = console()
    compared = [line for line in lines if line.before]
    equal = [line for line in compared if line.is_equal]
    out.print(f"  {run.run}: {len(equal)} of {len(compared)} results are equal")
    for line in lines:
        if not line.before:
            out.print(f"  {line.what} of the run is unknown and was not compared")
    different = [
        (each.what, each.before, each.now or "absent") for each in compared if not each.is_equal
    ]
    if different:
        print_table(out, "", ("result", "run", "rerun"), different)
