"""A day in the life of a model: trained, retrained, watched, refused, rolled back, asked."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from cli.server_files import client_environment
from corpora.own_files import adopt_own_file
from corpora.synthetic import FILE, generate
from storage.audit import AuditLog
from tests.flows.prefect_rest import PrefectRest
from tests.running_servers import RunningServers

pytestmark = [pytest.mark.long, pytest.mark.flow, pytest.mark.timeout(900)]

WEAK = {"preset": "demo", "training": {"epochs": 1}}
"""A first champion that a whole training outdoes."""


class Day:
    """The commands of one home whose servers run, and what came of them."""

    def __init__(self, servers: RunningServers, rest: PrefectRest, place: Path) -> None:
        self.home = servers.settings.home
        self.rest = rest
        self.place = place
        self._environment = {
            **os.environ,
            **client_environment(self.home),
            "SEQFLOW_HOME": str(self.home),
        }

    def seqflow(self, *words: str | Path, status: int = 0) -> str:
        """The command's standard output, once it has ended with the status."""
        done = subprocess.run(
            [sys.executable, "-m", "cli.main", *map(str, words)],
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == status, f"{words}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr
        return done.stdout

    def champion(self) -> int:
        """Version of the champion."""
        answer = json.loads(self.seqflow("predict", "demo", "a good meal", "--json"))
        return int(answer["version"])

    def run_of(self, deployment: str, trigger: str) -> dict[str, Any]:
        """The newest run of the deployment with this trigger, once it has ended."""
        wanted = {
            "deployments": {"id": {"any_": [self.rest.deployment(deployment)["id"]]}},
            "sort": "EXPECTED_START_TIME_DESC",
        }
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            for run in self.rest.asked("POST", "/flow_runs/filter", wanted):
                if run["parameters"].get("trigger") == trigger:
                    return {**run, "ended": self.rest.final_state(run["id"])}
            time.sleep(0.5)
        raise AssertionError(f"no run of {deployment} was triggered by {trigger}")


@pytest.fixture
def day(prefect_server: RunningServers, tmp_path: Path) -> Iterator[Day]:
    with PrefectRest(prefect_server.api) as rest:
        yield Day(prefect_server, rest, tmp_path)


def test_a_day_in_the_life_of_a_model(day: Day) -> None:
    train_on_schedule(day)
    assert day.champion() == 1

    added = reviews(day.place / "monday.csv", seed=7, rows=600)
    day.seqflow("data", "add", "demo", added, "--reason", "Monday's reviews")
    asked = day.run_of("retrain/demo", "event")
    assert asked["ended"] == "Completed"
    assert "Monday's reviews" in asked["parameters"]["reason"]
    assert day.champion() == 2

    drifted = day.place / "tuesday.csv"
    frame = pd.read_csv(added)
    frame.assign(text=[f"{text} zxq {text} vwy" for text in frame["text"]]).to_csv(
        drifted, index=False
    )
    said = day.seqflow("monitor", "demo", "--data", drifted, status=1)
    assert "drift" in said
    assert day.run_of("retrain/demo", "drift")["ended"] == "Completed"
    assert day.champion() == 2

    refuse_broken_data(day)
    assert day.champion() == 2

    day.seqflow("rollback", "demo", "--reason", "a customer complained")
    assert day.champion() == 1

    scored = day.place / "scored.parquet"
    day.seqflow("predict", "demo", added, "--output", scored)
    assert len(pd.read_parquet(scored)) == 600
    tree = day.seqflow("lineage", scored)
    assert "demo" in tree
    assert "v1" in tree or "demo/1" in tree

    audit = AuditLog(day.home)
    assert audit.verify() is None
    kinds = [entry["kind"] for entry in audit.entries("demo")]
    assert kinds[0] == "promoted"
    assert kinds[-1] == "rolled-back"
    notices = (day.home / "notices.log").read_text(encoding="utf-8")
    for news in ("new champion", "stopped at the gate", "rolled back"):
        assert news in notices


def train_on_schedule(day: Day) -> None:
    """A schedule of the train deployment comes due once."""
    train = day.rest.deployment("train/demo")["id"]
    parameters = {"experiment": WEAK, "trigger": "schedule"}
    schedule = day.rest.schedule(train, seconds=5, parameters=parameters)
    first = day.rest.first_started_run(train)
    day.rest.remove_schedule(train, schedule)
    assert day.rest.final_state(first) == "Completed"


def refuse_broken_data(day: Day) -> None:
    """Broken data is not added, and a run on it stops at the gate."""
    broken = day.place / "broken.csv"
    reviews(broken, seed=8, rows=600)
    pd.read_csv(broken).assign(label="positive").to_csv(broken, index=False)
    own = adopt_own_file(
        broken, own=day.home / "own", format=None, query=None, encoding="utf-8"
    )
    experiment = {"preset": "demo", "data": {"file": own.model_dump(mode="json"), "rows": None}}
    asked = day.rest.ask_for_run(
        day.rest.deployment("retrain/demo")["id"],
        parameters={"experiment": experiment, "reason": "a broken file"},
    )
    ended = day.rest.final_state(asked.json()["id"])
    assert ended.startswith("Failed")
    assert "DataCheckError" in ended


def reviews(path: Path, *, seed: int, rows: int) -> Path:
    """Further reviews of the demo's own kind, as a file that somebody brings."""
    folder = path.with_suffix("")
    folder.mkdir(exist_ok=True)
    generate("generated-reviews", folder, rows=rows, seed=seed)
    pd.read_parquet(folder / FILE).to_csv(path, index=False)
    return path
