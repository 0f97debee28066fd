"""How translations err: figures, parts of the test rows, sentences to compare runs by."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from sacrebleu import corpus_bleu

from configs.text import TextConfig
from models.predictors import load_predictor
from models.translating import TranslationPredictor
from storage.files import read_json
from tests.training.toy_runs import ToyRun, translation_run
from training.counting import TRANSLATION, references_of, translation_counts
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


@pytest.mark.parametrize(
    ("written", "references", "expected"),
    [
        ("le chien voit un chat .", ["le chien voit un chat .", "oui"], 1),
        ("la la la la la", ["un oiseau"], 0),
        ("oui", ["oui"], 0.1778279410038923),
        ("un chien", ["un chat"], 0.1495348781221221),
        ("le chien voit un chat .", ["le chien aime le chat ."], 0.12209471671615688),
        (
            "il voit un",
            ["le chien aime le chat et un oiseau .", "il voit un chat"],
            0.40293516672844226,
        ),
        ("", ["oui"], 0),
    ],
)
def test_sentence_bleu_is_nltks(written: str, references: list[str], expected: float) -> None:
    """NLTK 3.10.4: `sentence_bleu(…, smoothing_function=SmoothingFunction().method1)`."""
    counts = translation_counts([pd.Series([written])], [references])
    assert float(each_bleu(counts)[0, 0]) == pytest.approx(100 * expected, abs=1e-9)


def test_an_exact_match_is_a_match_with_any_reference() -> None:
    counts = translation_counts([pd.Series(["oui", "la", "un oiseau", ""])], REFERENCES)
    assert TRANSLATION["exact_match"](counts.sum(axis=0)).tolist() == [0.5]


def test_references_that_are_alike_are_one() -> None:
    test = pd.DataFrame(
        {"group": ["1", "1", "2", "1"], "target": ["ca", "la", "ca", "ca"]}, dtype="str"
    )
    sources = pd.DataFrame({"group": ["2", "1"]}, dtype="str")
    assert references_of(test, sources) == [["ca"], ["ca", "la"]]


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


def found_in(written: list[str], pairs: pd.DataFrame) -> dict[str, float]:
    counts = translation_counts([pd.Series(written)], REFERENCES)[:, 0]
    return details(counts, answered(written, ["", "", "unfinished", ""]), REFERENCES, pairs)


def test_a_repetition_counts_where_no_reference_has_one() -> None:
    found = found_in(WRITTEN, pd.DataFrame({"target": WRITTEN, "predicted": WRITTEN}))
    assert found["repeating"] == 1 / 4  # the second is right to repeat itself
    assert found["unfinished"] == 1 / 4
    words = 6 + 5 + 5 + 2
    assert found["length_ratio"] == pytest.approx(words / (6 + 5 + 2 + 1))


def test_what_is_too_short_or_too_long_is_so_beside_the_nearest_reference() -> None:
    pairs = pd.DataFrame({"target": ["oui"], "predicted": ["oui"]})
    written = ["le chien voit un", "la la", "la la la la", "un"]  # of 6, 5, 2, 1 words
    found = found_in(written, pairs)
    assert (found["too_short"], found["too_long"]) == (1 / 4, 0)
    written = ["le chien voit un chat .", "la la la", "la la la la la", "un le chat"]
    found = found_in(written, pairs)
    assert (found["too_short"], found["too_long"]) == (0, 2 / 4)


def test_pairs_are_scored_by_their_own_target_alone() -> None:
    texts = ["le chien voit un chat", "un oiseau aime la souris"]
    pairs = pd.DataFrame({"target": texts, "predicted": texts[:1] * 2})
    found = found_in(WRITTEN, pairs)
    hits = corpus_bleu(texts[:1] * 2, [texts]).score
    assert found["single_reference_bleu"] == pytest.approx(hits)
    both = corpus_bleu(texts[:1] * 2, [texts, texts[:1] * 2]).score
    assert both > found["single_reference_bleu"]
    assert found["sentence_bleu"] == pytest.approx((100 + sentence(texts)) / 2)


def sentence(texts: list[str]) -> float:
    """Smoothed BLEU of the first against the second: one word of five is in both."""
    return float(each_bleu(translation_counts([pd.Series(texts[:1])], [texts[1:]]))[0, 0])


def test_each_source_is_in_one_part_of_each_kind() -> None:
    references = [["a"], ["a", "b"], ["a", "b", "c", "d"], ["a", "b", "c"]]
    unknown = np.array([0, 0.2, 0.21, 1])
    parts = parts_of(unknown, references, np.array([True, False, False, True]))
    belongs = [[name for name, rows in parts.items() if rows[row]] for row in range(4)]
    assert belongs == [
        ["no unknown words", "one reference", "reference in training"],
        ["unknown words up to a fifth", "2 or 3 references", "reference new"],
        ["unknown words above a fifth", "4 references or more", "reference new"],
        ["unknown words above a fifth", "2 or 3 references", "reference in training"],
    ]
    assert "reference new" not in parts_of(unknown, references, None)


def test_the_sentences_shown_are_the_same_whatever_else_is_tested() -> None:
    groups = [f"{n * 7919 % 1000:016x}" for n in range(200)]
    frame = pd.DataFrame(
        {"group": groups, "source": [f"s{n}" for n in range(200)], "predicted": "un oiseau"}
    )
    references = [["un oiseau"]] * 200
    counts = translation_counts([frame["predicted"]], references)[:, 0]
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
        "single_reference_bleu",
        "sentence_bleu",
        "length_ratio",
        "too_short",
        "too_long",
        "repeating",
        "unfinished",
    }
    assert "one reference" not in scores.parts  # each toy source has two
    assert dict(scores.figures())["test/perplexity"] == scores.details["perplexity"]
    assert scores.parts["2 or 3 references"].rows == scores.rows
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
