"""From anything that is known of a model to all the rest, with and without the journals."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from storage.audit import AuditLog
from storage.errors import InputError
from storage.files import write_json
from storage.journal import Journal
from tests.tracking.bundles import tiny_classifier
from tests.tracking.conftest import copied_store
from tracking.lineage import Lineage, known, of_bundle, trace
from tracking.registry import Decision, move_champion, version
from tracking.replay import Replay
from tracking.runs import record_dataset, record_model
from tracking.shipping import registrations
from tracking.store import TrackingStore

TABLES, CONTENT, TEST, RAW = "ab" * 32, "cd" * 32, "ef" * 32, "12" * 32


class Made:
    """A home with two runs on different data; one made a version, which is champion."""

    def __init__(self, home: Path, store: TrackingStore) -> None:
        self.home, self.store = home, store
        self.run, self.bundle = self._trained()
        other = Journal.create(home, experiment="reviews", name="stopped early", key="k")
        other.tag("data_version", "34" * 32)
        other.end("FAILED")
        Replay(other.folder, store).advance(seconds=120)
        first = version(store, "reviews", 1)
        move_champion(store, first, lambda _: Decision(True, "the first"), audit=AuditLog(home))

    def _trained(self) -> tuple[str, str]:
        journal = Journal.create(self.home, experiment="reviews", name="a run", key="k")
        bundle = tiny_classifier(self.home / "bundle", labels=("a", "b"))
        file = {"name": "r.csv", "sha256": RAW}
        write_json(journal.folder / "config.json", {"data": {"file": file}})
        journal.tag("data_digest", CONTENT)
        journal.tag("data_version", TABLES)
        record_dataset(journal, "r", context="test", digest=TEST, source="x", rows=3)
        journal.record("step", step="train", folder="0123")
        digest = record_model(journal, bundle, name="reviews", verdict="better")
        journal.end("FINISHED")
        Replay(journal.folder, self.store).advance(seconds=120)
        assert registrations(journal.folder, self.store)
        return journal.run, digest

    def asked(self, question: str) -> Lineage:
        return trace(known(self.home, self.store), question)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Made:
    home = tmp_path_factory.mktemp("lineage")
    return Made(home, copied_store(migrated, home))


def told(lineage: Lineage) -> tuple[list[str], list[str]]:
    """Runs and versions, as words."""
    versions = ["@".join([f"{v.name}/{v.version}", *v.aliases]) for v in lineage.versions]
    return [run.run for run in lineage.runs], versions


def test_everything_leads_to_the_run_and_its_version(made: Made) -> None:
    mlflow_run = made.asked(made.run).runs[0].mlflow_run
    asked = [made.run, mlflow_run, "reviews/1", "reviews@champion", made.bundle[:12]]
    for question in [*asked, TABLES[:6], CONTENT, TEST[:10], RAW[:8]]:
        assert told(made.asked(question)) == ([made.run], ["reviews/1@champion"]), question
    (run,) = made.asked(made.run).runs
    assert run.data == CONTENT
    assert run.steps["train"] == made.home / "steps" / "train" / "0123"


def test_a_file_leads_there_by_its_version_even_when_the_registry_lost_it(made: Made) -> None:
    everything = known(made.home, made.store)
    found = of_bundle(everything, "f", name="reviews", version=1, bundle=made.bundle)
    assert told(found) == ([made.run], ["reviews/1@champion"])
    lost = of_bundle(everything, "f", name="reviews", version=9, bundle=made.bundle)
    assert told(lost) == ([made.run], ["reviews/9"])


def test_another_machine_learns_it_from_mlflow_and_is_told_what_it_cannot(
    made: Made, tmp_path: Path
) -> None:
    elsewhere = trace(known(tmp_path, made.store), "reviews@champion")
    assert told(elsewhere) == ([made.run], ["reviews/1@champion"])
    assert elsewhere.runs[0].data == CONTENT
    assert elsewhere.runs[0].splits == {"test": TEST}
    assert any(f"the steps of run {made.run}" in s for s in elsewhere.unknown)


def test_without_an_answering_mlflow_the_journals_tell_and_the_rest_is_unknown(
    made: Made, tmp_path: Path
) -> None:
    shutil.copytree(made.home / "runs", tmp_path / "runs")
    gone = replace(made.store, locks=Path("/proc/none"))  # cannot be opened any more
    found = trace(known(tmp_path, gone), TABLES)
    assert told(found) == ([made.run], ["reviews/1"])
    assert "does not answer" in found.unknown[0]


@pytest.mark.parametrize(
    ("question", "message"),
    [
        ("nonsense", "nothing is known by 'nonsense'"),
        ("other/1", "there is no model 'other'; known are reviews"),
        ("reviews/7", "reviews has no /7; it has v1 @champion"),
        ("reviews@best", "reviews has no @best; it has v1 @champion"),
    ],
)
def test_what_is_not_there_is_told_with_what_is(
    made: Made, question: str, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        made.asked(question)
