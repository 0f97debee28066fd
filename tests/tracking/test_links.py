"""Tests of the addresses of MLflow's pages."""

import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from storage.journal import Journal
from tracking.links import comparison_link, run_link
from tracking.position import Position
from tracking.replay import Replay
from tracking.store import TrackingStore

SERVER = "http://127.0.0.1:5000"


def shipped_run(home: Path, store: TrackingStore, *, kind: str = "") -> Journal:
    journal = Journal.create(home, experiment="reviews", name="a run", key="k")
    if kind:
        journal.tag("kind", kind)
    Replay(journal.folder, store).advance(seconds=60)
    time.sleep(0.002)  # MLflow orders by milliseconds
    return journal


def test_comparison_opens_charts_of_exactly_the_last_three_runs(
    home: Path, store: TrackingStore
) -> None:
    runs = [shipped_run(home, store) for _ in range(5)]
    link = comparison_link(store, "reviews", server=SERVER + "/")
    assert link is not None
    assert link.endswith("workflowType=machine_learning&compareRunsMode=CHART")
    client = store.client()
    experiment = store.experiment_id(client, "reviews")
    page = urlsplit(urlsplit(link).fragment)
    assert link.startswith(f"{SERVER}/#/experiments/{experiment}/runs?")
    assert page.path == f"/experiments/{experiment}/runs"
    [query] = parse_qs(page.query)["searchFilter"]
    found = {run.data.tags["seqflow.run"] for run in client.search_runs([experiment], query)}
    assert found == {journal.run for journal in runs[-3:]}


def test_a_run_that_trains_nothing_is_not_compared(home: Path, store: TrackingStore) -> None:
    runs = [shipped_run(home, store), shipped_run(home, store, kind="monitor")]
    link = comparison_link(store, "reviews", server=SERVER)
    assert link is not None
    client = store.client()
    experiment = store.experiment_id(client, "reviews")
    named = {
        run.data.tags["seqflow.run"]: run.info.run_id in link
        for run in client.search_runs([experiment])
    }
    assert named == {runs[0].run: True, runs[1].run: False}


def test_there_is_no_link_without_a_server_or_an_experiment(store: TrackingStore) -> None:
    assert comparison_link(store, "reviews") is None
    assert comparison_link(store, "reviews", server=SERVER) is None


def test_run_has_a_page_once_it_has_arrived(home: Path, store: TrackingStore) -> None:
    journal = Journal.create(home, experiment="reviews", name="a run", key="k")
    assert run_link(store, journal.folder, server=SERVER) is None
    Replay(journal.folder, store).advance(seconds=60)
    mlflow_run = Position.load(journal.folder, uri=store.uri).mlflow_run
    link = run_link(store, journal.folder, server=SERVER)
    assert link is not None
    assert link.endswith(f"/runs/{mlflow_run}?workflowType=machine_learning")
