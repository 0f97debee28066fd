"""What several houses' tests share: one real set of servers for the whole run."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings as hypothesis_settings

from tests.postgres import PostgresServer, running_postgres
from tests.running_servers import RunningServers, environment, running_servers

if TYPE_CHECKING:
    from tests.tasks.two_models import TwoModels

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


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A registry's database after its first start, which takes seconds; to be copied."""
    from tests.tracking.conftest import settings_in
    from tracking.store import TrackingStore

    home = tmp_path_factory.mktemp("migrated")
    TrackingStore.from_settings(settings_in(home)).client()
    return home / "mlflow" / "mlflow.db"


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> "TwoModels":
    """A home with a weak and a strong registered model; tests leave it as it is."""
    from tests.tasks.two_models import register_two_models

    return register_two_models(tmp_path_factory.mktemp("prepared"), migrated)


@pytest.fixture
def two(prepared: "TwoModels", tmp_path: Path) -> Iterator["TwoModels"]:
    """A copy of that home, in an environment that names it and no server."""
    copy = prepared.copied_to(tmp_path / "home")
    variables = {"SEQFLOW_HOME": str(copy.home), "PREFECT_HOME": str(tmp_path / "prefect")}
    with environment(**variables):
        yield copy
