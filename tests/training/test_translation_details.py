"""How translations err: figures, parts of the test rows, sentences to compare runs by."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from sacrebleu.metrics.bleu import BLEU

from configs.text import TextConfig
from models.predictors import TranslationPredictor, load_predictor
from storage.files import read_json
from tests.training.toy_runs import ToyRun, translation_run
from training.counting import TRANSLATION, translation_counts
from training.evaluation import evaluate
from training.metrics import each_bleu
from training.model_card import ModelName
from training.perplexity import perplexity
from training.problems.build import open_problem
from training.scores import Scores
from training.translation_details import details, parts_of, repeats, sentences

REFERENCES = [["le chien voit un chat .", "oui"], ["la la la la la"], ["un oiseau"], ["rien"]]
WRITTEN = ["le chien voit un chat .", "la la la la la", "la la la la la", "un oiseau"]


def answered(texts: list[str], flags: list[str] | None = None) -> pd.DataFrame:
    return pd.DataFrame({"predicted": texts, "flag": flags or [""] * len(texts)})


@pytest.fixture(scope="module")
def attending(tmp_path_factory: pytest.TempPathFactory) -> ToyRun:
    folder = tmp_path_factory.mktemp("attending")
    return translation_run(folder, attention="bahdanau", epochs=2)


@pytest.fixture(scope="module")
def out(attending: ToyRun, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return evaluated(attending, tmp_path_factory.mktemp("out"))


def evaluated(run: ToyRun, folder: Path) -> Path:
    name = ModelName("toy", "toy")
    evaluate(
        run.bundle,
        run.tables,
        run.tokens,
        folder,
        job=run.job,
        name=name,
        train_folder=run.trained,
    )
    return folder


def test_sentence_bleu_is_sacrebleus_with_one_more_hit() -> None:
    metric = BLEU(
        smooth_method="add-k", smooth_value=1, effective_order=True, max_ngram_order=4
    )
    counts = translation_counts(pd.Series(WRITTEN), REFERENCES)
    expected = [
        metric.sentence_score(text, right).score
        for text, right in zip(WRITTEN, REFERENCES, strict=True)
    ]
    np.testing.assert_allclose(each_bleu(counts), expected)


def test_an_exact_match_is_a_match_with_any_reference() -> None:
    counts = translation_counts(pd.Series(["oui", "la", "un oiseau", ""]), REFERENCES)
    assert TRANSLATION["exact_match"](counts.sum(axis=0)) == 0.5


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a b c a b c", True),
        ("a a a a", True),
        ("a b c a b d", False),
        ("a b", False),
        ("", False),
    ],
)
def test_three_words_twice_are_a_repetition(text: str, expected: bool) -> None:
    assert repeats(["x y z", text, "x y z"]).tolist() == [False, expected, False]


def test_a_repetition_counts_where_no_reference_has_one() -> None:
    counts = translation_counts(pd.Series(WRITTEN), REFERENCES)
    found = details(counts, answered(WRITTEN, ["", "", "unfinished", ""]), REFERENCES)
    assert found["repeating"] == 1 / 4  # the second is right to repeat itself
    assert found["unfinished"] == 1 / 4
    words = 6 + 5 + 5 + 2
    assert found["length_ratio"] == pytest.approx(words / (6 + 5 + 2 + 1))


def test_each_source_is_in_one_part_of_each_kind() -> None:
    parts = parts_of(np.array([0, 2, 0, 1]), REFERENCES, np.array([True, False, False, True]))
    assert [name for name, rows in parts.items() if rows[0]] == [
        "no unknown words",
        "several references",
        "reference in training",
    ]
    assert (sum(rows.astype(int) for rows in parts.values()) == 3).all()


def test_the_sentences_shown_are_the_same_whatever_else_is_tested() -> None:
    groups = [f"{n * 7919 % 1000:016x}" for n in range(200)]
    frame = pd.DataFrame(
        {"group": groups, "source": [f"s{n}" for n in range(200)], "predicted": "un oiseau"}
    )
    references = [["un oiseau"]] * 200
    counts = translation_counts(frame["predicted"], references)
    shown = sentences(frame, references, counts)
    assert len(shown) == 50
    kept = frame["source"].isin(shown["source"]) | (frame.index % 2 == 0)
    fewer = frame[kept].reset_index(drop=True)
    again = sentences(fewer, references[: len(fewer)], counts[: len(fewer)])
    assert again["source"].tolist() == shown["source"].tolist()
    assert (shown["chrf"] == 100).all()


def test_perplexity_is_of_every_target_token(attending: ToyRun) -> None:
    predictor = load_predictor(attending.bundle)
    assert isinstance(predictor, TranslationPredictor)
    problem = open_problem(attending.tokens, attending.job)
    split = problem.split("test")
    with torch.inference_mode():
        one_by_one = [
            problem.loss(predictor.network, split.batch(np.array([row])))
            for row in range(len(split.lengths))
        ]
    total = sum(float(loss.total) for loss in one_by_one)
    expected = math.exp(total / sum(loss.count for loss in one_by_one))
    found = perplexity(predictor.network, attending.tokens, attending.job)
    assert found == pytest.approx(expected, rel=1e-4)


def test_report_scores_and_pictures_tell_how_it_writes(out: Path) -> None:
    scores = Scores.read(out)
    assert set(scores.details) == {
        "perplexity",
        "sentence_bleu",
        "length_ratio",
        "repeating",
        "unfinished",
    }
    assert "one reference" not in scores.parts  # each toy source has two
    assert dict(scores.figures())["test/perplexity"] == scores.details["perplexity"]
    assert scores.parts["several references"].rows == scores.rows
    report = (out / "report.md").read_text(encoding="utf-8")
    assert "## How it writes" in report
    assert "## By part" in report
    assert "(figures/attention.png)" in report
    assert (out / "figures/attention.png").stat().st_size > 10_000
    table = read_json(out / "sentences.json")
    assert isinstance(table, dict)
    assert table["columns"] == ["source", "references", "translation", "sentence_bleu", "chrf"]
    assert len(table["data"]) == min(50, scores.rows)


def test_a_network_of_plain_letters_is_scored_by_plain_references(tmp_path: Path) -> None:
    text = TextConfig(normalise="ascii")
    run = translation_run(tmp_path / "run", text=text, epochs=1)
    for split in ("train", "validation", "test"):
        part = next((run.tables / split).glob("*.parquet"))
        frame = pd.read_parquet(part)
        frame["target"] = "ÇA été, Là !"
        frame.to_parquet(part, index=False)
    evaluated(run, tmp_path / "out")
    memory = Scores.read(tmp_path / "out").baselines["translation_memory"].metrics
    assert memory["bleu"].value == pytest.approx(100)
    predictions = pd.read_parquet(tmp_path / "out" / "predictions.parquet")
    assert set(predictions["target"]) == {"ca ete la !"}
    assert not (tmp_path / "out" / "figures/attention.png").exists()
