"""A registered bundle as the lineage of predictions names it."""

from pathlib import Path

from tracking.bundles import RegisteredBundle
from tracking.runs import git_state
from training.prediction_lineage import ModelOrigin


def origin_of(found: RegisteredBundle) -> ModelOrigin:
    """The version, the runs that made it, and the code that answers with it."""
    git = git_state(Path(__file__).parent)
    return ModelOrigin(
        model=found.version.name,
        version=found.version.version,
        bundle=found.version.bundle,
        run=found.version.run,
        mlflow_run=found.mlflow_run,
        commit=git.commit if git else "",
        dirty=git.dirty if git else False,
    )
