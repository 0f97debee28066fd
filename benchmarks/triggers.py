"""From a wish to a running flow: through the API, by an event, and by a schedule."""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from pathlib import Path

import numpy as np

from benchmarks.record import write_page
from configs.shipped import preset_names
from tests.flows.prefect_rest import PrefectRest
from tests.postgres import running_postgres
from tests.running_servers import RunningServers, running_servers

EVENTS = ("seqflow.data.changed", "seqflow.drift.detected", "seqflow.retrain.requested")
WINDOW_SECONDS = 60.0
"""A rule takes one event of its kind in so many seconds (prefect.yaml)."""
BUSY_SECONDS = 2.0
"""Prefect's own client waits so long before it asks a busy server again."""
SCHEDULE_SECONDS = 12
SETTLE_SECONDS = 3.0
"""Until the last run's end is behind the server, so that each trigger finds it idle."""
GIVE_UP_SECONDS = 120.0


class Bench:
    """Starts runs in different ways, ends them once they run, and tells how long it took."""

    def __init__(self, servers: RunningServers) -> None:
        self.rest = PrefectRest(servers.api)
        self._seen: set[str] = set()

    def by_api(self, turn: int) -> float:
        """Seconds from the first request to Running; a busy database is asked again."""
        deployment = self.rest.deployment("retrain/demo")["id"]
        began = time.time()
        while (
            answer := self.rest.ask_for_run(deployment)
        ).status_code == HTTPStatus.SERVICE_UNAVAILABLE:
            time.sleep(BUSY_SECONDS)
        answer.raise_for_status()
        return self._started("retrain/demo", began)

    def by_event(self, turn: int) -> float:
        """Seconds from the moment of the event to Running; each rule gets one in a minute."""
        rules = [(preset, event) for preset in preset_names() for event in EVENTS]
        preset, event = rules[turn % len(rules)]
        if turn and turn % len(rules) == 0:
            time.sleep(WINDOW_SECONDS)
        began = time.time()
        self.rest.emit(event, preset, reason="measured", data_digest="")
        return self._started(f"retrain/{preset}", began)

    def by_schedule(self, turn: int) -> float:
        """Seconds from the moment of the schedule to Running."""
        return self._started("train/demo", "expected_start_time")

    def _started(self, name: str, since: str | float) -> float:
        """Wait for a new run of the deployment, end it, and give its way to Running."""
        deployment = self.rest.deployment(name)["id"]
        wanted = {
            "deployments": {"id": {"any_": [deployment]}},
            "flow_runs": {"state": {"type": {"any_": ["RUNNING", "COMPLETED", "FAILED"]}}},
        }
        deadline = time.monotonic() + GIVE_UP_SECONDS
        while time.monotonic() < deadline:
            for run in self.rest.asked("POST", "/flow_runs/filter", wanted):
                if run["id"] not in self._seen and run["start_time"]:
                    self._seen.add(run["id"])
                    self._end(run["id"])
                    first = since if isinstance(since, float) else _moment(run[since])
                    return _moment(run["start_time"]) - first
            time.sleep(0.2)
        raise RuntimeError(f"no run of {name} within {GIVE_UP_SECONDS:.0f} s")

    def _end(self, run: str) -> None:
        self.rest.cancel(run)
        deadline = time.monotonic() + GIVE_UP_SECONDS
        while time.monotonic() < deadline:
            state = self.rest.asked("GET", f"/flow_runs/{run}")["state"]["type"]
            if state not in ("RUNNING", "CANCELLING", "PENDING"):
                return
            time.sleep(0.2)


def main() -> None:
    """Measure the three ways in turn, on both databases, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--database", choices=("SQLite", "PostgreSQL"), action="append")
    asked = parser.parse_args()
    repeats: int = asked.repeats
    rows, import_seconds = [], _import_seconds()
    with tempfile.TemporaryDirectory() as place, running_postgres(Path(place)) as postgres:
        addresses = {"SQLite": None, "PostgreSQL": postgres.address}
        for name in asked.database or addresses:
            database = addresses[name]
            home = Path(place) / name
            with running_servers(home, database, scheduler_seconds=60) as servers:
                for way, times in _found(Bench(servers), repeats).items():
                    rows.append(_row(f"{way}, {name}", times))
    path = write_page(
        "triggers",
        "From a trigger to a running flow",
        head=("by", "runs", "median s", "95th percentile s", "max s"),
        rows=rows,
        notes="Until Prefect's server saw the run's process begin the flow. Each run is a "
        f"process of its own; to import Prefect's engine alone takes {import_seconds:.1f} s "
        "here, the median of five. One worker that asks twice a second, nothing else running. "
        "A run that is due by its schedule is started ahead of time and waits. On SQLite a "
        "writer sometimes finds the database busy, and Prefect's clients ask again after "
        f"{BUSY_SECONDS:g} s.",
    )
    print(path.read_text(encoding="utf-8"))


def _found(bench: Bench, repeats: int) -> dict[str, list[float]]:
    """Seconds of every start, by the way it was asked for."""
    found = {"API": _measured(bench.by_api, repeats, "API")}
    found["event"] = _measured(bench.by_event, repeats, "event")
    train = bench.rest.deployment("train/demo")["id"]
    schedule = bench.rest.schedule(train, seconds=SCHEDULE_SECONDS, parameters={})
    found["schedule"] = _measured(bench.by_schedule, repeats, "schedule")
    bench.rest.remove_schedule(train, schedule)
    return found


def _measured(start: Callable[[int], float], repeats: int, name: str) -> list[float]:
    times = []
    for turn in range(repeats):
        time.sleep(SETTLE_SECONDS)
        times.append(start(turn))
        print(f"{name} {turn}: {times[-1]:.2f} s", file=sys.stderr)
    return times


def _import_seconds() -> float:
    """Seconds until a process has imported what executes a flow run."""
    times = []
    for _ in range(5):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", "import prefect.flow_engine"], check=True)
        times.append(time.perf_counter() - began)
    return float(np.median(times))


def _row(name: str, times: list[float]) -> tuple[str, ...]:
    figures = (np.median(times), np.percentile(times, 95), max(times))
    return (name, str(len(times)), *(f"{each:.1f}" for each in figures))


def _moment(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


if __name__ == "__main__":
    main()
