"""Server processes: started apart from the terminal, waited for, ended with their trees."""

import os
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from http.client import HTTPException
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from cli.server_files import Server, ServerName, log_path, servers_folder
from storage.errors import EnvironmentProblem
from storage.processes import start_ticks

LOOPBACK = "127.0.0.1"
_HEALTH: Mapping[ServerName, str] = {"prefect": "/api/health", "mlflow": "/health"}
_ANSWER_SECONDS = 5.0
_MARK = "SEQFLOW_SERVER"
_READY_SECONDS = 120.0
_POLL_SECONDS = 0.2
_TERM_SECONDS = (12.0, 5.0)
_KILL_SECONDS = 5.0
_PORTS_TRIED = 100
_LOG_LINES_SHOWN = 5


def start(
    home: Path,
    name: ServerName,
    command: Sequence[str],
    *,
    address: str,
    environment: Mapping[str, str],
) -> Server:
    """Start a server in a session of its own, its output in its log.

    Every process of its tree inherits a mark in its environment, by which :func:`stop` finds
    it even when its parents were killed.
    """
    log = log_path(home, name)
    if log.is_file():
        os.replace(log, log.with_suffix(".previous.log"))
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=servers_folder(home),
            env={**os.environ, **environment, _MARK: _mark(home, name)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return Server(name, process.pid, start_ticks(process.pid), address)


def wait_until(home: Path, server: Server, ready: Callable[[], bool]) -> None:
    """Return when the server is ready.

    Raises:
        EnvironmentProblem: If its process ends, or does not get ready in time; the message
            holds the end of its log.
    """
    deadline = time.monotonic() + _READY_SECONDS
    while not ready():
        if not server.alive:
            raise EnvironmentProblem(
                f"{server.name} ended while starting; {_end_of_log(home, server.name)}"
            )
        if time.monotonic() > deadline:
            raise EnvironmentProblem(
                f"{server.name} was not ready after {_READY_SECONDS:g} s; "
                f"{_end_of_log(home, server.name)}"
            )
        time.sleep(_POLL_SECONDS)


def stop(home: Path, name: ServerName) -> int:
    """End every process of the server: TERM, wait, TERM, wait, KILL.

    A worker that has executed runs may ignore the first TERM.

    Returns:
        How many processes there were.

    Raises:
        EnvironmentProblem: If one outlives even the last signal.
    """
    processes = living(home, name)
    count = len(processes)
    for seconds in _TERM_SECONDS:
        for process in processes:
            _send(process.terminate)
        psutil.wait_procs(processes, timeout=seconds)
        processes = living(home, name)
        if not processes:
            return count
    for process in processes:
        _send(process.kill)
    _, left = psutil.wait_procs(processes, timeout=_KILL_SECONDS)
    if left := living(home, name):
        raise EnvironmentProblem(
            f"process {left[0].pid} of {name} outlived SIGKILL; it waits for a disk or a device"
        )
    return count


def living(home: Path, name: ServerName) -> list[psutil.Process]:
    """Processes that carry the server's mark, itself and whatever it started."""
    mark = _mark(home, name)
    return [process for process in psutil.process_iter() if _marked(process, mark)]


def listens(home: Path, server: Server) -> bool:
    """Whether it is this server, not somebody else's, that listens on its address's port."""
    port = urlsplit(server.address).port
    return any(port in _listening_ports(process) for process in living(home, server.name))


def answers(name: ServerName, address: str) -> bool:
    """Whether the server at the address calls itself healthy."""
    without_proxy = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with without_proxy.open(address + _HEALTH[name], timeout=_ANSWER_SECONDS) as answer:
            return bool(answer.status == HTTPStatus.OK)
    except (OSError, HTTPException):
        return False


def free_port(preferred: int) -> int:
    """The preferred port of this machine, or the first free one after it.

    Raises:
        EnvironmentProblem: If none of a hundred is free.
    """
    for port in range(preferred, preferred + _PORTS_TRIED):
        if port_is_free(port):
            return port
    raise EnvironmentProblem(
        f"ports {preferred} to {preferred + _PORTS_TRIED - 1} are all taken; "
        "end a server that holds one of them"
    )


def port_is_free(port: int) -> bool:
    """Whether a server could listen on the loopback port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def _mark(home: Path, name: ServerName) -> str:
    return f"{home}:{name}"


def _marked(process: psutil.Process, mark: str) -> bool:
    try:
        return process.environ().get(_MARK) == mark
    except (psutil.Error, OSError):
        return False


def _listening_ports(process: psutil.Process) -> set[int]:
    try:
        connections = process.net_connections("tcp")
    except (psutil.Error, OSError):
        return set()
    return {entry.laddr.port for entry in connections if entry.status == psutil.CONN_LISTEN}


def _send(signal: Callable[[], None]) -> None:
    try:
        signal()
    except psutil.NoSuchProcess:
        return


def _end_of_log(home: Path, name: ServerName) -> str:
    path = log_path(home, name)
    text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return f"{path} ends: {' / '.join(lines[-_LOG_LINES_SHOWN:]) or '(empty)'}"
