import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from cli import servers
from cli.server_files import SERVERS, recall
from cli.server_processes import LOOPBACK, living
from cli.servers import down, retrain_remote, up
from configs.settings import Settings
from storage.errors import EnvironmentProblem, InputError
from tests.running_servers import RunningServers, bring_up, environment


def settings_in(home: Path) -> Settings:
    return Settings(home=home, mirror=None, device=None, registry_prefix="")


def process_ids(home: Path) -> set[int]:
    return {process.pid for name in SERVERS for process in living(home, name)}


@pytest.mark.flow
def test_everything_listens_on_this_machine_only(prefect_server: RunningServers) -> None:
    listening = {
        entry.laddr.ip
        for name in SERVERS
        for process in living(prefect_server.settings.home, name)
        for entry in process.net_connections("inet")
        if entry.status == psutil.CONN_LISTEN
    }
    assert listening == {LOOPBACK}


@pytest.mark.flow
def test_up_again_changes_nothing(prefect_server: RunningServers) -> None:
    before = process_ids(prefect_server.settings.home)
    with environment():
        links = bring_up(prefect_server.settings)
    assert replace(links, notes=()) == replace(prefect_server.links, notes=())
    assert process_ids(prefect_server.settings.home) == before


@pytest.mark.flow
def test_up_brings_back_a_killed_server_where_it_was(prefect_server: RunningServers) -> None:
    home = prefect_server.settings.home
    killed = recall(home, "mlflow")
    assert killed
    others = {process.pid for name in ("prefect", "worker") for process in living(home, name)}
    os.kill(killed.pid, signal.SIGKILL)
    while killed.alive:
        time.sleep(0.05)
    with environment():
        links = bring_up(prefect_server.settings)
    assert replace(links, notes=()) == replace(prefect_server.links, notes=())
    assert others <= process_ids(home)
    assert recall(home, "mlflow") != killed


@pytest.mark.flow
def test_prefects_own_commands_reach_the_server(prefect_server: RunningServers) -> None:
    """Listing automations is what breaks with a fastapi that is too new."""
    commands = (
        "prefect automation ls && prefect --no-prompt worker start --pool seqflow --run-once"
    )
    shell = f". '{prefect_server.links.environment}' && {commands}"
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        ["sh", "-c", shell],
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Automations" in done.stdout


def test_a_named_server_that_does_not_answer_is_told_with_its_cure(tmp_path: Path) -> None:
    with socket.socket() as unused:
        unused.bind((LOOPBACK, 0))
        address = f"http://{LOOPBACK}:{unused.getsockname()[1]}"
        with (
            environment(PREFECT_API_URL=f"{address}/api", MLFLOW_TRACKING_URI=address),
            pytest.raises(EnvironmentProblem, match=rf"prefect at {address} does not answer"),
        ):
            up(settings_in(tmp_path))
    assert process_ids(tmp_path) == set()


def test_a_failed_up_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    launch = servers.server_commands.Launch(("sh", "-c", "echo no disk; exit 1"), {})
    monkeypatch.setattr(servers.server_commands, "prefect_server", lambda *_: launch)
    with (
        environment(),
        pytest.raises(EnvironmentProblem, match=r"prefect ended while starting; .* no disk"),
    ):
        up(settings_in(tmp_path))
    assert process_ids(tmp_path) == set()
    assert [recall(tmp_path, name) for name in SERVERS] == [None, None, None]


def test_down_without_servers_does_nothing(tmp_path: Path) -> None:
    assert down(settings_in(tmp_path)) == ()
    assert list(tmp_path.iterdir()) == []


def test_retraining_remotely_without_a_server_says_how_to_get_one(tmp_path: Path) -> None:
    with (
        environment(),
        pytest.raises(EnvironmentProblem, match=r"no Prefect server .*; run: seqflow up"),
    ):
        retrain_remote(settings_in(tmp_path), {"preset": "demo"}, "why not")


@pytest.mark.parametrize(
    ("experiment", "message"),
    [
        ({"preset": "sentimnt"}, r"no preset 'sentimnt'; did you mean 'sentiment'\?"),
        ({"name": "reviews"}, r"starts from a shipped preset, and this experiment names none"),
    ],
)
def test_retraining_remotely_needs_a_preset(
    tmp_path: Path, experiment: dict[str, str], message: str
) -> None:
    with (
        environment(PREFECT_API_URL="http://127.0.0.1:9/api"),
        pytest.raises(InputError, match=message),
    ):
        retrain_remote(settings_in(tmp_path), experiment, "why not")


@pytest.mark.flow
@pytest.mark.parametrize("login", ["seqflow:guessed", None])
def test_a_wrong_login_is_told_with_its_cure(
    prefect_server: RunningServers, login: str | None
) -> None:
    named = {"PREFECT_API_URL": prefect_server.api.url, "PREFECT_API_AUTH_STRING": login}
    with (
        environment(**named),
        pytest.raises(EnvironmentProblem, match=r"refuses our login; set PREFECT_API_AUTH"),
    ):
        retrain_remote(prefect_server.settings, {"preset": "demo"}, "why not")


def test_a_prefect_that_is_gone_is_told_with_its_cure(tmp_path: Path) -> None:
    with (
        environment(PREFECT_API_URL="http://127.0.0.1:9/api"),
        pytest.raises(EnvironmentProblem, match=r"127\.0\.0\.1:9/api does not answer"),
    ):
        retrain_remote(settings_in(tmp_path), {"preset": "demo"}, "why not")
