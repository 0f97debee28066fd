"""What starts a run and how often: ten events, slots that were missed, a worker that died."""

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from cli.automations import SILENCE_SECONDS
from cli.server_processes import living
from tests.flows.prefect_rest import PrefectRest
from tests.running_servers import RunningServers, bring_up

pytestmark = [pytest.mark.long, pytest.mark.flow, pytest.mark.timeout(600)]

SMALL = {"preset": "demo", "data": {"rows": 300}, "training": {"epochs": 1}}
SLOT_SECONDS = 20


@pytest.fixture
def prefect(prefect_server: RunningServers) -> Iterator[PrefectRest]:
    with PrefectRest(prefect_server.api) as rest:
        yield rest


def test_ten_events_of_one_minute_start_one_run(prefect: PrefectRest) -> None:
    retrain = prefect.deployment("retrain/translation-demo")["id"]
    before = {run["id"] for run in prefect.runs_of(retrain)}
    for number in range(10):
        prefect.emit("seqflow.retrain.requested", "translation-demo", reason=f"event {number}")
    deadline = time.monotonic() + 60
    while not (started := new_runs(prefect, retrain, before)):
        assert time.monotonic() < deadline, "no event started a run"
        time.sleep(0.5)
    time.sleep(10)  # in which the other nine would start theirs
    started = new_runs(prefect, retrain, before)
    for run in started:
        prefect.cancel(run["id"])
    (only,) = (run["parameters"] for run in started)
    assert (only["trigger"], only["reason"]) == ("event", "event 0")


def test_a_dead_workers_run_is_found_and_missed_slots_run_once(
    prefect_server: RunningServers, prefect: PrefectRest
) -> None:
    train = prefect.deployment("train/demo")["id"]
    long = {**SMALL, "training": {"epochs": 500, "patience": 500}}
    dead = str(prefect.ask_for_run(train, parameters={"experiment": long}).json()["id"])
    prefect.wait_until_running(dead)
    time.sleep(5)  # the first sign of life reaches the server
    for process in living(prefect_server.settings.home, "worker"):  # and its run
        process.kill()
    killed, before = time.monotonic(), {run["id"] for run in prefect.runs_of(train)}
    schedule = prefect.schedule(
        train,
        seconds=SLOT_SECONDS,
        parameters={"experiment": SMALL, "trigger": "schedule"},
    )
    try:
        assert prefect.final_state(dead).startswith("Crashed")
        assert time.monotonic() - killed < SILENCE_SECONDS + 60
        missed = [run["id"] for run in new_runs(prefect, train, before) if is_due(run)]
        assert len(missed) >= SILENCE_SECONDS // SLOT_SECONDS - 1
        bring_up(prefect_server.settings)
        ended = Counter(prefect.final_state(run).partition(":")[0] for run in missed)
    finally:
        prefect.remove_schedule(train, schedule)
    assert ended == {"Completed": 1, "Cancelled": len(missed) - 1}


def new_runs(prefect: PrefectRest, deployment: str, before: set[str]) -> list[dict[str, Any]]:
    """Runs of the deployment with this id that there were not before."""
    return [run for run in prefect.runs_of(deployment) if run["id"] not in before]


def is_due(run: Mapping[str, Any]) -> bool:
    """Whether the run's moment is past."""
    return datetime.fromisoformat(run["expected_start_time"]) < datetime.now(UTC)
