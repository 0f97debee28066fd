"""Fixtures of the training tests: token folders, and planned faults inside this process."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from storage import faults
from tests.training.small_jobs import (
    write_classification_tokens,
    write_events_tokens,
    write_language_modelling_tokens,
    write_tagging_tokens,
    write_translation_tokens,
)


@pytest.fixture(scope="session")
def classification_tokens(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_classification_tokens(tmp_path_factory.mktemp("classification"))


@pytest.fixture(scope="session")
def events_tokens(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_events_tokens(tmp_path_factory.mktemp("events"))


@pytest.fixture(scope="session")
def tagging_tokens(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tagging_tokens(tmp_path_factory.mktemp("tagging"))


@pytest.fixture(scope="session")
def language_modelling_tokens(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_language_modelling_tokens(tmp_path_factory.mktemp("language_modelling"))


@pytest.fixture(scope="session")
def translation_tokens(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_translation_tokens(tmp_path_factory.mktemp("translation"))


@pytest.fixture
def plan_fault(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Set `SEQFLOW_FAULT`, and count the passes of its points from zero; "" plans none."""

    def plan(faults_planned: str) -> None:
        monkeypatch.setattr(faults, "_passes", Counter())
        monkeypatch.setenv("SEQFLOW_FAULT", faults_planned)

    return plan
