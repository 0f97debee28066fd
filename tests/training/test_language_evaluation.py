"""What is said of a language model on the test text, beside simple counts."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from configs.promotion import PromotionConfig
from models.language_modelling import LanguagePredictor
from models.predictors import load_predictor
from storage.files import read_json
from tests.training.small_jobs import ONE_THREAD, language_job
from training.answers import answer
from training.comparison import compare
from training.evaluation import evaluate
from training.language_figures import surprise_figure
from training.loop import train
from training.model_card import ModelName
from training.promotion import Seen, rule_on
from training.scores import Scores
from training.verdict import verdict


@pytest.fixture(scope="module")
def evaluated(
    language_modelling_tokens: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    folder: Path = tmp_path_factory.mktemp("evaluated")
    job = language_job(epochs=4)
    train(language_modelling_tokens, folder / "trained", job, device=ONE_THREAD)
    evaluate(
        folder / "trained" / "bundle",
        language_modelling_tokens / "tables",
        language_modelling_tokens,
        folder / "scores",
        job=job,
        name=ModelName("small", "small"),
        train_folder=folder / "trained",
    )
    return folder


def test_scores_are_those_of_the_text_read_in_order(
    evaluated: Path, language_modelling_tokens: Path
) -> None:
    scores = Scores.read(evaluated / "scores")
    rows = pd.read_parquet(evaluated / "scores" / "predictions.parquet")
    predictor = load_predictor(evaluated / "trained" / "bundle")
    assert isinstance(predictor, LanguagePredictor)
    bits = predictor.surprise(rows["text"]).bits
    assert rows["bits"].to_numpy() == pytest.approx(bits)
    characters = sum(len(text) for text in rows["text"])
    assert scores.score.value == pytest.approx(bits.sum() / characters, rel=1e-5)
    assert scores.test["perplexity"].value == pytest.approx(2**scores.score.value, rel=1e-5)
    assert scores.score.low <= scores.score.value <= scores.score.high


def test_fewer_bits_are_ahead(evaluated: Path) -> None:
    scores = Scores.read(evaluated / "scores")
    unigram, ngrams = (scores.baseline_score(name) for name in scores.baselines)
    assert list(scores.baselines) == ["unigram", "witten_bell_6_gram"]
    assert scores.floor == "unigram"
    assert scores.best_baseline == "witten_bell_6_gram"
    assert ngrams < scores.score.value < unigram
    leads = [one.lead.difference for one in scores.baselines.values()]
    assert leads == pytest.approx([unigram - scores.score.value, ngrams - scores.score.value])
    assert scores.beats_floor
    assert verdict(scores).startswith("below the best baseline: bits per character")


def test_people_get_passages_pictures_and_texts_that_it_wrote(evaluated: Path) -> None:
    folder = evaluated / "scores"
    report = (folder / "report.md").read_text(encoding="utf-8")
    assert "Most surprising passages" in report
    assert "figures/surprise.png" in report
    assert (folder / "figures" / "surprise.png").stat().st_size > 5_000
    card = (folder / "model_card.md").read_text(encoding="utf-8")
    assert 'seqflow generate small --prompt "a text"' in card
    shown = read_json(folder / "sentences.json")
    assert isinstance(shown, dict)
    assert shown["columns"] == ["temperature", "prompt", "text"]
    assert [row[0] for row in shown["data"]] == [0.0, 0.5, 0.8, 1.0]  # type: ignore[union-attr,index,call-overload]


def test_the_picture_follows_the_lines_of_the_text() -> None:
    figure = surprise_figure("ab\ncd$", np.arange(6.0))
    (axes, _) = figure.axes
    grid = axes.get_images()[0].get_array()
    assert grid is not None
    assert grid.shape[0] == 2
    assert grid[0, :3].tolist() == [0.0, 1.0, 2.0]
    assert grid[1, :3].tolist() == [3.0, 4.0, 5.0]
    assert [text.get_text() for text in axes.texts] == ["a", "b", "↵", "c", "d", r"\$"]


def test_another_model_reads_the_same_rows_and_the_better_one_is_promoted(
    evaluated: Path, language_modelling_tokens: Path, tmp_path: Path
) -> None:
    job = language_job(epochs=1)
    train(language_modelling_tokens, tmp_path, job, device=ONE_THREAD)
    rows = evaluated / "scores" / "predictions.parquet"
    answer(tmp_path / "bundle", rows, tmp_path)
    worse = pd.read_parquet(tmp_path / "predictions.parquet")
    better = pd.read_parquet(rows)
    up = compare(worse, better, problem="language_modelling")
    assert up.metric == "bits_per_character"
    assert up.decisive.difference.difference < 0
    assert (up.gained, up.lost) == (len(better), 0)
    nobody = Seen(0, 0)
    assert rule_on(up, PromotionConfig(), trigger="manual", seen=nobody).promote
    down = compare(better, worse, problem="language_modelling")
    ruling = rule_on(down, PromotionConfig(), trigger="manual", seen=nobody)
    assert not ruling.promote
    assert ruling.p_value > 0.9
    assert not rule_on(down, PromotionConfig(), trigger="drift", seen=nobody).promote


def test_a_smaller_gain_than_the_minimum_effect_is_not_enough(evaluated: Path) -> None:
    rows = pd.read_parquet(evaluated / "scores" / "predictions.parquet")
    slightly = rows.assign(bits=rows["bits"] - 0.05 * rows["characters"])
    found = compare(rows, slightly, problem="language_modelling")
    asked = [PromotionConfig(minimum_effect=effect) for effect in (0.04, 0.06)]
    promoted = [rule_on(found, one, trigger="manual", seen=Seen(0, 0)).promote for one in asked]
    assert promoted == [True, False]
