"""Addresses in MLflow's own pages, in the form that its interface reads."""

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from tracking.position import Position
from tracking.store import TrackingStore

# Without it the interface opens its pages for language-model traces, which look empty.
_TRAINING = "workflowType=machine_learning"
_VIEW = f"{_TRAINING}&compareRunsMode=CHART"
COMPARED_RUNS = 3
_LOOKED_AT = 100


def comparison_link(
    store: TrackingStore, experiment: str, *, server: str | None = None
) -> str | None:
    """The page that compares the experiment's last three runs that trained, as charts.

    Args:
        store: The store.
        experiment: Name of the experiment.
        server: Address of an MLflow server on a store that is none itself.

    Returns:
        The address, or None where no server shows the store or the experiment is not there.
    """
    base = server or (store.uri if store.artifacts is None else None)
    if base is None:
        return None
    client = store.client()
    found = client.get_experiment_by_name(experiment)
    if found is None:
        return None
    newest = client.search_runs(
        [found.experiment_id],
        max_results=_LOOKED_AT,
        order_by=["attributes.start_time DESC"],
    )
    # a filter of MLflow's would leave out runs without the tag
    trained = [run.info.run_id for run in newest if "kind" not in run.data.tags]
    runs = trained[:COMPARED_RUNS]
    return f"{_runs_page(base, found.experiment_id)}?{_only(runs)}{_VIEW}"


def run_link(store: TrackingStore, folder: Path, *, server: str | None = None) -> str | None:
    """The page of one run; None while the run or a server is missing."""
    base = server or (store.uri if store.artifacts is None else None)
    mlflow_run = Position.load(folder, uri=store.uri).mlflow_run
    if base is None or mlflow_run is None:
        return None
    experiment = store.client().get_run(mlflow_run).info.experiment_id
    return f"{_page(base)}/experiments/{experiment}/runs/{mlflow_run}?{_TRAINING}"


def _runs_page(base: str, experiment_id: str) -> str:
    return f"{_page(base)}/experiments/{experiment_id}/runs"


def _page(base: str) -> str:
    return f"{base.rstrip('/')}/#"


def _only(runs: Sequence[str]) -> str:
    if not runs:
        return ""
    listed = ", ".join(f"'{run}'" for run in runs)
    return f"searchFilter={quote(f'attributes.run_id IN ({listed})')}&"
