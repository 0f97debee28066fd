"""The sync command: bring MLflow level with the journals."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from cli.console import console
from cli.server_files import use_running_servers
from configs.settings import Settings, apply_safe_defaults
from storage.errors import EnvironmentProblem
from storage.journal import read_records, run_states

if TYPE_CHECKING:
    from tracking.store import TrackingStore


def run_sync() -> None:
    """Ship what is missing, once; register the models that wait, and decide about them.

    Raises:
        EnvironmentProblem: If the store does not answer, or a run cannot be shipped.
    """
    settings = Settings.from_environment()
    use_running_servers(settings.home)
    apply_safe_defaults(settings)
    from tracking.shipping import sync
    from tracking.store import TrackingStore

    out, store = console(), TrackingStore.from_settings(settings)
    report = sync(settings.home, store)
    for run in report.closed:
        out.print(f"  {run}: its process is gone; closed as KILLED")
    for run in report.shipped:
        out.print(f"  {run}: shipped")
    decided = list(_decide(settings.home, store))
    for line in decided:
        out.print(f"  {line}")
    if report.left:
        lines = "\n".join(f"  {run}: {why}" for run, why in report.left.items())
        raise EnvironmentProblem(f"{len(report.left)} runs could not be shipped:\n{lines}")
    if not report.shipped and not decided:
        out.print("  nothing was missing")


def _decide(home: Path, store: "TrackingStore") -> Iterator[str]:
    """Decide about every version that was registered after its run had ended."""
    from tasks.promote import settle
    from tasks.run import Run
    from tracking.evaluations import local_evaluation
    from tracking.registry import version
    from tracking.replay import Replay
    from tracking.shipping import BUDGET_SECONDS, registrations

    for state in run_states(home):
        decided = any(record["kind"] == "decided" for record in read_records(state.folder))
        if state.alive or decided or local_evaluation(state.folder) is None:
            continue
        for model in registrations(state.folder, store):
            run = Run(home, state.folder, state.experiment)
            settled = settle(run, store, version(store, model.name, model.version))
            Replay(state.folder, store).advance(seconds=BUDGET_SECONDS)
            reason = settled.promotion.decision.reason
            yield f"{model.name} v{model.version} is @{settled.alias}: {reason}"
