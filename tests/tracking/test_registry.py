"""Tests of versions and the champion in a real registry."""

import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from storage.audit import AuditLog
from storage.journal import Journal
from tests.tracking.bundles import tiny_classifier
from tests.tracking.conftest import copied_store, database_of
from tracking.registry import (
    CHALLENGER,
    Decision,
    ModelVersion,
    Promotion,
    champion,
    move_champion,
    registered_name,
    version,
)
from tracking.replay import Replay
from tracking.runs import record_model
from tracking.shipping import registrations
from tracking.store import TrackingStore


def registered(
    home: Path, store: TrackingStore, bundle: Path, name: str = "reviews"
) -> ModelVersion:
    """A version made by a run of its own, the way every run makes one."""
    journal = Journal.create(home, experiment="reviews", name="a run", key="k")
    record_model(journal, bundle, name=name, verdict="better than the majority")
    Replay(journal.folder, store).advance(seconds=120)
    [made] = registrations(journal.folder, store)
    return version(store, name, made.version)


def move(
    store: TrackingStore,
    challenger: ModelVersion,
    decide: Callable[[ModelVersion | None], Decision],
) -> Promotion:
    return move_champion(store, challenger, decide, audit=AuditLog(store.locks))


def yes(_: ModelVersion | None) -> Decision:
    return Decision(True, "4.0 points better", p_value=0.01)


def no(_: ModelVersion | None) -> Decision:
    return Decision(False, "not shown to be better", p_value=0.4)


@pytest.fixture
def second_bundle(tmp_path: Path) -> Path:
    return tiny_classifier(tmp_path / "second", labels=("negative", "positive"), seed=2)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Path:
    """The database of a registry with two versions, to copy."""
    home = tmp_path_factory.mktemp("filled")
    store = copied_store(migrated, home)
    for seed in (1, 2):
        made = tiny_classifier(home / f"bundle-{seed}", labels=("a", "b"), seed=seed)
        registered(home, store, made)
    return database_of(store)


@pytest.fixture
def two_versions(store: TrackingStore, filled: Path) -> tuple[ModelVersion, ModelVersion]:
    shutil.copy(filled, database_of(store))
    return version(store, "reviews", 1), version(store, "reviews", 2)


def test_same_bundle_keeps_its_version_and_another_gets_the_next(
    home: Path, store: TrackingStore, bundle: Path, second_bundle: Path
) -> None:
    first = registered(home, store, bundle)
    again = registered(home, store, bundle)
    other = registered(home, store, second_bundle)
    assert [first.version, again.version, other.version] == [1, 1, 2]
    assert again.run == first.run != other.run


def test_run_knows_whether_its_version_was_there_before(
    home: Path, store: TrackingStore, bundle: Path
) -> None:
    registered(home, store, bundle)
    journal = Journal.create(home, experiment="reviews", name="reuses", key="k")
    record_model(journal, bundle, name="reviews", verdict="the same")
    Replay(journal.folder, store).advance(seconds=120)
    [found] = registrations(journal.folder, store)
    assert found.reused


def test_kill_before_the_version_is_made_logs_the_model_once(
    home: Path, store: TrackingStore, bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal.create(home, experiment="reviews", name="a run", key="k")
    record_model(journal, bundle, name="reviews", verdict="good")
    monkeypatch.setenv("SEQFLOW_FAULT", "registry.register:raise")
    with pytest.raises(RuntimeError, match="planned fault"):
        Replay(journal.folder, store).advance(seconds=120)
    Replay(journal.folder, store).advance(seconds=120)
    client = store.client()
    experiment = store.experiment_id(client, "reviews")
    assert len(client.search_logged_models([experiment])) == 1
    assert len(client.search_model_versions("name = 'reviews'")) == 1


def test_bundle_that_is_gone_is_said_and_not_registered(
    home: Path, store: TrackingStore, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    journal = Journal.create(home, experiment="reviews", name="a run", key="k")
    gone = tmp_path / "gone"
    journal.record("model", bundle=str(gone), name="reviews", digest="0", description="")
    assert Replay(journal.folder, store).advance(seconds=120) == "shipped"
    assert registrations(journal.folder, store) == ()
    assert f"{gone} is gone and so cannot be registered; train again" in caplog.text


def test_there_is_no_champion_before_the_first_promotion(
    home: Path, store: TrackingStore, bundle: Path
) -> None:
    assert champion(store, "reviews") is None
    registered(home, store, bundle)
    assert champion(store, "reviews") is None


def test_promotion_moves_the_alias_and_records_the_evidence(
    store: TrackingStore, two_versions: tuple[ModelVersion, ModelVersion]
) -> None:
    first, second = two_versions
    assert move(store, first, yes).previous is None
    promotion = move(store, second, yes)
    assert promotion.previous == first
    assert promotion.champion == champion(store, "reviews") == second
    tags = store.client().get_model_version("reviews", "2").tags
    assert tags["seqflow.promotion.reason"] == "4.0 points better"
    assert tags["seqflow.promotion.p_value"] == "0.01"
    assert tags["seqflow.promotion.previous_version"] == "1"


def test_each_decision_is_in_the_audit_log_and_on_the_run(
    store: TrackingStore, two_versions: tuple[ModelVersion, ModelVersion]
) -> None:
    first, second = two_versions
    move(store, first, yes)
    move(store, second, no)
    log = AuditLog(store.locks)
    told = [(e["kind"], e["version"], e["champion"]) for e in log.entries("reviews")]
    assert told == [("promoted", 1, None), ("refused", 2, 1)]
    assert log.verify() is None
    tags = store.client().get_run(second.mlflow_run).data.tags
    assert tags["seqflow.promotion.outcome"] == "refused"
    assert tags["seqflow.promotion.reason"] == "not shown to be better"


def test_refused_version_becomes_the_challenger(
    store: TrackingStore, two_versions: tuple[ModelVersion, ModelVersion]
) -> None:
    first, second = two_versions
    move(store, first, yes)
    promotion = move(store, second, no)
    assert promotion.champion == champion(store, "reviews") == first
    challenger = store.client().get_model_version_by_alias("reviews", CHALLENGER)
    assert challenger.version == second.version


def test_promoted_challenger_is_challenger_no_more(
    store: TrackingStore, two_versions: tuple[ModelVersion, ModelVersion]
) -> None:
    first, second = two_versions
    move(store, first, yes)
    move(store, second, no)
    move(store, second, yes)
    aliases = store.client().get_registered_model("reviews").aliases
    assert aliases == {"champion": second.version}


def test_champion_itself_is_not_judged_again(
    home: Path, store: TrackingStore, bundle: Path
) -> None:
    first = registered(home, store, bundle)
    move(store, first, yes)
    promotion = move(store, first, lambda _: pytest.fail("judged again"))
    assert promotion.champion == first
    assert promotion.decision.reason == "version 1 is the champion already"


def test_kill_before_the_move_leaves_the_old_champion(
    store: TrackingStore,
    two_versions: tuple[ModelVersion, ModelVersion],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, second = two_versions
    move(store, first, yes)
    monkeypatch.setenv("SEQFLOW_FAULT", "registry.promote:raise@1")
    with pytest.raises(RuntimeError, match="planned fault"):
        move(store, second, yes)
    assert champion(store, "reviews") == first
    assert [e["kind"] for e in AuditLog(store.locks).entries()] == ["promoted", "promoted"]


def test_racing_promotions_leave_the_better_champion(
    store: TrackingStore, two_versions: tuple[ModelVersion, ModelVersion]
) -> None:
    def newer_wins(challenger: ModelVersion) -> None:
        def decide(current: ModelVersion | None) -> Decision:
            time.sleep(0.05)  # a test takes its time; the other one must wait, not read
            better = current is None or challenger.version > current.version
            return Decision(better, "the newer one is better")

        move(store, challenger, decide)

    for pair in [two_versions, two_versions[::-1]] * 2:
        if champion(store, "reviews"):
            store.client().delete_registered_model_alias("reviews", "champion")
        racing = [threading.Thread(target=newer_wins, args=(each,)) for each in pair]
        for thread in racing:
            thread.start()
        for thread in racing:
            thread.join()
        assert champion(store, "reviews") == two_versions[1]


def test_prefix_keeps_teams_on_one_server_apart() -> None:
    assert registered_name("team-a.", "reviews") == "team-a.reviews"
