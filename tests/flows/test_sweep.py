"""A sweep through the command line: side by side, killed in its trials, gone on with."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import psutil
import pytest

from cli.server_files import client_environment
from configs.experiment import ExperimentConfig
from configs.messages import read_experiment
from storage.journal import read_records, run_states
from tasks.try_settings import search_of
from tests.running_servers import RunningServers
from training.search import Attempt

TRIALS = 4
SETTINGS = (
    "data.rows=600",
    "training.epochs=2",
    "training.batch_size=64",
    "sweep.startup_trials=2",
)
WAIT_SECONDS = 300.0
SECOND_TRIAL = "train.batch:sleep=15@20"
"""Of the 16 batches a trial has; lets each process wait in the midst of its second trial."""

pytestmark = [pytest.mark.flow, pytest.mark.long, pytest.mark.timeout(1500)]


@pytest.fixture
def variables(prefect_server: RunningServers, tmp_path: Path) -> dict[str, str]:
    return {
        **os.environ,
        **client_environment(prefect_server.settings.home),
        "SEQFLOW_HOME": str(tmp_path / "home"),
        "OMP_NUM_THREADS": "1",
    }


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "cli.main", *words]


def sweep(*words: str) -> list[str]:
    settings = [word for setting in SETTINGS for word in ("--set", setting)]
    return command("sweep", "demo", "--trials", str(TRIALS), "--json", *settings, *words)


def completed(words: list[str], variables: Mapping[str, str]) -> dict[str, object]:
    done = subprocess.run(words, env=variables, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    printed: dict[str, object] = json.loads(done.stdout)
    return printed


def attempts(home: Path) -> list[Attempt]:
    experiment: ExperimentConfig = read_experiment({"preset": "demo"})
    studies = list((home / "sweeps").glob("*/study.jsonl"))
    return search_of(studies[0].parent, experiment).attempts() if studies else []


def wait_for(fact: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not fact():
        assert time.monotonic() < deadline
        time.sleep(0.5)


def two_finished_and_two_training(home: Path) -> bool:
    states = [each.state for each in attempts(home)]
    naming = sum(state.alive and names_training(state.folder) for state in run_states(home))
    return states.count("finished") == 2 and states.count("running") == 2 and naming == 2


def names_training(run: Path) -> bool:
    return any(
        record["kind"] == "step" and record["step"] == "train" for record in read_records(run)
    )


@pytest.fixture
def killed(tmp_path: Path, variables: dict[str, str]) -> Callable[[int], int]:
    """Kills a sweep of two processes, each in its second trial; returns its exit status."""

    def kill(number: int) -> int:
        faulty = {**variables, "SEQFLOW_FAULT": SECOND_TRIAL}
        process = subprocess.Popen(
            sweep("--parallel", "2"),
            env=faulty,
            stdout=subprocess.DEVNULL,
            stderr=(tmp_path / "stderr").open("w"),
        )
        children: list[psutil.Process] = []
        try:
            wait_for(lambda: two_finished_and_two_training(tmp_path / "home"))
            children = psutil.Process(process.pid).children(recursive=True)
            process.send_signal(number)
            status = process.wait(timeout=120)
            gone, alive = psutil.wait_procs(children, timeout=90)
            assert alive == []
            return status
        finally:
            for left in (process, *children):
                if left.is_running() if isinstance(left, psutil.Process) else not left.poll():
                    left.kill()

    return kill


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_sweep_killed_in_its_trials_goes_on_with_them(
    number: int, killed: Callable[[int], int], tmp_path: Path, variables: dict[str, str]
) -> None:
    home = tmp_path / "home"
    assert killed(number) in (-number, 128 + number)  # Prefect passes a SIGTERM on at the end
    before = attempts(home)
    assert len(list((home / "steps" / "train").glob("*/checkpoints/*.pt"))) == 2

    printed = completed(sweep(), variables)
    after = attempts(home)
    assert len(after) == TRIALS
    assert after[:2] == before[:2]
    assert [each.settings for each in after[:4]] == [each.settings for each in before]
    assert all(each.state in ("finished", "pruned") for each in after)
    assert len(list((home / "steps" / "evaluate").glob("*/manifest.json"))) == 1

    best = dict(printed["sweep"])["best"]  # type: ignore[call-overload]
    again = completed(command("train", str(best), "--json"), variables)
    assert again["version"] == printed["version"]
    assert len(list((home / "steps" / "evaluate").glob("*/manifest.json"))) == 1


def test_a_sweep_runs_on_a_dask_cluster(tmp_path: Path, variables: dict[str, str]) -> None:
    distributed = pytest.importorskip("distributed")
    pytest.importorskip("prefect_dask")
    home = tmp_path / "home"
    names = ("SEQFLOW_HOME", "OMP_NUM_THREADS", *client_environment(home))
    given = {name: variables[name] for name in names if name in variables}
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, env=given
    ) as cluster:
        address = {"SEQFLOW_DASK_ADDRESS": cluster.scheduler_address}
        completed(sweep("--parallel", "2"), {**variables, **address})
    done = attempts(home)
    assert len(done) == TRIALS
    assert all(each.state in ("finished", "pruned") for each in done)
