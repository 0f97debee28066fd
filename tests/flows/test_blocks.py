"""What a person keeps as blocks on the Prefect server: addresses, and ways to be told."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from tests.running_servers import RunningServers

pytestmark = pytest.mark.flow

ROOT = Path(__file__).parents[2]
ADDRESS = "postgresql://reader:a-password@127.0.0.1:1/texts"
SAVE_AND_USE = f"""
from prefect.blocks.notifications import CustomWebhookNotificationBlock
from prefect.blocks.system import Secret
import sys

Secret(value={ADDRESS!r}).save("texts-address")
told = {{"subject": "{{{{subject}}}}", "body": "{{{{body}}}}"}}
CustomWebhookNotificationBlock(name="pager", url=sys.argv[1], json_data=told).save("pager")

from configs.data import SqlSource
from tasks.addresses import address_of
from tasks.notices import notify

print(address_of(SqlSource(secret_block="texts-address", query="SELECT 1")))
notify("demo promoted", "accuracy 0.97 against 0.95")
"""


def test_blocks_hold_the_address_of_a_database_and_carry_notices(
    prefect_server: RunningServers, tmp_path: Path
) -> None:
    with webhook() as (address, received):
        done = subprocess.run(
            [sys.executable, "-c", SAVE_AND_USE, address],
            cwd=ROOT,
            env={
                **prefect_server.api.variables,
                "PREFECT_HOME": str(tmp_path / "prefect"),
                "SEQFLOW_HOME": str(tmp_path),
                "SEQFLOW_NOTIFY": "custom-webhook/pager",
            },
            capture_output=True,
            text=True,
            check=True,
        )
    assert done.stdout.strip() == ADDRESS
    assert received == [{"subject": "demo promoted", "body": "accuracy 0.97 against 0.95"}]
    assert "demo promoted: accuracy 0.97" in (tmp_path / "notices.log").read_text()


@contextmanager
def webhook() -> Iterator[tuple[str, list[object]]]:
    """A place that takes messages, and what it has taken."""
    received: list[object] = []

    class Taker(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            received.append(json.loads(self.rfile.read(length)))
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            return

    server = HTTPServer(("127.0.0.1", 0), Taker)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/", received
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
