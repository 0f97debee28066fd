"""A home with small registered models, for commands that look at them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.journal import Journal
from tests.running_servers import environment
from tests.tracking.bundles import tiny_classifier, tiny_language_model
from tests.tracking.conftest import copied_store
from tracking.replay import Replay
from tracking.runs import record_model


@pytest.fixture(scope="session")
def letters_and_reviews(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Path:
    """A home whose registry holds a language model and a classifier."""
    folder: Path = tmp_path_factory.mktemp("home")
    with environment(SEQFLOW_HOME=str(folder)):
        store = copied_store(migrated, folder)
        tiny_language_model(folder / "letters" / "bundle")
        tiny_classifier(folder / "reviews" / "bundle", labels=("bad", "good"))
        for name in ("letters", "reviews"):
            journal = Journal.create(folder, experiment=name, name="a run", key="k")
            record_model(journal, folder / name / "bundle", name=name, verdict="good")
            Replay(journal.folder, store).advance(seconds=300)
    return folder


@pytest.fixture
def home(letters_and_reviews: Path) -> Iterator[Path]:
    """That home, as the one of this environment."""
    with environment(SEQFLOW_HOME=str(letters_and_reviews)):
        yield letters_and_reviews
