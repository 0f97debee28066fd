"""A migrated SQLite store to copy, tiny bundles, and one real MLflow server."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from configs.settings import Settings, apply_safe_defaults
from storage.journal import Journal
from tests.tracking.server import MlflowServer
from tracking.store import TrackingStore


@pytest.fixture(scope="session", autouse=True)
def safe_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The variables a command sets before MLflow is imported, for this house's tests only."""
    before = dict(os.environ)
    apply_safe_defaults(settings_in(tmp_path_factory.mktemp("unused")))
    yield
    os.environ.clear()
    os.environ.update(before)


def settings_in(home: Path) -> Settings:
    return Settings(home=home, mirror=None, device=None, registry_prefix="")


def copied_store(database: Path, home: Path) -> TrackingStore:
    """A store in the home folder, from a copy of the database."""
    store = TrackingStore.from_settings(settings_in(home))
    database_of(store).parent.mkdir(parents=True)
    shutil.copy(database, database_of(store))
    return store


def database_of(store: TrackingStore) -> Path:
    return Path(store.uri.removeprefix("sqlite:///"))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def store(home: Path, migrated: Path) -> TrackingStore:
    """A SQLite store of the test's own."""
    return copied_store(migrated, home)


@pytest.fixture
def journal(home: Path) -> Journal:
    return Journal.create(home, experiment="reviews", name="reviews lstm", key="k")


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """An untrained classifier of two classes, one of them with an odd name."""
    from tests.tracking.bundles import tiny_classifier

    return tiny_classifier(tmp_path / "bundle", labels=("negative", "very good!"))


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Iterator[MlflowServer]:
    """A real MLflow server; tests leave it running."""
    folder = tmp_path_factory.mktemp("server")
    shutil.copy(migrated, folder / "mlflow.db")
    server = MlflowServer(folder)
    server.start()
    yield server
    server.kill()
