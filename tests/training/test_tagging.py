"""A tagger from tables to answers and scores."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from configs.data import DataConfig
from configs.text import TextConfig
from corpora.tables import write_parts
from models.predictors import load_predictor
from models.tagging import TaggingPredictor
from storage.errors import InputError
from tests.training.small_jobs import ONE_THREAD, WORDS, tagging_job
from training.encoding import encode
from training.evaluation import evaluate
from training.loop import train
from training.model_card import ModelName
from training.problems.tagging import Tagging
from training.scores import Scores
from training.tagging_evaluation import marked


@pytest.fixture(scope="module")
def trained(tagging_tokens: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trained")
    job = tagging_job(epochs=30, learning_rate=0.03, average=0.0, patience=None)
    train(tagging_tokens, folder, job, device=ONE_THREAD)
    return folder


@pytest.fixture
def predictor(trained: Path) -> TaggingPredictor:
    found = load_predictor(trained / "bundle")
    assert isinstance(found, TaggingPredictor)
    return found


def test_each_word_gets_a_tag_in_order_whatever_the_batches(predictor: TaggingPredictor):
    texts = [f"{WORDS[0]} {WORDS[29]}", "", WORDS[28], " ".join(WORDS[:9]), "unheard-of"]
    together = predictor.predict(texts)
    assert [answer.tokens for answer in together] == [tuple(text.split()) for text in texts]
    assert together[0].tags == ("early", "late")
    assert [answer.flag for answer in together] == ["", "empty", "", "", "unknown"]
    alone = [predictor.predict([text], batch_tokens=1)[0] for text in texts]
    assert [answer.tags for answer in alone] == [answer.tags for answer in together]
    scores = [[answer.score for answer in answers] for answers in (alone, together)]
    np.testing.assert_allclose(*scores, rtol=1e-4, atol=1e-5)


def test_words_beyond_the_limit_have_no_tag(trained: Path, predictor: TaggingPredictor):
    (answer,) = predictor.predict([" ".join(WORDS[:1] * 300)])
    assert (len(answer.tags), answer.flag) == (256, "truncated")


def test_report_tells_known_from_unknown_words(
    trained: Path, tagging_tokens: Path, tmp_path: Path
):
    evaluate(
        trained / "bundle",
        tagging_tokens / "tables",
        tagging_tokens,
        tmp_path,
        job=tagging_job(),
        name=ModelName("small", "small"),
        train_folder=trained,
    )
    scores = Scores.read(tmp_path)
    assert scores.score.value > scores.baseline_score("majority")
    assert scores.headline == "accuracy"
    assert "known words" in scores.parts
    predictions = pd.read_parquet(tmp_path / "predictions.parquet")
    wrong = predictions["wrong"].sum() / predictions["length"].sum()
    assert scores.score.value == pytest.approx(1 - wrong)
    report = (tmp_path / "report.md").read_text()
    assert "sentences all right" in report
    assert (tmp_path / "figures" / "confusion_matrix.png").stat().st_size > 0
    assert (tmp_path / "sentences.json").stat().st_size > 0


def test_a_tag_that_training_does_not_have_is_missed(tmp_path: Path):
    frame = pd.DataFrame(
        {"id": [0, 1], "group": ["a", "b"], "tokens": ["a b", "b"], "tags": ["A B", "B"]}
    )
    strange = frame.assign(tags=["A NEW", "B"])
    for split, rows in (("train", frame), ("validation", strange), ("test", strange)):
        write_parts(tmp_path / "tables" / split, [rows])
    data = DataConfig(dataset="x", problem="tagging")
    encode(tmp_path / "tables", tmp_path, data=data, text=TextConfig(tokenizer="given"))
    problem = Tagging(tmp_path, tagging_job())
    split = problem.split("validation")
    batch = split.batch(np.arange(2))
    assert batch.tags.tolist() == [0, -1, 1]
    metrics = problem.validate(problem.build_network().eval(), [batch])
    assert metrics["accuracy"] <= 2 / 3
    assert metrics["sentence_accuracy"] <= 1 / 2
    assert np.isfinite(metrics["loss"])
    with pytest.raises(InputError, match="every validation sentence has a tag that training"):
        problem.validate(problem.build_network().eval(), [split.batch(np.array([0]))])


def test_wrong_tags_are_marked_for_people():
    shown = marked("the dog barks", "DET NOUN VERB", "DET NOUN NOUN")
    assert shown == "the/DET dog/NOUN barks/*NOUN* (VERB)"
