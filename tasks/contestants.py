"""Models to compare by what a person calls them: a version, an alias, or a run."""

from pathlib import Path

from storage.errors import InputError
from storage.journal import read_records
from tasks.contest import Contestant
from tasks.deciding import contestant
from tracking.bundles import find_version
from tracking.evaluations import local_evaluation
from tracking.registry import CHALLENGER, by_alias
from tracking.store import TrackingStore


def named_contestant(home: Path, store: TrackingStore, model: str, wanted: str) -> Contestant:
    """The model that somebody names.

    Args:
        home: Where the runs of this machine lie.
        store: Where the model is registered.
        model: Registered name, prefix included.
        wanted: A version's number, an alias, or the name of a run of this home.

    Raises:
        InputError: If there is no such version or run; the message names what there is.
    """
    run = home / "runs" / wanted
    if wanted and run.is_dir():
        return _of_run(run)
    return contestant(home, store, find_version(store, model, wanted))


def newest_challenger(store: TrackingStore, model: str, *, besides: Contestant) -> str:
    """The version at @challenger, else the newest that is another bundle than the one beside.

    Raises:
        InputError: If there is none.
    """
    client = store.client()
    waiting = by_alias(client, model, CHALLENGER)
    if waiting is not None and waiting.bundle != besides.digest:
        return str(waiting.version)
    found = client.search_model_versions(f"name = '{model}'")
    others = [int(each.version) for each in found if f"v{each.version}" != besides.name]
    if not others:
        raise InputError(
            f"{model} has no version besides {besides.name} to compare it with; train another: "
            f"`seqflow retrain {model}`"
        )
    return str(max(others))


def _of_run(run: Path) -> Contestant:
    evaluation = local_evaluation(run)
    models = [record for record in read_records(run) if record["kind"] == "model"]
    if not models or evaluation is None:
        raise InputError(
            f"the run {run.name} made no model, or its files were cleaned away; name a version"
        )
    bundle, digest = Path(str(models[-1]["bundle"])), str(models[-1]["digest"])
    if not bundle.is_dir():
        raise InputError(f"the bundle of {run.name} was cleaned away; name its version instead")
    return Contestant(run.name, bundle, digest, evaluation, run.name)
