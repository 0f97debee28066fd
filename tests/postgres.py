"""A real PostgreSQL server of the tests' own, where its programs are installed."""

import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

USER = "postgres"
_SYSTEM_USER = "postgres"
_SETTINGS = {
    "fsync": "off",  # a power cut is not what these tests are about
    "synchronous_commit": "off",
    "shared_buffers": "16MB",
    "max_connections": "60",
}


@dataclass(frozen=True)
class PostgresServer:
    """A running server.

    Attributes:
        address: `postgresql://user:password@127.0.0.1:port/postgres`, as any client takes it.
        password: The password in it.
        data: The server's folder.
    """

    address: str
    password: str
    data: Path
    _options: str

    def restart(self) -> None:
        """Stop at once, connections and all, and start again at the same address."""
        self.stop()
        self.start()

    def start(self) -> None:
        """Start, and wait until it answers."""
        log = ("-l", str(self.data / "server.log"), "-o", self._options)
        _run("pg_ctl", "-D", str(self.data), "-w", "-t", "60", *log, "start")

    def stop(self) -> None:
        """Stop without waiting for connections to end by themselves."""
        _run("pg_ctl", "-D", str(self.data), "-w", "-t", "60", "-m", "fast", "stop")


@contextmanager
def running_postgres(folder: Path) -> Iterator[PostgresServer]:
    """A server on a free port of the loopback, with a password, while the block runs.

    Skips the test where PostgreSQL is not installed. PostgreSQL refuses to run as root, so
    root starts it as the user postgres, in a folder under the system's own for temporary
    files: that user cannot enter root's.

    Args:
        folder: Where the database lies when the tests do not run as root.
    """
    require_postgres()
    if os.geteuid() == 0:
        place = Path(tempfile.mkdtemp(prefix="seqflow-postgres-"))
        shutil.chown(place, _SYSTEM_USER, _SYSTEM_USER)
    else:
        place = Path(tempfile.mkdtemp(prefix="postgres-", dir=folder))
    try:
        server = _initialised(place)
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(place, ignore_errors=True)


def require_postgres() -> None:
    """Skip the test where the server's programs, or a user for them, are missing."""
    for program in ("initdb", "pg_ctl", "postgres"):
        if shutil.which(program) is None:
            pytest.skip(f"PostgreSQL is not installed: there is no {program} on the PATH")
    if os.geteuid() == 0 and shutil.which("runuser") is None:
        pytest.skip("PostgreSQL refuses root, and there is no runuser to become another user")


def _initialised(place: Path) -> PostgresServer:
    password = secrets.token_urlsafe(16)
    data, word = place / "data", place / "password"
    word.write_text(password, encoding="utf-8")
    if os.geteuid() == 0:
        shutil.chown(word, _SYSTEM_USER, _SYSTEM_USER)
    authentication = ("-A", "scram-sha-256", f"--pwfile={word}", "-U", USER)
    encoding = ("-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
    _run("initdb", "-D", str(data), *authentication, *encoding)
    port = _free_port()
    settings = {**_SETTINGS, "port": port, "listen_addresses": "127.0.0.1"}
    settings["unix_socket_directories"] = place
    options = " ".join(f"-c {name}={value}" for name, value in settings.items())
    address = f"postgresql://{USER}:{password}@127.0.0.1:{port}/postgres"
    return PostgresServer(address, password, data, options)


def _run(*command: str) -> None:
    done = subprocess.run(
        _as_system_user(command),
        cwd="/",  # the server's user may not enter the tests' folder
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=120,
    )
    if done.returncode:
        raise RuntimeError(f"{command[0]} ended with {done.returncode}: {done.stdout[-2000:]}")


def _as_system_user(command: Sequence[str]) -> list[str]:
    if os.geteuid() != 0:
        return list(command)
    program = shutil.which(command[0])
    assert program is not None
    return ["runuser", "-u", _SYSTEM_USER, "--", program, *command[1:]]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
