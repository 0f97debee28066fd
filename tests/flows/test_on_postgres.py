"""The several-machines set-up on a real PostgreSQL: two workers, and a restart."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from cli.server_files import client_environment, database_path
from configs.shipped import preset_names
from storage.journal import read_records, run_states
from tests.flows.prefect_rest import PrefectRest
from tests.postgres import PostgresServer, running_postgres
from tests.running_servers import RunningServers, running_servers

pytestmark = [pytest.mark.postgres, pytest.mark.flow, pytest.mark.timeout(900)]

SMALL = {"data": {"rows": 400}, "training": {"batch_size": 8, "checkpoint_batches": 5}}
EXPERIMENTS = preset_names()[:4]
"""Four, for trainings of one experiment go one at a time."""


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    with running_postgres(tmp_path_factory.mktemp("postgres")) as server:
        yield server


@pytest.fixture(scope="module")
def servers(
    database: PostgresServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningServers]:
    home = tmp_path_factory.mktemp("home")
    with running_servers(home, database.address, deployed=EXPERIMENTS) as servers:
        yield servers


@pytest.fixture
def prefect(servers: RunningServers) -> Iterator[PrefectRest]:
    with PrefectRest(servers.api) as rest:
        yield rest


def test_two_workers_finish_four_runs_through_a_restart_of_the_database(
    servers: RunningServers, database: PostgresServer, prefect: PrefectRest
) -> None:
    home = servers.settings.home
    with second_worker(servers):
        runs = [started(prefect, f"train/{name}") for name in EXPERIMENTS]
        wait_until_training(home)
        database.restart()
        with ThreadPoolExecutor(len(runs)) as waiting:
            states = list(waiting.map(prefect.final_state, runs))
    assert states == ["Completed"] * len(EXPERIMENTS)
    with httpx.Client(base_url=servers.mlflow, trust_env=False, timeout=60) as mlflow:
        for run in run_states(home):
            assert run.status == "FINISHED"
            assert metrics_in(mlflow, run.folder) == metrics_of(run.folder)


def test_the_password_is_in_no_file_but_its_own(
    servers: RunningServers, database: PostgresServer
) -> None:
    home = servers.settings.home
    holding = {
        path
        for path in home.rglob("*")
        if path.is_file() and database.password.encode() in path.read_bytes()
    }
    assert holding == {database_path(home)}
    assert database_path(home).stat().st_mode & 0o077 == 0
    commands = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True)
    assert database.password not in commands.stdout


def started(prefect: PrefectRest, deployment: str) -> str:
    """Id of a small run of the deployment, of an experiment named after it."""
    experiment = {"preset": "demo", "name": deployment.replace("/", "-"), **SMALL}
    wish = prefect.ask_for_run(
        prefect.deployment(deployment)["id"], parameters={"experiment": experiment}
    )
    return str(wish.json()["id"])


@contextmanager
def second_worker(servers: RunningServers) -> Iterator[None]:
    """A worker as another machine would start it, by Prefect's own command."""
    home = servers.settings.home
    command = [sys.executable, "-m", "prefect", "worker", "start", "--pool", "seqflow"]
    environment = {
        **os.environ,
        **client_environment(home),
        "SEQFLOW_HOME": str(home),
        "PREFECT_WORKER_QUERY_SECONDS": "1",
        "OMP_NUM_THREADS": "1",
    }
    log = home / "second-worker.log"
    with log.open("wb") as output:
        worker = subprocess.Popen(
            [*command, "--name", "second"],
            env=environment,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        yield
    finally:
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()


def wait_until_training(home: Path, seconds: float = 240) -> None:
    """Return once some run of the home has written a metric."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if any(metrics_of(run.folder) for run in run_states(home)):
            return
        time.sleep(0.2)
    raise AssertionError(f"no run trained within {seconds:.0f} s")


def metrics_of(run: Path) -> set[tuple[str, Any]]:
    """Key and step of every metric in the run's journal."""
    return {
        (str(record["key"]), record["step"] or 0)
        for record in read_records(run)
        if record["kind"] == "metric"
    }


def metrics_in(mlflow: httpx.Client, run: Path) -> set[tuple[str, Any]]:
    """Key and step of every metric that MLflow has of the run."""
    found = mlflow.post(
        "/api/2.0/mlflow/runs/search",
        json={"experiment_ids": ids_of(mlflow), "filter": f"tags.`seqflow.run` = '{run.name}'"},
    ).json()["runs"]
    (only,) = found
    run_id = only["info"]["run_id"]
    return {
        (each["key"], int(each.get("step", 0)))
        for metric in only["data"]["metrics"]
        for each in history(mlflow, run_id, metric)
    }


def ids_of(mlflow: httpx.Client) -> list[str]:
    answer = mlflow.post("/api/2.0/mlflow/experiments/search", json={"max_results": 100})
    return [each["experiment_id"] for each in answer.json()["experiments"]]


def history(
    mlflow: httpx.Client, run_id: str, metric: Mapping[str, Any]
) -> list[dict[str, Any]]:
    answer = mlflow.get(
        "/api/2.0/mlflow/metrics/get-history",
        params={"run_id": run_id, "metric_key": metric["key"]},
    )
    found: list[dict[str, Any]] = answer.json()["metrics"]
    return found
