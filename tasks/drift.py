"""New data against the champion, from its file to a report: what task and command share.

Nothing here needs Prefect.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, cast

from configs.data import Columns, DataConfig, OwnFile
from configs.experiment import ExperimentConfig
from configs.messages import read_experiment
from configs.monitoring import MonitoringConfig
from configs.settings import Settings
from storage.files import file_digest, read_json, write_json
from tasks.run import Run, short_run
from tracking.artifacts import required_artifact, run_artifact
from tracking.bundles import RegisteredBundle, registered_bundle
from tracking.registry import CHAMPION, registered_name
from tracking.runs import Trigger
from tracking.store import TrackingStore

if TYPE_CHECKING:
    import pyarrow as pa

    from data_checks.drift import Drift
    from training.new_data import NewRows


@dataclass(frozen=True)
class Champion:
    """A champion with what is known of its data.

    Attributes:
        model: The version and its bundle.
        experiment: As it was trained.
        profile: File of its profile.
        groups: Files that hold the groups of its data; none where they were not kept.
    """

    model: RegisteredBundle
    experiment: ExperimentConfig
    profile: Path
    groups: tuple[Path, ...]

    @property
    def title(self) -> str:
        """Name and version for people."""
        return f"{self.model.version.name} v{self.model.version.version}"

    def known_groups(self) -> "pa.Array | None":
        """Groups of the rows it learnt from and was tested on, as hex."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        if not self.groups:
            return None
        listed = [pq.read_table(path, columns=["group"])["group"] for path in self.groups]
        chunks = [chunk for column in listed for chunk in column.cast(pa.large_string()).chunks]
        return pa.concat_arrays(chunks).unique()


@dataclass(frozen=True)
class Look:
    """A look at new data.

    Attributes:
        model: Name and version of the champion.
        data: Name of the new data.
        sentence: The verdict.
        drift: All columns; None where there was nothing new to look at.
        data_digest: sha256 of the file; empty for a source that was fetched again.
        notes: What else to know: rows left out, and why.
        report: The page a person reads; None without a comparison.
        run: The run's journal folder name; empty without one.
    """

    model: str
    data: str
    sentence: str
    drift: "Drift | None"
    data_digest: str = ""
    notes: tuple[str, ...] = ()
    report: Path | None = None
    run: str = ""

    @property
    def drifted(self) -> bool:
        """Whether something drifted so far that it matters."""
        return self.drift is not None and bool(self.drift.drifted)


def find_champion(settings: Settings, name: str) -> Champion:
    """The champion of an experiment.

    Raises:
        InputError: If there is none, or its run keeps no profile.
    """
    store = TrackingStore.from_settings(settings)
    registered = registered_name(settings.registry_prefix, name)
    model = registered_bundle(store, registered, CHAMPION, cache=settings.home / "bundles")
    cache = settings.home / "evaluations"
    profile = required_artifact(store, model.version, "profile/profile.json", cache=cache)
    config = required_artifact(store, model.version, "config/config.json", cache=cache)
    lineage = run_artifact(store, model.version, "lineage/groups.parquet", cache=cache)
    tested = run_artifact(store, model.version, "evaluation/predictions.parquet", cache=cache)
    return Champion(
        model,
        read_experiment(cast(dict[str, Any], read_json(config))),
        profile,
        (lineage, tested) if lineage and tested else (),
    )


def look(
    settings: Settings,
    champion: Champion,
    limits: MonitoringConfig,
    *,
    data: OwnFile | None,
    columns: Columns,
    trigger: Trigger,
    reason: str,
) -> Look:
    """Read new data as the champion's was read, let the champion answer it, and compare.

    Args:
        settings: Home, mirror and device.
        champion: Whose data is the reference.
        limits: What matters.
        data: A file kept in the home folder; None fetches the champion's source again and
            looks at the rows that it did not hold before.
        columns: Columns of the file, where they are not the champion's.
        trigger: What asked for it.
        reason: Why, in somebody's words.

    Raises:
        InputError: If the data cannot be used.
    """
    source = champion.experiment.data
    if data is None and (why := fixed_source(source)) is not None:
        sentence = f"nothing new to look at: {why}; give new data to compare (--data)"
        return Look(champion.title, source.dataset, sentence, None)
    name = data.name if data else source.dataset
    tags = {
        "model_version": str(champion.model.version.version),
        "data": name,
        "data_version": data.sha256 if data else "",
        "trigger": trigger,
        "reason": reason,
    }
    settings.home.mkdir(parents=True, exist_ok=True)
    owner = champion.experiment.name
    with TemporaryDirectory(dir=settings.home, prefix="monitor-") as place:
        rows = _answered(settings, champion, data, columns, Path(place))
        with short_run(settings, owner, kind="monitor", tags=tags) as run:
            found = _compared(run, champion, limits, rows=rows, place=Path(place), name=name)
    return replace(found, data_digest=data.sha256 if data else "")


def fixed_source(data: DataConfig) -> str | None:
    """Why fetching the data again cannot bring anything new; None where it can."""
    from corpora.catalogue import dataset

    if data.file is not None:
        return f"{data.file.name} is kept under its digest"
    entry = dataset(data.dataset)
    if entry.generator is not None:
        return f"{entry.name} is generated, the same rows each time"
    if not entry.changes_over_time:
        return f"the source of {entry.name} is pinned by its digest"
    return None


def _answered(
    settings: Settings,
    champion: Champion,
    data: OwnFile | None,
    columns: Columns,
    place: Path,
) -> "NewRows":
    """The new rows with the champion's answers, as a table in the folder `rows`."""
    from corpora.download import fetch
    from corpora.new_rows import read_new_rows
    from corpora.own_files import own_path
    from corpora.readers import read_rows
    from training.new_data import answer_new_rows

    source = champion.experiment.data
    if data is not None:
        path = own_path(data, own=settings.home / "own")
        chunks = read_new_rows(path, data, data=source, columns=columns)
    else:
        # a cache of its own: the kept one answers with what was fetched first
        fetch(source, place / "raw", cache=place / "cache", mirror=settings.mirror)
        chunks = read_rows(place / "raw", source)
    return answer_new_rows(
        chunks,
        place / "rows",
        champion.model.folder,
        data=source,
        known=champion.known_groups(),
        only_new=data is None,
        device=settings.device if settings.device in ("cpu", "cuda") else "cpu",
    )


def _compared(
    run: Run,
    champion: Champion,
    limits: MonitoringConfig,
    *,
    rows: "NewRows",
    place: Path,
    name: str,
) -> Look:
    """Compare, write the report, and keep the figures with the run."""
    from data_checks.drift_report import write_report
    from data_checks.profile import Profile
    from data_checks.profile_comparison import compare
    from data_checks.profiling import profile_new

    reference = Profile.read(champion.profile)
    new = profile_new(place / "rows", reference=reference, text=rows.text)
    drift = compare(reference, new, limits)
    sentence = drift.sentence(data=name, model=champion.title)
    notes = tuple(_notes(rows, drift, champion))
    folder = run.folder / "drift"
    report = write_report(folder, drift, reference, new, verdict=sentence, notes=notes)
    write_json(folder / "drift.json", {"verdict": sentence, **drift.to_json()})
    journal = run.journal()
    for column in drift.columns:
        if column.outcome != "unchecked":
            journal.metric(f"drift/{column.name}", column.effect)
    journal.metric("drift/columns", float(len(drift.drifted)))
    journal.tag("mlflow.note.content", sentence)
    journal.tag("profile", file_digest(champion.profile))
    journal.artifact(folder, "drift")
    return Look(
        champion.title, name, sentence, drift, notes=notes, report=report, run=run.folder.name
    )


def _notes(rows: "NewRows", drift: "Drift", champion: Champion) -> list[str]:
    """Rows that were left out of the comparison or of a part of it, and why."""
    notes = []
    if rows.rejected:
        notes.append(f"{rows.rejected:,} of {rows.read:,} rows could not be read.")
    if rows.dropped:
        notes.append(f"{rows.dropped:,} of {rows.read:,} rows were dropped by cleaning.")
    repeats = drift.rows - drift.distinct
    if repeats:
        cases = champion.experiment.data.problem == "events"
        same = "are of the case" if cases else "repeat the text"
        notes.append(f"{repeats:,} rows {same} of another and count once with it.")
    if rows.known:
        notes.append(
            f"{rows.known:,} rows stand in the champion's own data: unknown words, answers and "
            "accuracy are of the others."
        )
    if not champion.groups:
        notes.append(
            "The champion's run does not say which rows it learnt from; rows of those among "
            "the new ones make it look surer and more often right."
        )
    return notes
