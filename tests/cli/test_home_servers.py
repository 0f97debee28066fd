"""Commands about models ask the servers that the home's `up` started, not its own files."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from os import getpid
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.main import app
from cli.server_files import Server, remember
from storage.processes import start_ticks
from tests.running_servers import environment


@pytest.mark.parametrize(
    "words",
    [
        ("predict", "reviews", "a good film"),
        ("lineage", "reviews@champion"),
        ("reproduce", "20261127-174708-9d1be4"),
        ("doctor", "--clean"),
    ],
    ids=lambda words: str(words[0]),
)
def test_the_homes_own_server_is_asked(words: tuple[str, ...], tmp_path: Path) -> None:
    # under a PostgreSQL of `up --database` the home's SQLite file knows no model at all
    home = tmp_path / "home"
    with listening() as (address, asked):
        remember(home, Server("mlflow", getpid(), start_ticks(getpid()), address))
        with environment(SEQFLOW_HOME=str(home), PREFECT_HOME=str(home / "prefect")):
            CliRunner().invoke(app, words)
    assert asked
    assert not (home / "mlflow").exists()


@contextmanager
def listening() -> Iterator[tuple[str, list[str]]]:
    """The address of a server that knows nothing, and what it was asked for."""
    asked: list[str] = []

    class Ignorant(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        do_POST = do_GET  # noqa: N815 - the names are the base class's

        def log_message(self, format: str, *args: object) -> None:
            """Nothing on the terminal."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Ignorant) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()
        thread.join()
