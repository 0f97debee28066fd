"""`doctor --clean`: free space, oldest first, never what a registered model rests on."""

from collections import Counter
from dataclasses import dataclass

from cli.console import console
from cli.server_files import use_running_servers
from configs.settings import Settings, apply_safe_defaults
from storage.errors import InputError

_KEEP_DAYS = 30.0
_GB = 1_000_000_000
_WORDS = {
    "step": "steps",
    "bundle": "cached bundles",
    "raw": "raw files",
    "run": "journals",
    "sweep": "sweeps",
    "rerun": "reruns",
}


@dataclass(frozen=True)
class Wish:
    """How much shall go.

    Attributes:
        keep_days: What was of use within so many days stays; None: 30 days, or, with a target,
            whatever the target asks for.
        target_gb: Stop when the home takes no more gigabytes than this.
        dry_run: Only say what would go.
    """

    keep_days: float | None = None
    target_gb: float | None = None
    dry_run: bool = False


def require_fitting(wish: Wish, *, clean: bool, fix: bool) -> None:
    """Refuse options that would be passed over without a word.

    Raises:
        InputError: With what goes together.
    """
    if clean and fix:
        raise InputError("--fix and --clean are two commands; run one after the other")
    if not clean and wish != Wish():
        raise InputError("--keep-days, --target-gb and --dry-run go with --clean")


def run_clean(wish: Wish) -> None:
    """Clear the home folder, and say what went.

    Raises:
        EnvironmentProblem: If MLflow does not answer; then nothing is cleared.
    """
    settings = Settings.from_environment()
    use_running_servers(settings.home)
    apply_safe_defaults(settings)
    from storage.clearing import Limits, clear, home_bytes
    from tracking.needed import needed_paths
    from tracking.store import TrackingStore

    needed = needed_paths(settings.home, TrackingStore.from_settings(settings))
    keep_days = wish.keep_days
    if keep_days is None:
        keep_days = _KEEP_DAYS if wish.target_gb is None else 0.0
    target = None if wish.target_gb is None else int(wish.target_gb * _GB)
    gone = clear(
        settings.home, needed=needed, limits=Limits(keep_days, target), dry_run=wish.dry_run
    )
    out = console()
    for each in gone:
        out.print(f"  {each.path}   {each.bytes / 1e6:,.1f} MB", markup=False)
    counts = Counter(each.kind for each in gone)
    listed = ", ".join(f"{count} {_WORDS[kind]}" for kind, count in counts.items())
    verb = "would be cleared" if wish.dry_run else "cleared"
    freed = sum(each.bytes for each in gone) / _GB
    out.print(
        f"  {listed or 'nothing'} {verb}: {freed:.2f} GB; the home takes "
        f"{home_bytes(settings.home) / _GB:.2f} GB"
    )
