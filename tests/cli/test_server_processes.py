import os
import signal
import socket
import sys
import textwrap
import time
from pathlib import Path

import psutil
import pytest

from cli import server_processes
from cli.server_files import Server
from cli.server_processes import LOOPBACK, free_port, listens, living, start, stop, wait_until
from storage.errors import EnvironmentProblem

STUBBORN_FAMILY = """
    import signal, subprocess, sys, time
    signal.signal(signal.SIGTERM, lambda *_: None)
    if len(sys.argv) < 2:
        subprocess.Popen([sys.executable, __file__, "child"], start_new_session=True)
    print("up", flush=True)
    while True:
        time.sleep(0.1)
"""


@pytest.fixture(autouse=True)
def _short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_processes, "_TERM_SECONDS", (0.3, 0.3))


def launch(home: Path, program: str, *, port: int = 1) -> Server:
    script = home / "program.py"
    script.write_text(textwrap.dedent(program), encoding="utf-8")
    address = f"http://{LOOPBACK}:{port}"
    command = [sys.executable, str(script)]
    return start(home, "worker", command, address=address, environment={})


def family_of(home: Path, size: int) -> list[psutil.Process]:
    deadline = time.monotonic() + 10
    while len(found := living(home, "worker")) < size or b"up" not in log(home):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found


def log(home: Path) -> bytes:
    return (home / "servers" / "worker.log").read_bytes()


def test_stop_ends_a_tree_that_ignores_the_polite_signal(tmp_path: Path) -> None:
    launch(tmp_path, STUBBORN_FAMILY)
    family_of(tmp_path, 2)
    assert stop(tmp_path, "worker") == 2
    assert living(tmp_path, "worker") == []


def test_stop_finds_the_children_of_a_killed_server(tmp_path: Path) -> None:
    server = launch(tmp_path, STUBBORN_FAMILY)
    family_of(tmp_path, 2)
    os.kill(server.pid, signal.SIGKILL)
    deadline = time.monotonic() + 5
    while server.alive:
        assert time.monotonic() < deadline
    assert stop(tmp_path, "worker") == 1
    assert living(tmp_path, "worker") == []


def test_stop_leaves_the_servers_of_another_home_alone(tmp_path: Path) -> None:
    mine, other = tmp_path / "mine", tmp_path / "other"
    mine.mkdir()
    other.mkdir()
    launch(mine, STUBBORN_FAMILY)
    theirs = launch(other, STUBBORN_FAMILY)
    family_of(other, 2)
    stop(mine, "worker")
    assert theirs.alive
    stop(other, "worker")


def test_a_server_that_dies_while_starting_shows_the_end_of_its_log(tmp_path: Path) -> None:
    server = launch(tmp_path, "raise SystemExit('the port is taken')")
    with pytest.raises(EnvironmentProblem, match=r"worker ended .*worker\.log ends: the port"):
        wait_until(tmp_path, server, lambda: False)


def test_a_server_that_never_answers_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_processes, "_READY_SECONDS", 0.5)
    server = launch(tmp_path, STUBBORN_FAMILY)
    with pytest.raises(EnvironmentProblem, match=r"not ready after 0\.5 s"):
        wait_until(tmp_path, server, lambda: False)
    stop(tmp_path, "worker")


def test_the_log_of_the_last_start_is_kept(tmp_path: Path) -> None:
    launch(tmp_path, "print('first', flush=True)")
    while not log(tmp_path):
        time.sleep(0.05)
    launch(tmp_path, "print('second', flush=True)")
    previous = tmp_path / "servers" / "worker.previous.log"
    assert previous.read_text(encoding="utf-8") == "first\n"


def test_a_taken_port_is_passed_over() -> None:
    with socket.socket() as taken:
        taken.bind((LOOPBACK, 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert free_port(port) > port


def test_a_strangers_server_on_our_port_is_not_ours(tmp_path: Path) -> None:
    with socket.socket() as stranger:
        stranger.bind((LOOPBACK, 0))
        stranger.listen()
        server = launch(tmp_path, STUBBORN_FAMILY, port=stranger.getsockname()[1])
        assert not listens(tmp_path, server)
    stop(tmp_path, "worker")
