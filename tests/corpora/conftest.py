"""What the tests of corpora share: a scripted server, and the real corpora if at hand."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.corpora.scripted_server import ScriptedServer, scripted_server


@pytest.fixture
def real_data() -> Path:
    """The folder of real corpora, laid out as a mirror; the test is skipped without it."""
    root = Path(__file__).parents[2]
    given = os.environ.get("SEQFLOW_TEST_DATA")
    places = [Path(given)] if given else [root.parent / "shared/data", root / "shared/data"]
    for place in places:
        if place.is_dir():
            return place
    pytest.skip("no real corpora here; set SEQFLOW_TEST_DATA to their folder")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedServer]:
    """A web server whose answers the test scripts."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    with scripted_server() as running:
        yield running
