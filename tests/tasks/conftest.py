"""A home with two registered models, one truly better than the other."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.running_servers import environment
from tests.tasks.two_models import TwoModels, register_two_models
from tests.tracking.conftest import migrated, safe_environment

__all__ = ["migrated", "safe_environment"]


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> TwoModels:
    """The two models; tests leave this home as it is."""
    return register_two_models(tmp_path_factory.mktemp("prepared"), migrated)


@pytest.fixture
def two(prepared: TwoModels, tmp_path: Path) -> Iterator[TwoModels]:
    """A copy of that home, in an environment that names it and no server."""
    copy = prepared.copied_to(tmp_path / "home")
    with environment(SEQFLOW_HOME=str(copy.home), PREFECT_HOME=str(tmp_path / "prefect")):
        os.environ.pop("SEQFLOW_REGISTRY_PREFIX", None)
        yield copy
    shutil.rmtree(copy.home)
