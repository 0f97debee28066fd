"""Files of a version's run come from the store, and an absent one is told with the way out."""

from pathlib import Path

import pytest

from storage.errors import InputError
from storage.files import write_text
from storage.journal import Journal
from tracking.artifacts import required_artifact, run_artifact
from tracking.registry import ModelVersion
from tracking.replay import Replay
from tracking.store import TrackingStore


def made_by(run: str) -> ModelVersion:
    return ModelVersion(name="reviews", version=3, run=run, bundle="", source="")


def test_a_file_is_brought_once_and_an_absent_one_is_none(
    store: TrackingStore, journal: Journal, tmp_path: Path
) -> None:
    write_text(tmp_path / "profile" / "profile.json", "{}")
    journal.artifact(tmp_path / "profile", "profile")
    Replay(journal.folder, store).advance(seconds=60)
    version, cache = made_by(journal.run), tmp_path / "cache"
    found = run_artifact(store, version, "profile/profile.json", cache=cache)
    assert found is not None
    assert found.read_text() == "{}"
    assert run_artifact(store, version, "profile/profile.json", cache=cache) == found
    assert run_artifact(store, version, "lineage/groups.parquet", cache=cache) is None
    assert run_artifact(store, made_by("stranger"), "profile/profile.json", cache=cache) is None
    with pytest.raises(InputError, match="reviews version 3 keeps no config/config.json.*sync"):
        required_artifact(store, version, "config/config.json", cache=cache)
