"""A home folder whose default store holds one model: a tiny untrained classifier."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from configs.settings import Settings, apply_safe_defaults
from storage.journal import Journal
from tests.tracking.bundles import tiny_classifier
from tracking.replay import Replay
from tracking.runs import record_model
from tracking.store import TrackingStore


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    home = tmp_path_factory.mktemp("home")
    before = dict(os.environ)
    for name in ("MLFLOW_TRACKING_URI", "PREFECT_API_URL", "SEQFLOW_REGISTRY_PREFIX"):
        os.environ.pop(name, None)
    os.environ["SEQFLOW_HOME"] = str(home)
    settings = Settings.from_environment()
    apply_safe_defaults(settings)
    store = TrackingStore.from_settings(settings)
    bundle = tiny_classifier(home / "bundle", labels=("bad", "good"))
    journal = Journal.create(home, experiment="films", name="a run", key="k")
    record_model(journal, bundle, name="films", verdict="untrained")
    journal.end("FINISHED")
    Replay(journal.folder, store).advance(seconds=120)
    store.client().set_registered_model_alias("films", "champion", "1")
    yield home
    os.environ.clear()
    os.environ.update(before)
