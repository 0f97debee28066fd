"""The sync command: bring MLflow level with the journals."""

from pathlib import Path

from cli.console import console
from configs.settings import Settings, apply_safe_defaults
from storage.errors import EnvironmentProblem
from storage.journal import read_records


def run_sync() -> None:
    """Ship what is missing, once; register the models that wait, and decide about them.

    Raises:
        EnvironmentProblem: If the store does not answer, or a run cannot be shipped.
    """
    settings = Settings.from_environment()
    apply_safe_defaults(settings)
    from tasks.promote import settle
    from tracking.shipping import registrations, sync
    from tracking.store import TrackingStore
    from training.scores import Scores

    out, store = console(), TrackingStore.from_settings(settings)
    report = sync(settings.home, store)
    for run in report.closed:
        out.print(f"  {run}: its process is gone; closed as KILLED")
    for run in report.shipped:
        folder = settings.home / "runs" / run
        out.print(f"  {run}: shipped")
        scores = _scores_of(folder)
        if scores is None:
            continue
        for model in registrations(folder, store):
            alias = settle(store, model.name, model.version, Scores.read(scores))
            out.print(f"  {model.name} v{model.version} is @{alias}")
    if report.left:
        lines = "\n".join(f"  {run}: {why}" for run, why in report.left.items())
        raise EnvironmentProblem(f"{len(report.left)} runs could not be shipped:\n{lines}")
    if not report.shipped:
        out.print("  nothing was missing")


def _scores_of(folder: Path) -> Path | None:
    """Folder of the run's evaluation, if it came so far."""
    for record in read_records(folder):
        path = Path(str(record.get("path", "")))
        if record["kind"] == "artifact" and path.name == "scores.json" and path.is_file():
            return path.parent
    return None
