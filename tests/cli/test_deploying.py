"""Deploying to a real server: only what changed is sent, and as Prefect itself would."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml
from prefect.client.schemas.actions import DeploymentScheduleCreate
from prefect.client.schemas.schedules import IntervalSchedule

from cli.deploying import Deployed, ensure_deployments
from cli.deployments import POOL, PrefectApi
from cli.prefect_file import PREFECT_FILE, ROOT, wanted_deployments
from configs.shipped import preset_names
from storage.errors import EnvironmentProblem, InputError
from tests.running_servers import RunningServers

FLOWS = ("train", "retrain", "monitor", "predict")
BOTH = ("train/apart", "retrain/apart")
OTHERWISE_EACH_TIME = {
    *("id", "created", "updated", "deployment_id", "concurrency_limit_id"),
    *("global_concurrency_limit", "last_polled", "status", "labels"),
}
Content = dict[str, Any]


@dataclass
class Apart:
    """The demo's deployments under a name of their own, in a file and a record of their own."""

    api: PrefectApi
    file: Path
    record: Path

    def write(self, *flows: str, change: Callable[[Content], None] | None = None) -> None:
        """Let the file name these flows' deployments, one of them changed."""
        content = yaml.safe_load(PREFECT_FILE.read_text())
        demo = [one for one in content["deployments"] if one["name"] == "demo"]
        chosen = [one for one in demo if Path(one["entrypoint"].split(":")[0]).stem in flows]
        for one in chosen:
            one["name"] = "apart"
            if "work_queue_name" in one["work_pool"]:
                one["work_pool"] = {"name": POOL, "work_queue_name": "apart"}
        if change:
            change(chosen[0])
        self.file.write_text(yaml.safe_dump({**content, "deployments": chosen}))

    def deploy(self) -> Deployed:
        return ensure_deployments(self.api, self.record, self.file)

    def standing(self, name: str) -> Any:
        with self.api.client() as client:
            return client.read_deployment_by_name(name)

    def automations(self, name: str) -> dict[str, Any]:
        """By id, what the server does by itself for the deployment."""
        resource = f"prefect.deployment.{self.standing(name).id}"
        with self.api.client() as client:
            found = client.read_resource_related_automations(resource)
        return {str(one.id): one.model_dump(mode="json", exclude={"id"}) for one in found}

    def look(self, *names: str) -> Content:
        """All that the server tells of the deployments, without what differs each time."""
        found = {}
        for name in names:
            deployment = self.standing(name)
            automations = [str(lasting(one)) for one in self.automations(name).values()]
            found[name] = (
                lasting(deployment.model_dump(mode="json")),
                sorted(told.replace(str(deployment.id), "its id") for told in automations),
            )
        return found


def lasting(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: lasting(v) for k, v in value.items() if k not in OTHERWISE_EACH_TIME}
    return [lasting(one) for one in value] if isinstance(value, list) else value


@pytest.fixture
def apart(prefect_server: RunningServers, tmp_path: Path) -> Iterator[Apart]:
    place = Apart(prefect_server.api, tmp_path / "prefect.yaml", tmp_path / "deployed.json")
    yield place
    place.write()
    place.deploy()


def prefect_deploy(api: PrefectApi, file: Path) -> None:
    """What a person without `seqflow up` does."""
    command = [sys.executable, "-m", "prefect", "--no-prompt", "deploy", "--all"]
    subprocess.run(
        [*command, "--prefect-file", str(file)],
        cwd=ROOT,
        env={**os.environ, **api.variables},
        capture_output=True,
        check=True,
    )


@pytest.mark.flow
def test_what_is_unchanged_is_not_sent_again(apart: Apart) -> None:
    apart.write("train", "retrain")
    assert apart.deploy() == Deployed(BOTH, sent=BOTH, removed=())
    sent_at = [apart.standing(name).updated for name in BOTH]
    assert apart.deploy() == Deployed(BOTH, sent=(), removed=())
    apart.file.write_text("# a remark\n" + apart.file.read_text())
    assert apart.deploy() == Deployed(BOTH, sent=(), removed=())
    assert [apart.standing(name).updated for name in BOTH] == sent_at


@pytest.mark.flow
def test_only_what_changed_is_sent_and_a_paused_schedule_stays_paused(apart: Apart) -> None:
    apart.write("train", "retrain")
    apart.deploy()
    train, retrain = (apart.standing(name) for name in BOTH)
    automations = apart.automations("retrain/apart")
    with apart.api.client() as client:
        client.update_deployment_schedule(train.id, train.schedules[0].id, active=False)
    apart.write("train", "retrain", change=lambda one: one.update(description="other words"))
    assert apart.deploy().sent == ("train/apart",)
    changed = apart.standing("train/apart")
    assert (changed.id, changed.description) == (train.id, "other words")
    assert [schedule.active for schedule in changed.schedules] == [False]
    assert apart.standing("retrain/apart").updated == retrain.updated
    assert apart.automations("retrain/apart") == automations


@pytest.mark.flow
def test_a_persons_own_schedule_stays_whatever_is_sent(apart: Apart) -> None:
    apart.write("train")
    apart.deploy()
    own = DeploymentScheduleCreate(schedule=IntervalSchedule(interval=timedelta(hours=1)))
    with apart.api.client() as client:
        client.create_deployment_schedules(apart.standing("train/apart").id, [own])
    before = schedules_of(apart)
    assert len(before) == 2
    apart.write("train", change=lambda one: one["schedules"][0].update(cron="5 4 * * *"))
    apart.deploy()
    changed = schedules_of(apart)
    assert changed.keys() == before.keys()
    assert changed["daily"].cron == "5 4 * * *"
    assert changed[None] == before[None]
    apart.record.unlink()
    apart.deploy()
    assert schedules_of(apart) == changed
    apart.write("train", change=lambda one: one.update(schedules=[]))
    apart.deploy()
    assert schedules_of(apart) == {None: before[None]}


def schedules_of(apart: Apart) -> dict[str | None, Any]:
    """When the deployment runs, by slug; a person's own has none."""
    standing = apart.standing("train/apart")
    return {each.slug: each.schedule for each in standing.schedules}


@pytest.mark.flow
def test_automations_are_made_anew_only_for_changed_triggers(apart: Apart) -> None:
    apart.write("retrain")
    apart.deploy()
    first = apart.automations("retrain/apart")
    assert len(first) == 3
    apart.write("retrain", change=lambda one: one.update(description="other words"))
    assert apart.deploy().sent == ("retrain/apart",)
    assert apart.automations("retrain/apart") == first
    apart.write("retrain", change=lambda one: one["triggers"].pop())
    assert apart.deploy().sent == ("retrain/apart",)
    left = apart.automations("retrain/apart")
    assert len(left) == 2
    assert not set(left) & set(first)


@pytest.mark.flow
def test_what_the_file_names_no_more_is_removed_and_nothing_else(apart: Apart) -> None:
    apart.write("train", "retrain")
    apart.deploy()
    resource = f"prefect.deployment.{apart.standing('retrain/apart').id}"
    apart.write("train", change=lambda one: one.update(schedules=[]))
    assert apart.deploy() == Deployed(
        ("train/apart",), sent=("train/apart",), removed=("retrain/apart",)
    )
    assert apart.standing("train/apart").schedules == []
    assert apart.standing("retrain/demo")
    with apart.api.client() as client:
        assert client.read_resource_related_automations(resource) == []


@pytest.mark.flow
def test_one_deleted_on_the_server_comes_back_alone(apart: Apart) -> None:
    apart.write("train", "predict")
    apart.deploy()
    with apart.api.client() as client:
        client.delete_deployment(apart.standing("predict/apart").id)
    assert apart.deploy().sent == ("predict/apart",)


@pytest.mark.flow
def test_it_stands_as_prefects_own_command_deploys_it(apart: Apart) -> None:
    """One has a queue of its own and triggers, the other a schedule."""
    names = ("retrain/apart", "monitor/apart")
    apart.write("retrain", "monitor")
    apart.deploy()
    ours = apart.look(*names)
    apart.write()
    assert set(apart.deploy().removed) == set(names)
    apart.write("retrain", "monitor")
    prefect_deploy(apart.api, apart.file)
    assert apart.look(*names) == ours
    ids = [apart.standing(name).id for name in names]
    assert set(apart.deploy().sent) == set(names)  # no record tells of them
    assert [apart.standing(name).id for name in names] == ids
    assert apart.look(*names) == ours


@pytest.mark.flow
@pytest.mark.long
def test_prefects_own_command_deploys_every_preset_just_so(
    prefect_server: RunningServers, tmp_path: Path
) -> None:
    place = Apart(prefect_server.api, PREFECT_FILE, tmp_path / "deployed.json")
    names = place.deploy().names
    assert set(names) == {f"{flow}/{name}" for flow in FLOWS for name in preset_names()}
    ours = place.look(*names)
    with place.api.client() as client:
        for name in names:
            deployment = place.standing(name).id
            client.delete_resource_owned_automations(f"prefect.deployment.{deployment}")
            client.delete_deployment(deployment)
    prefect_deploy(place.api, PREFECT_FILE)
    assert place.look(*names) == ours


@pytest.mark.flow
def test_the_queue_of_an_experiment_lets_one_training_through(apart: Apart) -> None:
    apart.write("train")
    apart.deploy()
    with apart.api.client() as client:
        queue = client.read_work_queue_by_name("apart", work_pool_name=POOL)
        assert queue.concurrency_limit == 1
        client.update_work_queue(queue.id, concurrency_limit=7)
        apart.write("train", change=lambda one: one.update(description="other words"))
        apart.deploy()
        assert client.read_work_queue(queue.id).concurrency_limit == 1


@pytest.mark.flow
def test_a_refused_deployment_is_named_and_the_others_stand(apart: Apart) -> None:
    apart.write("train", "retrain")
    content = yaml.safe_load(apart.file.read_text())
    content["deployments"][1]["parameters"] = {"experiment": {"trainign": {}}}
    apart.file.write_text(yaml.safe_dump(content))
    with pytest.raises(EnvironmentProblem, match=r"refuses to deploy retrain/apart.*trainign"):
        apart.deploy()
    apart.write("train", "retrain")
    assert apart.deploy().sent == ("retrain/apart",)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"build": []}, r"deployments\.0\.build: Extra inputs .* run: prefect deploy --all"),
        ({"description": "{{ $WHO }}"}, r"deployments\.0: .*a template \{\{ … \}\} outside"),
    ],
)
def test_what_only_prefects_command_understands_is_refused(
    tmp_path: Path, change: Content, message: str
) -> None:
    place = Apart(PrefectApi("http://127.0.0.1:9/api", None), tmp_path / "a.yaml", tmp_path)
    place.write("train", change=lambda one: one.update(change))
    with pytest.raises(InputError, match=message):
        wanted_deployments(place.file)


class Busy(HTTPServer):
    """Answers as Prefect's does while SQLite is busy, so often, and then the question."""

    def __init__(self, times: int) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.answers = iter([503] * times + [200])

    def asked(self) -> Any:
        """What Prefect's client makes of it."""
        threading.Thread(target=self.serve_forever, daemon=True).start()
        with PrefectApi(f"http://127.0.0.1:{self.server_port}/api", None).client() as client:
            answer = client.request("POST", "/deployments/count", json={})
        self.shutdown()
        return answer.json()


class Answer(BaseHTTPRequestHandler):
    server: Busy

    def do_GET(self) -> None:
        self.send_error(404)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(next(self.server.answers))
        self.send_header("Content-Length", "1")
        self.end_headers()
        self.wfile.write(b"3")

    def log_message(self, *_: object) -> None:
        """Nothing: the test tells what matters."""


def test_a_busy_moment_of_the_server_does_not_cost_seconds() -> None:
    with Busy(times=2) as server:
        begun = time.monotonic()
        assert server.asked() == 3
    assert time.monotonic() - begun < 2.0  # Prefect's client by itself waits for about six


def test_a_server_that_stays_busy_is_asked_more_often_than_six_times() -> None:
    with Busy(times=6) as server:
        assert server.asked() == 3
