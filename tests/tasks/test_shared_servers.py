"""What a real Prefect server hears, and how it keeps two machines from promoting at once."""

import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from prefect.client.orchestration import get_client
from prefect.settings import PREFECT_API_AUTH_STRING, PREFECT_API_URL, temporary_settings

from storage.errors import EnvironmentProblem
from tasks.events import emit
from tasks.exclusive import LEASE_SECONDS, exclusively, limit_name
from tests.running_servers import RunningServers
from tracking.store import TrackingStore

HOLDER = """
import sys, time
from tasks.exclusive import exclusively
from tracking.store import TrackingStore
from pathlib import Path
with exclusively(TrackingStore(sys.argv[1], None, Path(sys.argv[2])), "killed"):
    print("held", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def shared(prefect_server: RunningServers) -> Iterator[TrackingStore]:
    """An MLflow server that other machines use too, with the Prefect server beside it."""
    api = prefect_server.api
    with temporary_settings({PREFECT_API_URL: api.url, PREFECT_API_AUTH_STRING: api.login}):
        yield TrackingStore(prefect_server.mlflow, None, prefect_server.settings.home)


def active_slots(model: str) -> int:
    with get_client(sync_client=True) as client:
        return client.read_global_concurrency_limit_by_name(limit_name(model)).active_slots


@pytest.mark.flow
def test_an_event_has_arrived_when_a_plain_command_goes_on(shared: TrackingStore) -> None:
    assert emit("seqflow.model.promoted", "reviews", reason="better", version="2")
    wanted = {"filter": {"event": {"name": ["seqflow.model.promoted"]}}, "limit": 10}
    deadline = time.monotonic() + 30
    told = {"experiment": "reviews", "reason": "better", "version": "2"}
    found: list[dict[str, Any]] = []
    with get_client(sync_client=True) as client:
        while not found and time.monotonic() < deadline:  # the server writes them in batches
            time.sleep(0.2)
            events = client.request("POST", "/events/filter", json=wanted).json()["events"]
            found = [event for event in events if event["payload"] == told]
    (event,) = found
    assert event["resource"]["prefect.resource.id"] == "seqflow.experiment.reviews"


@pytest.mark.long
@pytest.mark.flow
def test_two_that_share_an_mlflow_server_promote_one_after_the_other(
    shared: TrackingStore,
) -> None:
    inside: list[str] = []

    def hold(name: str) -> None:
        with exclusively(shared, "team/reviews"):
            inside.append(f"{name} in")
            time.sleep(0.5)
            inside.append(f"{name} out")

    settings = {PREFECT_API_URL: PREFECT_API_URL.value()}
    settings[PREFECT_API_AUTH_STRING] = PREFECT_API_AUTH_STRING.value()

    def run(name: str) -> None:
        with temporary_settings(settings):
            hold(name)

    threads = [threading.Thread(target=run, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    first, second = inside[0][0], inside[2][0]
    assert inside == [f"{first} in", f"{first} out", f"{second} in", f"{second} out"]
    assert active_slots("team/reviews") == 0


@pytest.mark.flow
def test_a_store_that_is_a_file_takes_no_slot(shared: TrackingStore) -> None:
    own = TrackingStore("sqlite:///own.db", shared.locks, shared.locks)
    with get_client(sync_client=True) as client:
        before = len(client.read_global_concurrency_limits(limit=200))
        with exclusively(own, "alone"):
            assert len(client.read_global_concurrency_limits(limit=200)) == before


@pytest.mark.long
@pytest.mark.flow
@pytest.mark.timeout(400)
def test_the_slot_of_a_killed_process_is_free_after_its_lease(
    shared: TrackingStore, prefect_server: RunningServers
) -> None:
    command = [sys.executable, "-c", HOLDER, shared.uri, str(shared.locks)]
    variables = {**os.environ, **prefect_server.api.variables}
    holder = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=variables)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    assert active_slots("killed") == 1
    holder.kill()
    holder.wait()
    begun = time.monotonic()
    with exclusively(shared, "killed"):
        waited = time.monotonic() - begun
    assert 0 < waited < 3 * LEASE_SECONDS


@pytest.mark.parametrize("address", [None, "http://127.0.0.1:9/api"])
def test_without_a_server_an_event_is_one_warning(
    address: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, logger="tasks.events")
    with temporary_settings({PREFECT_API_URL: address}):
        assert not emit("seqflow.model.refused", "reviews", reason="worse")
    said = [record.message for record in caplog.records if record.name == "tasks.events"]
    assert len(said) == 1
    assert "nobody hears of seqflow.model.refused" in said[0]


def test_a_named_server_that_is_away_stops_a_promotion_on_a_shared_store(
    tmp_path: Path,
) -> None:
    shared = TrackingStore("http://127.0.0.1:9", None, tmp_path)
    with (
        temporary_settings({PREFECT_API_URL: "http://127.0.0.1:9/api"}),
        pytest.raises(EnvironmentProblem, match="gives no slot of its concurrency limit"),
        exclusively(shared, "reviews"),
    ):
        pytest.fail("entered without a slot")
