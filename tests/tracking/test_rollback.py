"""Tests of undoing promotions in a real registry."""

import shutil
from pathlib import Path

import pytest

from storage.audit import AuditLog
from storage.errors import InputError
from tests.tracking.conftest import copied_store, database_of
from tests.tracking.test_registry import move, no, yes
from tracking.registry import ModelVersion, champion, version
from tracking.rollback import roll_back
from tracking.store import TrackingStore


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Path:
    """The database of a registry whose versions 1 to 3 were promoted one after the other."""
    store = copied_store(migrated, tmp_path_factory.mktemp("filled"))
    client = store.client()
    client.create_registered_model("reviews")
    for number in (1, 2, 3):
        client.create_model_version("reviews", source=f"{store.artifacts}/{number}")
        move(store, version(store, "reviews", number), yes)
    return database_of(store)


@pytest.fixture
def three(store: TrackingStore, filled: Path) -> list[ModelVersion]:
    shutil.copy(filled, database_of(store))
    return [version(store, "reviews", number) for number in (1, 2, 3)]


def undo(store: TrackingStore) -> tuple[int, int]:
    done = roll_back(store, "reviews", reason="it is slow", audit=AuditLog(store.locks))
    return done.undone.version, done.restored.version


def test_the_champion_before_comes_back_and_the_other_is_marked(
    store: TrackingStore, three: list[ModelVersion]
) -> None:
    assert undo(store) == (3, 2)
    now = champion(store, "reviews")
    assert now is not None
    assert now.version == 2
    assert version(store, "reviews", 3).rolled_back.endswith(": it is slow")
    [entry] = AuditLog(store.locks).entries("reviews")
    assert (entry["kind"], entry["version"], entry["champion"]) == ("rolled-back", 2, 3)


def test_a_second_rollback_goes_one_further_back(
    store: TrackingStore, three: list[ModelVersion]
) -> None:
    assert [undo(store), undo(store)] == [(3, 2), (2, 1)]
    with pytest.raises(InputError, match=r"no champion of reviews before version 1 .* 2, 3\)"):
        undo(store)


def test_what_was_rolled_back_never_comes_back_as_the_one_before(
    store: TrackingStore, three: list[ModelVersion]
) -> None:
    first, _, third = three
    undo(store)
    undo(store)
    move(store, third, yes)  # by hand, so that it follows version 1
    move(store, first, yes)
    assert undo(store) == (1, 3)
    with pytest.raises(InputError, match="no champion of reviews before version 3"):
        undo(store)


def test_a_promotion_by_hand_takes_the_mark_away(
    store: TrackingStore, three: list[ModelVersion]
) -> None:
    undo(store)
    move(store, three[2], yes)
    assert version(store, "reviews", 3).rolled_back == ""
    assert undo(store) == (3, 2)


def test_a_champion_of_old_that_is_refused_now_keeps_its_place_in_the_chain(
    store: TrackingStore, three: list[ModelVersion]
) -> None:
    move(store, three[1], no)
    assert [undo(store), undo(store)] == [(3, 2), (2, 1)]


def test_a_deleted_champion_before_is_said_with_the_way_out(
    store: TrackingStore, three: list[ModelVersion]
) -> None:
    store.client().delete_model_version("reviews", "2")
    with pytest.raises(
        InputError, match="version 2 of reviews, champion before, was deleted; "
    ):
        undo(store)
    now = champion(store, "reviews")
    assert now is not None
    assert now.version == 3


def test_without_a_champion_there_is_nothing_to_undo(store: TrackingStore) -> None:
    with pytest.raises(InputError, match="reviews has no champion"):
        undo(store)
