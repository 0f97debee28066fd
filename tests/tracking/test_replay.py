"""Tests of carrying a journal into a real MLflow store."""

import json
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest
from mlflow.entities import Run

from storage import faults
from storage.journal import Journal, Record
from tracking.position import POSITION_FILE, Position, journal_bytes
from tracking.replay import MAX_FIGURES, MAX_LABELS, Replay, pieces
from tracking.runs import TABLES_TAG, record_table
from tracking.store import TrackingStore
from training.scores import SENTENCES
from training.translation_details import write_sentences


def ship(journal: Journal, store: TrackingStore) -> Run:
    """Ship the journal with nothing remembered from before, and read the run back."""
    assert Replay(journal.folder, store).advance(seconds=60) == "shipped"
    return run_of(journal, store)


def run_of(journal: Journal, store: TrackingStore) -> Run:
    mlflow_run = Position.load(journal.folder, uri=store.uri).mlflow_run
    assert mlflow_run is not None
    return store.client().get_run(mlflow_run)


def history(store: TrackingStore, run: Run, key: str) -> list[tuple[int, float]]:
    found = store.client().get_metric_history(run.info.run_id, key)
    return sorted((metric.step, metric.value) for metric in found)


def all_runs(store: TrackingStore) -> list[Run]:
    client = store.client()
    return list(client.search_runs([e.experiment_id for e in client.search_experiments()]))


def test_run_arrives_with_name_figures_status_and_times(
    journal: Journal, store: TrackingStore
) -> None:
    journal.tag("trigger", "manual")
    journal.param("network.dropout", 0.3)
    for epoch in (1, 2):
        journal.metric("train/loss", 1 / epoch, step=epoch)
    journal.metric("test/accuracy", 0.9)
    journal.end("FINISHED")
    run = ship(journal, store)
    assert run.info.run_name == "reviews lstm"
    assert run.info.status == "FINISHED"
    assert run.info.end_time >= run.info.start_time
    assert run.data.params == {"network.dropout": "0.3"}
    assert run.data.tags["trigger"] == "manual"
    assert run.data.tags["seqflow.run"] == journal.run
    assert run.data.metrics == {"train/loss": 0.5, "test/accuracy": 0.9}
    assert history(store, run, "train/loss") == [(1, 1.0), (2, 0.5)]


def test_files_and_folders_are_kept(
    journal: Journal, store: TrackingStore, tmp_path: Path
) -> None:
    (tmp_path / "figures").mkdir()
    (tmp_path / "figures" / "curve.png").write_bytes(b"png")
    (tmp_path / "report.md").write_text("good")
    journal.artifact(tmp_path / "figures", "figures")
    journal.artifact(tmp_path / "report.md", "")
    journal.artifact(tmp_path / "gone.md", "")
    run = ship(journal, store)
    client = store.client()
    assert [file.path for file in client.list_artifacts(run.info.run_id)] == [
        "figures",
        "report.md",
    ]
    kept = client.list_artifacts(run.info.run_id, "figures")
    assert [file.path for file in kept] == ["figures/curve.png"]


def test_sentences_are_a_table_for_mlflow(
    journal: Journal, store: TrackingStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store.uri)  # load_table searches there
    table = pd.DataFrame({"source": ["a «b»", "c"], "chrf": [31.5, 100.0]})
    write_sentences(table, tmp_path)
    journal.artifact(tmp_path / SENTENCES, "evaluation")
    record_table(journal, f"evaluation/{SENTENCES}")
    run = ship(journal, store)
    [shown] = json.loads(run.data.tags[TABLES_TAG])
    found = store.client().load_table(run.info.experiment_id, shown["path"])
    pd.testing.assert_frame_equal(found, table, check_dtype=False)


def test_dataset_carries_our_whole_digest(journal: Journal, store: TrackingStore) -> None:
    digest = "0123456789abcdef" * 4
    journal.record(
        "dataset",
        name="reviews",
        context="train",
        digest=digest,
        source="https://anna:hunter2@example.org/reviews.zip",
        rows=2100,
    )
    [given] = ship(journal, store).inputs.dataset_inputs
    assert given.dataset.digest == digest[:36]
    assert {tag.key: tag.value for tag in given.tags} == {
        "mlflow.data.context": "train",
        "sha256": digest,
    }
    assert json.loads(given.dataset.profile) == {"num_rows": 2100}
    assert "hunter2" not in given.dataset.source


def test_shipping_twice_changes_nothing(journal: Journal, store: TrackingStore) -> None:
    journal.metric("train/loss", 1.0, step=1)
    ship(journal, store)
    journal.metric("train/loss", 0.5, step=2)
    run = ship(journal, store)
    assert history(store, run, "train/loss") == [(1, 1.0), (2, 0.5)]
    assert len(all_runs(store)) == 1


def test_kill_between_request_and_position_doubles_nothing(
    journal: Journal, store: TrackingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    for step in range(5):
        journal.metric("train/loss", float(step), step=step)
    monkeypatch.setattr(faults, "_passes", Counter())
    monkeypatch.setenv("SEQFLOW_FAULT", "shipping.sent:raise@2")
    with pytest.raises(RuntimeError, match="planned fault"):
        Replay(journal.folder, store).advance(seconds=60)
    run = ship(journal, store)
    assert len(history(store, run, "train/loss")) == 5


def test_lost_position_doubles_nothing(journal: Journal, store: TrackingStore) -> None:
    journal.metric("train/loss", 1.0, step=1)
    ship(journal, store)
    (journal.folder / POSITION_FILE).unlink()
    run = ship(journal, store)
    assert history(store, run, "train/loss") == [(1, 1.0)]
    assert len(all_runs(store)) == 1


def test_what_the_store_lost_is_logged_again(
    journal: Journal, store: TrackingStore, migrated: Path, caplog: pytest.LogCaptureFixture
) -> None:
    journal.metric("train/loss", 1.0, step=1)
    first = ship(journal, store)
    Path(store.uri.removeprefix("sqlite:///")).write_bytes(migrated.read_bytes())
    again = ship(journal, store)
    assert again.info.run_id != first.info.run_id
    assert again.data.metrics == {"train/loss": 1.0}
    assert "lost the run" in caplog.text


def test_run_deleted_by_a_person_stays_deleted_without_complaints(
    journal: Journal, store: TrackingStore, caplog: pytest.LogCaptureFixture
) -> None:
    first = ship(journal, store)
    store.client().delete_run(first.info.run_id)
    journal.metric("train/loss", 1.0, step=1)
    run = ship(journal, store)
    assert run.info.lifecycle_stage == "deleted"
    assert run.data.metrics == {}
    assert not caplog.records


def test_refused_figure_does_not_hold_up_the_others(
    journal: Journal, store: TrackingStore, caplog: pytest.LogCaptureFixture
) -> None:
    run = ship(journal, store)
    store.client().log_param(run.info.run_id, "network.dropout", "by hand")
    journal.metric("train/loss", 1.0, step=1)
    journal.param("network.dropout", 0.3)  # MLflow never changes a parameter
    journal.param("network.layers", 2)
    run = ship(journal, store)
    assert run.data.params == {"network.dropout": "by hand", "network.layers": "2"}
    assert run.data.metrics == {"train/loss": 1.0}
    assert len([each for each in caplog.records if "refuses" in each.message]) == 1


def test_resumed_run_runs_again_and_then_ends(journal: Journal, store: TrackingStore) -> None:
    journal.end("KILLED")
    assert ship(journal, store).info.status == "KILLED"
    resumed = Journal.resume(journal.folder)
    assert ship(resumed, store).info.status == "RUNNING"
    resumed.end("FINISHED")
    run = ship(resumed, store)
    assert run.info.status == "FINISHED"
    assert len(all_runs(store)) == 1


def test_seed_stands_below_its_parent_even_if_that_comes_later(
    home: Path, store: TrackingStore
) -> None:
    parent = Journal.create(home, experiment="reviews", name="reviews 2 seeds", key="p")
    child = Journal.create(home, experiment="reviews", name="reviews seed 1", key="c")
    child.tag("seqflow.parent", parent.run)
    shipped = ship(child, store)
    parents_run = ship(parent, store).info.run_id
    assert shipped.data.tags["mlflow.parentRunId"] == parents_run
    assert len(all_runs(store)) == 2


def test_time_that_has_run_out_leaves_the_rest_for_the_next_call(
    journal: Journal, store: TrackingStore
) -> None:
    journal.metric("train/loss", 1.0, step=1)
    replay = Replay(journal.folder, store)
    assert replay.advance(seconds=0) == "more"
    assert replay.advance(seconds=60) == "shipped"
    assert replay.offset == journal_bytes(journal.folder)


def test_figures_share_a_request_and_the_rest_goes_alone() -> None:
    kinds = ["start", "tag", "metric", "artifact", "metric", "end"]
    records = list(enumerate(record(kind) for kind in kinds))
    cut = [([each["kind"] for each in piece.records], piece.end) for piece in pieces(records)]
    assert cut == [
        (["start"], 0),
        (["tag", "metric"], 2),
        (["artifact"], 3),
        (["metric"], 4),
        (["end"], 5),
    ]


@pytest.mark.parametrize(("kind", "limit"), [("metric", MAX_FIGURES), ("tag", MAX_LABELS)])
def test_request_stays_within_mlflows_limits(kind: str, limit: int) -> None:
    records = list(enumerate(record(kind) for _ in range(2 * limit + 1)))
    assert [len(piece.records) for piece in pieces(records)] == [limit, limit, 1]


def record(kind: str) -> Record:
    return {"kind": kind, "time": 1, "key": "a", "value": "1"}
