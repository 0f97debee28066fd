"""The run a flow's tasks belong to: its journal, its way into MLflow, and how it ends."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from configs.experiment import ExperimentConfig
from configs.settings import Settings, apply_safe_defaults
from storage.code import code_digests
from storage.errors import Interrupted
from storage.files import Json, digest_of_json, write_json
from storage.journal import Journal, Status, stopped_run
from tracking.runs import Origin, Trigger, describe, record_parent, run_name
from tracking.shipping import Shipper, close_dead_runs
from tracking.store import TrackingStore

_LOCK_FILE = Path(__file__).parent.parent / "requirements.lock"
_SHIPPING_SECONDS = 60.0
_shippers: dict[Path, Shipper] = {}
"""The shipper of each run open in this process, by the run's folder."""


@dataclass(frozen=True)
class Run:
    """What tasks need to know of their run.

    Attributes:
        home: The home folder.
        folder: Where the run's journal lies; its name is the run's identity.
        experiment: Name of the experiment and of its model.
    """

    home: Path
    folder: Path
    experiment: str

    def journal(self) -> Journal:
        """The run's journal, open for appending."""
        return Journal(self.folder)

    def ship(self) -> bool:
        """Wait, within limits, until MLflow has all of the journal; False when it has not."""
        return _shippers[self.folder].flush(_SHIPPING_SECONDS)


@contextmanager
def tracked_run(
    experiment: ExperimentConfig,
    *,
    trigger: Trigger,
    reason: str,
    seeds: int = 1,
    parent: Run | None = None,
    part: str = "",
) -> Iterator[Run]:
    """Keep the journal and the MLflow view of one run while the block works.

    A run of the same experiment and code that was killed is gone on with; other dead runs are
    closed. The run ends FINISHED, FAILED or KILLED as the block ends.

    Args:
        experiment: What the run is of.
        trigger: What started it.
        reason: Why, in somebody's words.
        seeds: How many seeds the run is the parent of; 1: it is no parent.
        parent: The run that this one is a part of.
        part: Which part of a sweep it is: `sweep` itself, or `trial 3`; other runs have none.
    """
    settings = Settings.from_environment()
    apply_safe_defaults(settings)
    above = parent.folder.name if parent else None
    family = {"seeds": seeds, "parent": above, "part": part}
    journal = _opened(settings.home, experiment, family)
    close_dead_runs(settings.home)
    origin = Origin(
        trigger,
        reason,
        data_version="",
        device="",
        lock_file=_LOCK_FILE,
        links=prefect_links(),
    )
    describe(journal, experiment, origin)
    if parent is not None:
        record_parent(journal, parent=parent.folder.name)
    write_json(journal.folder / "config.json", experiment.model_dump(mode="json"))
    journal.artifact(journal.folder / "config.json", "config")
    run = Run(settings.home, journal.folder, experiment.name)
    with _shipping(run, journal, TrackingStore.from_settings(settings)):
        yield run


@contextmanager
def short_run(
    settings: Settings, experiment: str, *, kind: str, tags: Mapping[str, str] | None = None
) -> Iterator[Run]:
    """Keep the journal and the MLflow view of a run that trains nothing.

    It needs no Prefect, and is not gone on with after a kill.

    Args:
        settings: Home folder and store.
        experiment: Whose run it is.
        kind: What it does, a tag of the run: `monitor`.
        tags: Further tags; empty ones are left out.
    """
    home = settings.home
    close_dead_runs(home)
    key = digest_of_json({"kind": kind, "time": time.time_ns()})
    journal = Journal.create(home, experiment=experiment, name=f"{experiment} {kind}", key=key)
    for name, value in {"kind": kind, **(tags or {})}.items():
        if value:
            journal.tag(name, value)
    run = Run(home, journal.folder, experiment)
    with _shipping(run, journal, TrackingStore.from_settings(settings)):
        yield run


@contextmanager
def _shipping(run: Run, journal: Journal, store: TrackingStore) -> Iterator[None]:
    """Ship the journal while the block works, and close it as the block ends."""
    shipper = _shippers[run.folder] = Shipper(run.folder, store).start()
    status: Status = "FINISHED"
    try:
        yield
    except BaseException as error:
        # signals reach us as Interrupted from the loop, elsewhere as no Exception at all
        by_signal = isinstance(error, Interrupted) or not isinstance(error, Exception)
        status = "KILLED" if by_signal else "FAILED"
        raise
    finally:
        journal.end(status)
        shipper.finish(_SHIPPING_SECONDS)
        del _shippers[run.folder]


def _opened(home: Path, experiment: ExperimentConfig, family: Mapping[str, Json]) -> Journal:
    """The journal of the killed run that this one goes on with, else of a new one."""
    code, packages = code_digests("flows.train")
    config = experiment.model_dump(mode="json")
    key = digest_of_json(
        {"config": config, "code": code, "packages": packages, "family": family}
    )
    stopped = stopped_run(home, experiment=experiment.name, key=key)
    if stopped:
        return Journal.resume(stopped)
    name = run_name(experiment)
    if family["part"]:
        name = f"{name}, {family['part']}"
    elif family["seeds"] != 1:
        name = f"{name}, {family['seeds']} seeds"
    elif family["parent"]:
        name = f"{name}, seed {experiment.training.seed}"
    return Journal.create(home, experiment=experiment.name, name=name, key=key)


def prefect_links() -> dict[str, str]:
    """The flow run's page in Prefect, where a server shows it."""
    from prefect import runtime  # not above: a look at new data needs no Prefect

    address = runtime.flow_run.ui_url
    # without a server with pages, Prefect builds an address upon "None"
    return {"prefect": str(address)} if str(address).startswith("http") else {}
