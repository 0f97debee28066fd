"""The lineage command: from data, run, version, alias or prediction file to the others."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from cli.console import console, print_json
from cli.server_files import use_running_servers
from configs.settings import Settings, apply_safe_defaults
from storage.errors import InputError
from storage.files import Json
from storage.outputs import remembered_outputs

if TYPE_CHECKING:
    from tracking.lineage import Lineage, VersionFacts
    from tracking.run_facts import RunFacts
    from training.prediction_lineage import PredictionLineage

_SHOWN = 12
"""Digits of a digest that people see."""


@dataclass
class Branch:
    """A thing and what came of it; Rich's own tree would cut lines that are to be copied."""

    text: str
    children: "list[Branch]" = field(default_factory=list)

    def add(self, text: str) -> "Branch":
        """A further child."""
        self.children.append(Branch(text))
        return self.children[-1]

    def lines(self) -> Iterator[str]:
        """The tree as lines, whole however narrow the terminal."""
        first, *rest = self.text.splitlines()
        yield first
        yield from (f"{'│' if self.children else ' '}  {line}" for line in rest)
        for child in self.children:
            is_last = child is self.children[-1]
            head, *below = child.lines()
            yield f"{'└─' if is_last else '├─'} {head}"
            yield from (f"{' ' if is_last else '│'}  {line}" for line in below)


def run_lineage(question: str, *, as_json: bool) -> None:
    """Print what hangs together with the thing asked about.

    Raises:
        InputError: If nothing is known by that name.
    """
    settings = Settings.from_environment()
    use_running_servers(settings.home)
    apply_safe_defaults(settings)
    lineage, asked = _trace(settings, question)
    predictions = _predictions(settings.home, lineage, asked)
    if as_json:
        print_json(_as_json(lineage, predictions))
    else:
        _print(lineage, predictions, console())


def _trace(
    settings: Settings, question: str
) -> "tuple[Lineage, dict[Path, PredictionLineage]]":
    from tracking.lineage import known, of_bundle, trace
    from tracking.store import TrackingStore

    everything = known(settings.home, TrackingStore.from_settings(settings))
    path = Path(question)
    if not path.is_file():
        return trace(everything, question, prefix=settings.registry_prefix), {}
    from training.prediction_lineage import SIDECAR, read_lineage

    said = read_lineage(path)
    origin = said.origin
    found = of_bundle(
        everything,
        question,
        name=origin.model,
        version=origin.version,
        bundle=origin.bundle,
    )
    return found, {path.with_name(path.name.removesuffix(SIDECAR)): said}


def _predictions(
    home: Path, lineage: "Lineage", asked: "dict[Path, PredictionLineage]"
) -> "dict[Path, PredictionLineage]":
    """Files the versions answered for: the one asked about, and those written from here."""
    from training.prediction_lineage import read_lineage

    wanted = {(each.name, each.version) for each in lineage.versions}
    found = {path.absolute(): said for path, said in asked.items()}
    for path in remembered_outputs(home):
        try:
            said = read_lineage(path)
        except InputError:
            continue  # somebody else's file under that name by now
        if (said.origin.model, said.origin.version) in wanted:
            found[path] = said
    return found


def _print(
    lineage: "Lineage", predictions: "dict[Path, PredictionLineage]", out: Console
) -> None:
    from tracking.lineage import comes_from

    placed: set[VersionFacts] = set()
    for data, runs in _by_data(lineage.runs).items():
        tree = Branch(_data_line(data, runs[0]))
        for run in runs:
            branch = tree.add(_run_line(run))
            for version in lineage.versions:
                if comes_from(version, run):
                    placed.add(version)
                    _add_version(branch, version, predictions)
        out.print("\n".join(tree.lines()), markup=False)
    for version in lineage.versions:
        if version not in placed:
            alone = Branch("run unknown")
            _add_version(alone, version, predictions)
            out.print("\n".join(alone.lines()), markup=False)
    for sentence in lineage.unknown:
        out.print(f"unknown: {sentence}", markup=False)


def _by_data(runs: "Sequence[RunFacts]") -> "dict[str, list[RunFacts]]":
    grouped: dict[str, list[RunFacts]] = {}
    for run in runs:
        grouped.setdefault(run.data, []).append(run)
    return grouped


def _data_line(data: str, run: "RunFacts") -> str:
    splits = ", ".join(f"{name} {rows:,}" for name, rows in run.rows.items())
    tables = run.tags.get("data_version", "")
    files = [f"{name} {digest[:_SHOWN]}" for name, digest in run.files.items()]
    shown = f"data {data[:_SHOWN] or 'unknown'}"
    if tables and tables != data:
        shown += f"   tables {tables[:_SHOWN]}"
    if splits:
        shown += f"   {splits}"
    if len(files) > 4:
        files = [*files[:3], f"and {len(files) - 3} more"]
    return shown + (f"\nfrom {', '.join(files)}" if files else "")


def _run_line(run: "RunFacts") -> str:
    tags = run.tags
    commit = tags.get("mlflow.source.git.commit", "")[:_SHOWN]
    dirty = " with changes" if tags.get("git_dirty") == "true" else ""
    about = [
        f"MLflow {run.mlflow_run[:_SHOWN]}" if run.mlflow_run else "not in MLflow",
        run.status.lower(),
        datetime.fromtimestamp(run.started / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC"),
        f"commit {commit}{dirty}" if commit else "commit unknown",
        f"lock {tags['lock_digest'][:_SHOWN]}" if tags.get("lock_digest") else "",
        tags.get("device", ""),
        f"reuses {tags['reused_run']}" if tags.get("reused_run") else "",
    ]
    why = tags.get("trigger", "")
    reason = f"{why}: {tags['reason']}" if tags.get("reason") else why
    lines = [f"run {run.run}   {', '.join(filter(None, about))}", reason]
    if run.steps:
        gone = [name for name, folder in run.steps.items() if not folder.is_dir()]
        steps = [f"{name} {folder.name}" for name, folder in run.steps.items()]
        lines.append(f"steps {', '.join(steps)}")
        if gone:
            lines.append(f"cleared away: {', '.join(gone)}")
    return "\n".join(filter(None, lines))


def _add_version(
    branch: Branch, version: "VersionFacts", predictions: "Mapping[Path, PredictionLineage]"
) -> None:
    aliases = "".join(f" @{alias}" for alias in version.aliases)
    twig = branch.add(
        f"{version.name} v{version.version}{aliases}   bundle {version.bundle[:_SHOWN]}"
    )
    for path, said in predictions.items():
        if (said.origin.model, said.origin.version) == (version.name, version.version):
            twig.add(
                f"predictions {path}   {said.rows:,} rows of {said.source} "
                f"{said.source_sha256[:_SHOWN]}, {said.created}{_change(path, said)}"
            )


def _change(path: Path, said: "PredictionLineage") -> str:
    if not path.is_file():
        return ", the file is gone"
    whole = not said.output_sha256 or said.is_of(path)
    return "" if whole else ", the file was changed since"


def _as_json(
    lineage: "Lineage", predictions: "Mapping[Path, PredictionLineage]"
) -> Mapping[str, Json]:
    runs: list[Json] = [
        {
            **{name: value for name, value in asdict(run).items() if name != "steps"},
            "data": run.data,
            "steps": {name: str(folder) for name, folder in run.steps.items()},
        }
        for run in lineage.runs
    ]
    return {
        "question": lineage.question,
        "runs": runs,
        "versions": [each._asdict() for each in lineage.versions],
        "predictions": [
            {"path": str(path), **said.to_json()} for path, said in predictions.items()
        ],
        "unknown": list(lineage.unknown),
    }
