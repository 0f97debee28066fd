"""Tests of the store's address, its first start and its experiments."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.tracking.conftest import settings_in
from tracking.store import TrackingStore

OPEN_A_FRESH_STORE_THRICE = """
import multiprocessing, sys
from pathlib import Path
import mlflow  # once, before the fork
from tracking.store import TrackingStore

def experiment(home):
    store = TrackingStore(f"sqlite:///{home}/mlflow.db", home / "artifacts", home)
    return store.experiment_id(store.client(), "reviews")

with multiprocessing.get_context("fork").Pool(3) as pool:
    print(pool.map(experiment, [Path(sys.argv[1])] * 3, chunksize=1))
"""


@pytest.mark.long
def test_three_processes_on_a_fresh_store_all_get_the_same_experiment(tmp_path: Path) -> None:
    command = [sys.executable, "-c", OPEN_A_FRESH_STORE_THRICE, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.stdout.strip() == "['1', '1', '1']", done.stderr[-2000:]


def test_artifacts_of_a_bare_database_get_an_absolute_folder(
    store: TrackingStore, home: Path
) -> None:
    client = store.client()
    experiment = client.get_experiment(store.experiment_id(client, "reviews"))
    assert experiment.artifact_location == (home / "mlflow" / "artifacts" / "reviews").as_uri()


def test_server_decides_where_its_artifacts_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:5000")
    assert TrackingStore.from_settings(settings_in(Path("/x"))).artifacts is None


def test_homes_that_share_a_database_share_its_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "sqlite:////data/team/mlflow.db")
    stores = [TrackingStore.from_settings(settings_in(Path(home))) for home in ("/a", "/b")]
    assert [store.locks for store in stores] == [Path("/data/team")] * 2


def test_deleted_experiment_is_restored(store: TrackingStore) -> None:
    client = store.client()
    experiment = store.experiment_id(client, "reviews")
    client.delete_experiment(experiment)
    assert store.experiment_id(client, "reviews") == experiment
    assert client.get_experiment(experiment).lifecycle_stage == "active"


def test_shown_address_holds_no_password() -> None:
    store = TrackingStore("postgresql://anna:hunter2@db/mlflow", Path("/x"), Path("/x"))
    assert store.shown == "postgresql://anna:***@db/mlflow"
