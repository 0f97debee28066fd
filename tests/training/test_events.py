"""An event classifier from tables to answers and scores."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import torch
from torch.nn import functional as F

from configs.events import Gaps
from corpora.tables import read_table
from models.event_predicting import EventPredictor
from models.predictors import load_predictor
from storage.errors import InputError
from tests.training.small_jobs import ONE_THREAD, WORDS, event_job
from training.answers import answer
from training.encoding_labels import UNSEEN_LABEL
from training.evaluation import evaluate
from training.event_baselines import event_baselines
from training.loop import train
from training.model_card import ModelName
from training.prediction import predict_rows
from training.prediction_lineage import ModelOrigin
from training.problems.base import LossOptions
from training.problems.events import Events
from training.row_sources import FetchedRows
from training.scores import Scores

ORIGIN = ModelOrigin("runs", 1, bundle="b" * 64, run="20261128-120000-abcdef")


@pytest.fixture(scope="module")
def trained(events_tokens: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trained")
    job = event_job(epochs=40, learning_rate=0.03, average=0.0, patience=None)
    train(events_tokens, folder, job, device=ONE_THREAD)
    return folder


@pytest.fixture
def predictor(trained: Path) -> EventPredictor:
    found = load_predictor(trained / "bundle")
    assert isinstance(found, EventPredictor)
    return found


def test_answers_follow_the_times_whatever_the_batches(predictor: EventPredictor):
    texts = [f"{WORDS[0]} {WORDS[1]}@0.1", f"{WORDS[0]} {WORDS[1]}@90", "", "unheard-of@1"]
    together = predictor.predict(texts)
    assert [one.label for one in together[:2]] == ["quick", "slow"]
    assert [one.flag for one in together] == ["", "", "empty", "unknown"]
    alone = [predictor.predict([text], batch_tokens=1)[0] for text in texts]
    both = [[one.probability for one in answers] for answers in (alone, together)]
    np.testing.assert_allclose(*both, rtol=1e-5)


def test_a_bundle_says_what_its_times_are(events_tokens: Path, tmp_path: Path):
    gaps = Gaps(kind="to_last", unit="days")
    problem = Events(events_tokens, replace(event_job(), gaps=gaps))
    problem.write_bundle(tmp_path, problem.build_network())
    found = load_predictor(tmp_path)
    assert isinstance(found, EventPredictor)
    assert found.gaps is not None
    assert found.gaps.shown == "days to the last event"


def test_of_a_long_sequence_the_end_is_read(predictor: EventPredictor):
    end = " ".join(f"{WORDS[2]}@{gap}" for gap in (0.1, 80, 0.2, 70, 0.1, 60, 0.3, 90))
    short, long = predictor.predict([end, f"{WORDS[1]} {WORDS[1]}@0.1 {end}"])
    assert (short.flag, long.flag) == ("", "truncated")
    assert long.probabilities == pytest.approx(short.probabilities)


def test_the_report_stands_beside_markov_and_counts(
    trained: Path, events_tokens: Path, tmp_path: Path
):
    evaluate(
        trained / "bundle",
        events_tokens / "tables",
        events_tokens,
        tmp_path,
        job=event_job(),
        name=ModelName("small", "small"),
        train_folder=trained,
    )
    scores = Scores.read(tmp_path)
    assert set(scores.baselines) == {"majority", "markov", "logistic_regression"}
    assert scores.score.value > scores.baseline_score("majority")
    predictions = pd.read_parquet(tmp_path / "predictions.parquet")
    assert scores.score.value == pytest.approx(predictions["correct"].mean())
    for name in ("confusion_matrix", "reliability"):
        assert (tmp_path / "figures" / f"{name}.png").stat().st_size > 0
    # another model answers the same rows anew: the same bundle gives the same answers
    answer(trained / "bundle", tmp_path / "predictions.parquet", tmp_path)
    again = pd.read_parquet(tmp_path / "predictions.parquet")
    assert again["predicted"].tolist() == predictions["predicted"].tolist()


def test_the_auxiliary_loss_adds_by_its_weight(events_tokens: Path):
    totals = []
    for weight in (0.2, 0.4):
        job = event_job(auxiliary_weight=weight)
        problem = Events(events_tokens, job)
        torch.manual_seed(0)
        network = problem.build_network().eval()
        batch = problem.split("train").batch(np.arange(8))
        scores = network(batch.texts.ids, batch.texts.lengths, batch.gaps)
        assert scores.auxiliary is not None
        main, auxiliary = (
            F.cross_entropy(one, batch.texts.labels, reduction="sum").item() for one in scores
        )
        total = problem.loss(network, batch, LossOptions()).total.item()
        assert total == pytest.approx(main + weight * auxiliary, rel=1e-5)
        totals.append(total)
    assert totals[0] < totals[1]


def rows_of(*rows: tuple[str, str, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["events", "gaps", "label"], dtype="str")


def test_markov_answers_by_the_last_event_and_unknown_ones_by_majority():
    train = rows_of(
        ("a b", "0 1", "x"), ("b", "0", "x"), ("c b", "0 1", "y"), ("b a", "0 1", "y"),
        ("a", "0", "y"), ("c a", "0 2", "y"),
    )  # fmt: skip
    test = rows_of(("c c b", "0 0 0", "?"), ("a", "0", "?"), ("b z", "0 0", "?"))
    found = {one.name: one for one in event_baselines(train, train, test)}
    assert found["markov"].answers.tolist() == ["x", "y", "y"]
    assert found["majority"].answers.tolist() == ["y", "y", "y"]


def test_regression_sees_counts_and_gaps_but_no_order():
    random = np.random.default_rng(0)
    rows = []
    for number in range(400):
        long = number % 2
        gaps = random.exponential(100.0 if long else 0.1, 3)
        events = " ".join(random.permutation(["a", "b", "c"]))
        rows.append(
            (events, " ".join(f"{gap:.4f}" for gap in gaps), "slow" if long else "quick")
        )
    frame = rows_of(*rows)
    (regression,) = (
        one
        for one in event_baselines(frame[:300], frame[300:350], frame[350:])
        if one.name == "logistic_regression"
    )
    assert (regression.answers == frame["label"][350:].to_numpy()).mean() > 0.9


def test_rows_of_another_problem_are_refused(trained: Path, tmp_path: Path):
    frame = pd.DataFrame({"id": [1], "group": ["a"], "text": ["b"], "label": ["quick"]})
    frame.to_parquet(tmp_path / "predictions.parquet")
    with pytest.raises(InputError, match="solves events, but the test rows have no columns"):
        answer(trained / "bundle", tmp_path / "predictions.parquet", tmp_path)


def test_ids_and_gaps_on_the_disk_are_those_of_the_tables(events_tokens: Path):
    table = read_table(events_tokens / "tables" / "train")
    gaps = np.load(events_tokens / "train" / "gaps.npy")
    ids = np.load(events_tokens / "train" / "ids.npy")
    assert len(gaps) == len(ids)
    written = pa.array(table["gaps"]).to_pylist()
    kept = [float(gap) for row in written for gap in row.split()[-8:]]
    np.testing.assert_allclose(gaps, kept, rtol=1e-6)


def test_a_new_label_of_validation_is_left_out_of_training(
    events_tokens: Path, tmp_path: Path
) -> None:
    tokens = tmp_path / "tokens"
    shutil.copytree(events_tokens, tokens)
    labels = np.load(tokens / "validation" / "labels.npy")
    labels[:3] = UNSEEN_LABEL
    np.save(tokens / "validation" / "labels.npy", labels)
    problem = Events(tokens, event_job())
    assert len(problem.split("validation").lengths) == len(labels) - 3


def test_statistics_of_rows_without_events_are_zero() -> None:
    frame = rows_of(("a b", "0 2", "x"), ("", "", "y"), ("b", "1", "y"))
    found = event_baselines(frame, frame, frame)
    assert len(found[-1].answers) == 3


@pytest.mark.parametrize("name", ["gaps", "delta"])
def test_a_table_of_events_without_times_is_refused(
    name: str, trained: Path, tmp_path: Path
) -> None:
    events = f"{WORDS[0]} {WORDS[1]}"
    frame = pd.DataFrame({"events": [events, events], name: ["0 0.1", "0 90"]})
    frame.to_csv(tmp_path / "asked.csv", index=False)
    source = FetchedRows.of_file(tmp_path / "asked.csv")
    output = tmp_path / "answers.csv"
    if name != "gaps":
        with pytest.raises(InputError, match="'events' holds events without times; give a col"):
            predict_rows(trained / "bundle", source, output, origin=ORIGIN)
        return
    predict_rows(trained / "bundle", source, output, origin=ORIGIN)
    assert pd.read_csv(output)["prediction"].tolist() == ["quick", "slow"]
