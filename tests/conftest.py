"""What several houses' tests share: one real set of servers for the whole run."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings

from tests.postgres import PostgresServer, running_postgres
from tests.running_servers import RunningServers, running_servers

# machines that run tests are shared: time says nothing about a property
hypothesis_settings.register_profile("seqflow", deadline=None, max_examples=50)
hypothesis_settings.load_profile("seqflow")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever needs servers runs in one process, so that each server starts once a run."""
    servers = {"prefect_server", "mlflow_server", "postgres"}
    for item in items:
        if servers & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.xdist_group("servers"))


@pytest.fixture(scope="session")
def real_data() -> Callable[[str], Path]:
    """The folder of a real data set, by its name in the catalogue; skips where it is absent."""
    root = Path(__file__).parent.parent
    given = os.environ.get("SEQFLOW_TEST_DATA")
    mirrors = [Path(given)] if given else [root.parent / "shared/data", root / "shared/data"]

    def folder(name: str) -> Path:
        for mirror in mirrors:
            if (mirror / name).is_dir():
                return mirror / name
        pytest.skip(f"{name} is not in {' or '.join(map(str, mirrors))}")

    return folder


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    """A PostgreSQL server for the whole run; skips where none is installed."""
    with running_postgres(tmp_path_factory.mktemp("postgres")) as server:
        yield server


@pytest.fixture(scope="session")
def prefect_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServers]:
    """Prefect, MLflow and a worker as `seqflow up` starts them, once for the whole run."""
    with running_servers(tmp_path_factory.mktemp("servers")) as servers:
        yield servers
