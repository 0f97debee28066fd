"""Tests of shipping beside a training, through outages, and afterwards."""

import logging
import subprocess
import sys
import time
from pathlib import Path

import pytest

from storage.errors import EnvironmentProblem
from storage.files import folder_digests
from storage.journal import Journal, run_state
from tests.tracking.server import MlflowServer
from tracking.bundles import registered_bundle
from tracking.position import Position
from tracking.runs import record_model
from tracking.shipping import Shipper, close_dead_runs, registrations, sync
from tracking.store import TrackingStore

CLOSED_PORT = "http://127.0.0.1:1"
DIE_IN_A_RUN = """
import os, signal, sys
from pathlib import Path
from storage.journal import Journal
journal = Journal.create(Path(sys.argv[1]), experiment="reviews", name="dies", key="k")
journal.metric("train/loss", 1.0, step=1)
os.kill(os.getpid(), signal.SIGKILL)
"""
MAX_MILLISECONDS_PER_STEP = 0.1


def milliseconds_per_step(journal: Journal, steps: range) -> float:
    """Time this thread spends for one metric: processor time, blind to a busy machine."""
    began = time.thread_time()
    for step in steps:
        journal.metric("train/loss", 1 / (step + 1), step=step)
    return (time.thread_time() - began) / len(steps) * 1000


def steps_in(store: TrackingStore, folder: Path, key: str = "train/loss") -> list[int]:
    mlflow_run = Position.load(folder, uri=store.uri).mlflow_run
    assert mlflow_run is not None
    return sorted(each.step for each in store.client().get_metric_history(mlflow_run, key))


def status_in(store: TrackingStore, folder: Path) -> str:
    mlflow_run = Position.load(folder, uri=store.uri).mlflow_run
    assert mlflow_run is not None
    return str(store.client().get_run(mlflow_run).info.status)


@pytest.fixture
def on_server(server: MlflowServer, home: Path) -> TrackingStore:
    return TrackingStore(uri=server.uri, artifacts=None, locks=home / "mlflow")


def test_thread_ships_by_itself_while_training(journal: Journal, store: TrackingStore) -> None:
    shipper = Shipper(journal.folder, store).start()
    journal.metric("train/loss", 1.0, step=1)
    deadline = time.monotonic() + 60
    while Position.load(journal.folder, uri=store.uri).offset == 0:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    shipper.finish(timeout_seconds=60)


def test_finish_ships_the_rest(journal: Journal, store: TrackingStore) -> None:
    shipper = Shipper(journal.folder, store).start()
    for step in range(1500):
        journal.metric("train/loss", 1.0, step=step)
    journal.end("FINISHED")
    assert shipper.finish(timeout_seconds=120)
    assert steps_in(store, journal.folder) == list(range(1500))
    assert status_in(store, journal.folder) == "FINISHED"


def test_store_that_is_down_at_the_start_is_one_warning_and_no_error(
    journal: Journal, home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = TrackingStore(uri=CLOSED_PORT, artifacts=None, locks=home)
    began = time.monotonic()
    with caplog.at_level(logging.WARNING, logger="tracking"):
        shipper = Shipper(journal.folder, store).start()
        journal.metric("train/loss", 1.0, step=1)
        assert not shipper.flush(timeout_seconds=300)
        assert not shipper.finish(timeout_seconds=300)
    assert time.monotonic() - began < 200  # it does not wait for what does not come
    assert len(caplog.records) == 1
    assert f"MLflow at {CLOSED_PORT} takes no record" in caplog.text
    assert "`seqflow sync` ships it later" in caplog.text


def test_killed_server_loses_no_metric_and_the_model_is_registered_later(
    journal: Journal,
    server: MlflowServer,
    on_server: TrackingStore,
    home: Path,
    bundle: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    shipper = Shipper(journal.folder, on_server).start()
    before = milliseconds_per_step(journal, range(400))
    assert shipper.flush(timeout_seconds=60)
    server.kill()
    during = milliseconds_per_step(journal, range(400, 1200))
    record_model(journal, bundle, name="reviews", verdict="better than the majority")
    journal.end("FINISHED")
    assert not shipper.finish(timeout_seconds=60)
    assert registrations(journal.folder, on_server) == ()

    server.start()
    report = sync(home, on_server)

    assert report.shipped == [journal.run]
    assert [(model.name, model.version) for model in report.registrations] == [("reviews", 1)]
    assert steps_in(on_server, journal.folder) == list(range(1200))
    assert status_in(on_server, journal.folder) == "FINISHED"
    fetched = registered_bundle(on_server, "reviews", "1", cache=home / "models").folder
    assert folder_digests(fetched) == folder_digests(bundle)
    assert max(before, during) < MAX_MILLISECONDS_PER_STEP
    assert len([each for each in caplog.records if "takes no record" in each.message]) == 1
    assert sync(home, on_server).shipped == []


def test_frozen_server_holds_nobody_up(
    journal: Journal, server: MlflowServer, on_server: TrackingStore
) -> None:
    shipper = Shipper(journal.folder, on_server).start()
    assert shipper.flush(timeout_seconds=60)
    server.freeze()
    try:
        spent = milliseconds_per_step(journal, range(1000))
        began = time.monotonic()
        assert not shipper.finish(timeout_seconds=0.5)
        waited = time.monotonic() - began
    finally:
        server.thaw()
    assert spent < MAX_MILLISECONDS_PER_STEP
    assert waited < 3  # 0.5, on a machine that does other things too


def test_dead_owners_run_is_killed_in_journal_and_store(
    home: Path, store: TrackingStore
) -> None:
    subprocess.run([sys.executable, "-c", DIE_IN_A_RUN, str(home)], check=False)
    [folder] = (home / "runs").iterdir()
    report = sync(home, store)
    assert report.closed == report.shipped == [folder.name]
    state = run_state(folder)
    assert state is not None
    assert state.status == "KILLED"
    assert status_in(store, folder) == "KILLED"
    assert steps_in(store, folder) == [1]


def test_living_owners_run_is_left_open(journal: Journal, home: Path) -> None:
    assert close_dead_runs(home) == []
    state = run_state(journal.folder)
    assert state is not None
    assert state.status is None


def test_sync_without_a_store_says_where_it_looked_and_what_to_do(
    journal: Journal, home: Path
) -> None:
    store = TrackingStore(uri="http://anna:hunter2@127.0.0.1:1", artifacts=None, locks=home)
    with pytest.raises(EnvironmentProblem) as caught:
        sync(home, store)
    message = str(caught.value)
    assert "MLflow at http://anna:***@127.0.0.1:1 does not answer" in message
    assert "run the same command again" in message
    assert "hunter2" not in message


def test_one_broken_journal_does_not_stop_the_others(
    home: Path, journal: Journal, store: TrackingStore
) -> None:
    broken = home / "runs" / "00000000-broken"
    broken.mkdir()
    (broken / "journal.jsonl").write_text(
        '{"kind": "tag", "key": "a", "value": "b", "time": 1}\n'
    )
    report = sync(home, store)
    assert report.shipped == [journal.run]
    assert "has no start" in report.left[broken.name]
