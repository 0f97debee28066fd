"""Deployments on a real server with the safe settings, and a worker that executes them."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from mlflow import MlflowClient

from cli.servers import retrain_remote
from configs.messages import read_experiment
from storage.errors import InputError
from tests.flows.prefect_rest import PrefectRest
from tests.running_servers import DEPLOYED, RunningServers, environment

ELSEWHERE = "http://elsewhere.example"
FLOWS = ("train", "retrain", "monitor", "predict")
SMALL = {"data": {"rows": 300}, "training": {"epochs": 1}}


@pytest.fixture
def prefect(prefect_server: RunningServers) -> Iterator[PrefectRest]:
    with PrefectRest(prefect_server.api) as rest:
        yield rest


@pytest.mark.flow
def test_every_deployment_stands_on_the_server(
    prefect_server: RunningServers, prefect: PrefectRest
) -> None:
    wanted = {f"{flow}/{name}" for flow in FLOWS for name in DEPLOYED}
    assert set(prefect_server.links.deployments) == wanted
    for name in wanted:
        deployment = prefect.deployment(name)
        assert deployment["enforce_parameter_schema"]
        assert bool(deployment["schedules"]) == name.startswith(("train/", "monitor/"))


@pytest.mark.flow
@pytest.mark.timeout(900)
def test_a_due_schedule_and_a_changed_retrain_both_complete(
    prefect_server: RunningServers, prefect: PrefectRest
) -> None:
    small = {"preset": "demo", **SMALL}
    train = prefect.deployment("train/demo")["id"]
    schedule = prefect.schedule(
        train, seconds=5, parameters={"experiment": small, "trigger": "schedule"}
    )
    retrained = run_by_prefects_command(
        prefect_server,
        "retrain/demo",
        experiment={**small, "network": {"dropout": 0.5}},
        reason="half of it",
    )
    scheduled = prefect.first_started_run(train)
    prefect.remove_schedule(train, schedule)
    assert prefect.final_state(scheduled) == "Completed"
    assert prefect.final_state(retrained) == "Completed"

    runs = {run["tags"]["trigger"]: run for run in mlflow_runs(prefect_server, "demo")}
    shipped = read_experiment({"preset": "demo"}).network.dropout
    assert runs["schedule"]["params"]["network.dropout"] == str(shipped)
    assert runs["manual"]["params"]["network.dropout"] == "0.5"
    assert runs["manual"]["tags"]["reason"] == "half of it"
    for run in runs.values():
        assert run["status"] == "FINISHED"
        assert 0.0 <= run["metrics"]["test/accuracy"] <= 1.0
    versions = MlflowClient(prefect_server.mlflow).search_model_versions("name='demo'")
    registered = {version.run_id for version in versions}
    assert registered >= {run["id"] for run in runs.values()}
    # the schedule's next turn may have come before it was removed
    assert registered <= {run["id"] for run in mlflow_runs(prefect_server, "demo")}


@pytest.mark.flow
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"training": {"epochs": -1}}, r"experiment\.training\.epochs.* -1 is less than .* 1"),
        ({"training": {"epoch": 1}}, r"experiment\.training.*'epoch' was unexpected"),
        ({"network": {"dropout": 1.5}}, r"experiment\.network.*1\.5"),
        ({"trainign": {}}, r"'trainign' was unexpected"),
    ],
)
def test_a_bad_parameter_is_refused_before_anything_runs(
    prefect_server: RunningServers,
    prefect: PrefectRest,
    changes: Mapping[str, Any],
    message: str,
) -> None:
    before = prefect.run_count()
    with environment(), pytest.raises(InputError, match=message):
        retrain_remote(prefect_server.settings, {"preset": "demo", **changes}, "a mistake")
    assert prefect.run_count() == before


@pytest.mark.flow
def test_an_unknown_preset_is_refused_by_the_server(prefect: PrefectRest) -> None:
    before = prefect.run_count()
    answer = prefect.ask_for_run(
        prefect.deployment("retrain/demo")["id"], parameters={"experiment": {"preset": "dmo"}}
    )
    assert answer.status_code == httpx.codes.CONFLICT
    assert "'dmo' is not one of ['alice'" in answer.text
    assert prefect.run_count() == before


@pytest.mark.flow
@pytest.mark.parametrize("variable", ["command", "env", "working_dir"])
def test_a_run_cannot_choose_what_is_executed(
    prefect: PrefectRest, tmp_path: Path, variable: str
) -> None:
    act = f"touch {tmp_path}/acted"
    values = {"command": act, "env": {"BASH_ENV": act}, "working_dir": str(tmp_path)}
    retrain = prefect.deployment("retrain/demo")["id"]
    before = prefect.run_count()
    answer = prefect.ask_for_run(retrain, job_variables={variable: values[variable]})
    assert answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY
    assert variable in answer.text
    assert prefect.run_count() == before
    assert list(tmp_path.iterdir()) == []


@pytest.mark.flow
def test_without_the_login_nothing_can_be_read(prefect: PrefectRest) -> None:
    with PrefectRest(prefect.api, login=False) as stranger:
        assert stranger.read("/deployments/name/retrain/demo") == httpx.codes.UNAUTHORIZED
    assert prefect.read("/deployments/name/retrain/demo") == httpx.codes.OK


@pytest.mark.flow
def test_a_form_on_a_page_from_elsewhere_cannot_start_a_run(prefect: PrefectRest) -> None:
    """The browser would send the login along; the token it cannot know."""
    retrain = prefect.deployment("retrain/demo")["id"]
    before = prefect.run_count()
    with PrefectRest(prefect.api, csrf=False, headers={"Origin": ELSEWHERE}) as forger:
        assert forger.ask_for_run(retrain).status_code == httpx.codes.FORBIDDEN
    assert prefect.run_count() == before


@pytest.mark.flow
def test_the_browser_lets_only_prefects_own_pages_speak_to_it(prefect: PrefectRest) -> None:
    own = prefect.api.url.removesuffix("/api")
    assert prefect.allowed_origin(own) == own
    assert prefect.allowed_origin(ELSEWHERE) is None


def run_by_prefects_command(
    servers: RunningServers, deployment: str, **parameters: object
) -> str:
    """The id of the flow run that Prefect's own command starts."""
    given = [f"--param={name}={json.dumps(value)}" for name, value in parameters.items()]
    command = [sys.executable, "-m", "prefect", "--no-prompt", "deployment", "run", deployment]
    done = subprocess.run(
        [*command, *given],
        env={**os.environ, **servers.api.variables},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.partition("UUID: ")[2].split()[0]


def mlflow_runs(servers: RunningServers, experiment: str) -> list[dict[str, Any]]:
    """Runs of the experiment as the MLflow server tells them."""
    client = MlflowClient(servers.mlflow)
    found = client.get_experiment_by_name(experiment)
    assert found is not None
    return [
        {**run.data.to_dictionary(), "id": run.info.run_id, "status": run.info.status}
        for run in client.search_runs([found.experiment_id])
    ]
