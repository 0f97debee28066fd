"""What the report and the model card say, and in which order."""

from dataclasses import replace
from pathlib import Path

import pandas as pd

from configs.networks import GRUEncoderDecoderConfig, RecurrentClassifierConfig
from configs.text import TextConfig
from configs.training import DecodingConfig, TrainingConfig
from tests.training.some_scores import around, classifier_scores, lead, translator_scores
from training.job import TrainingJob
from training.markdown import capitalised, quoted, table
from training.model_card import ModelName, write_model_card
from training.provenance import Provenance
from training.report import write_report
from training.scores import Scores, Slice
from training.scoring import Evaluated

PROVENANCE = Provenance(
    dataset="reviews",
    splits={"train": 2000, "validation": 300, "test": 1000},
    read=3400,
    rejected=3,
    dropped={"duplicate": 97, "short": 0},
    split_by="; split by hash of the group, seed 4",
    test_digest="0123456789abcdef",
    vocabulary={"text": 5000},
    unknown={"train": 0.0, "test": 0.081},
    truncated={"train": 0.0, "test": 0.002},
)
MISTAKES = pd.DataFrame(
    {
        "text": ["a | b\n<script>", "second"],
        "label": ["good", "good"],
        "predicted": ["bad|worse", "bad|worse"],
        "probability": [0.987, 0.6],
    }
)
JOB = TrainingJob(
    problem="classification",
    text=TextConfig(max_tokens=64),
    network=RecurrentClassifierConfig(),
    training=TrainingConfig(),
    decoding=DecodingConfig(),
)


def report(folder: Path, scores: Scores, mistakes: pd.DataFrame = MISTAKES) -> str:
    evaluated = Evaluated(scores, mistakes, mistakes)
    write_report(folder, evaluated, PROVENANCE, figures=["figures/learning_curves.png"])
    return (folder / "report.md").read_text(encoding="utf-8")


def model_card(folder: Path, scores: Scores, job: TrainingJob = JOB) -> str:
    write_model_card(folder, scores, PROVENANCE, job, name=ModelName("films", "team-films"))
    return (folder / "model_card.md").read_text(encoding="utf-8")


def test_the_first_line_of_the_report_is_the_verdict(tmp_path: Path) -> None:
    good = report(tmp_path, classifier_scores(lead(0.07))).splitlines()[0]
    assert good.startswith("# Accuracy 0.93 [0.92, 0.94], better than logistic regression")
    bad = report(tmp_path, classifier_scores(lead(-0.02))).splitlines()[0]
    assert bad.startswith("# Below the best baseline: accuracy 0.93")


def test_the_network_stands_above_its_baselines_the_best_first(tmp_path: Path) -> None:
    lines = report(tmp_path, classifier_scores(lead(0.07))).splitlines()
    names = [line.split("|")[1].strip() for line in lines[4:8]]
    assert names == ["**network**", "logistic regression", "naive Bayes", "majority"]
    assert "| 0.860 [0.850, 0.870] |" in lines[5]
    assert "+0.070 [+0.050, +0.090] | <0.001 |" in lines[5]


def test_text_from_the_data_cannot_break_the_report(tmp_path: Path) -> None:
    text = report(tmp_path, classifier_scores(lead(0.07)))
    assert r"| a \| b \<script\> | good | bad\|worse | 0.99 |" in text
    assert "2 of 1,000 are wrong" in text


def test_weak_classes_and_data_are_told(tmp_path: Path) -> None:
    text = report(tmp_path, classifier_scores(lead(0.07)))
    assert text.index("| good | 400 |") < text.index(r"| bad\|worse | 600 |")
    assert "| shortest: 1 to 4 | 300 | 0.800 [0.790, 0.810] |" in text
    assert "3,400 rows read, 3 rejected, 97 dropped (duplicate 97)" in text
    assert "split by hash of the group, seed 4; test set 0123456789ab" in text
    assert "![learning curves](figures/learning_curves.png)" in text


def test_each_class_shows_its_surest_mistakes_where_there_are_many(tmp_path: Path) -> None:
    scores = classifier_scores(lead(0.07))
    title = "## Surest mistakes by class"
    assert title not in report(tmp_path, scores)
    third = {name: around(0.5) for name in ("precision", "recall", "f1")}
    classes, rows = {**scores.classes, "c|3": third}, {**scores.class_rows, "c|3": 9}
    many = replace(scores, classes=classes, class_rows=rows)
    mistakes = pd.DataFrame(
        [(f"text {n}", "c|3" if n % 2 else "good", "bad|worse", 1 - n / 10) for n in range(8)],
        columns=["text", "label", "predicted", "probability"],
    )
    lines = report(tmp_path, many, mistakes).splitlines()
    shown = lines[next(n for n, line in enumerate(lines) if line.startswith(title)) :]
    assert shown[4:10] == [
        r"| c\|3 | text 1 | bad\|worse | 0.90 |",
        r"|  | text 3 | bad\|worse | 0.70 |",
        r"|  | text 5 | bad\|worse | 0.50 |",
        r"| good | text 0 | bad\|worse | 1.00 |",
        r"|  | text 2 | bad\|worse | 0.80 |",
        r"|  | text 4 | bad\|worse | 0.60 |",
    ]
    assert "misclassified.parquet" in shown[11]


def test_a_report_without_mistakes_says_so(tmp_path: Path) -> None:
    text = report(tmp_path, classifier_scores(lead(0.07)), MISTAKES.head(0))
    assert "None: every test row is right." in text


def test_a_translation_report_shows_references_and_signatures(tmp_path: Path) -> None:
    mistakes = pd.DataFrame(
        {"source": ["hello"], "target": ["bonjour"], "predicted": [""], "chrf": [0.0]}
    )
    text = report(tmp_path, translator_scores(lead(4)), mistakes)
    assert "| hello | bonjour |  | 0.0 |" in text
    assert "BLEU: `nrefs:var|version:2.6.0`." in text
    assert "## Classes" not in text


def test_a_model_card_puts_the_verdict_first_and_tells_how_to_load(tmp_path: Path) -> None:
    lines = model_card(tmp_path, classifier_scores(lead(0.07))).splitlines()
    assert lines[2].startswith("**Accuracy 0.93 [0.92, 0.94], better than")
    assert any("load_predictor" in line for line in lines)
    assert 'model = mlflow.pyfunc.load_model("models:/team-films@champion")' in lines
    assert lines[-1] == 'On the command line: `seqflow predict films "a text"`.'
    titles = [line for line in lines if line.startswith("## ")]
    assert titles == [
        "## What it is",
        "## Data and splits",
        "## Scores",
        "## Limits",
        "## How to load it",
    ]


def test_a_model_card_warns_of_what_the_figures_show(tmp_path: Path) -> None:
    card = model_card(tmp_path, classifier_scores(lead(0.07)))
    assert "Weaker on the shortest quarter of texts (1 to 4 tokens): accuracy 0.80" in card
    assert "Misses more of good: recall 0.85" in card
    assert "longest quarter" not in card
    assert "8.1% of the test split's words are unknown to it" in card
    assert "at most 64 tokens" in card
    assert "A simpler method" not in card


def test_a_model_card_discourages_what_did_not_learn(tmp_path: Path) -> None:
    scores = classifier_scores(lead(-0.01), over_majority=lead(0.01, p_value=0.5))
    card = model_card(tmp_path, scores)
    assert "Not shown to be better than majority: do not rely on it." in card
    assert "A simpler method, logistic regression, does at least as well." in card


def test_a_translator_of_lower_case_is_said_to_be_one(tmp_path: Path) -> None:
    job = replace(JOB, problem="translation", network=GRUEncoderDecoderConfig())
    assert "Writes lower case only" in model_card(tmp_path, translator_scores(lead(4)), job)
    cased = replace(job, text=TextConfig(lowercase=False))
    assert "Writes lower case" not in model_card(tmp_path, translator_scores(lead(4)), cased)


def test_what_becomes_of_rare_words_and_of_folded_texts_is_said(tmp_path: Path) -> None:
    scores = translator_scores(lead(4))
    job = replace(JOB, problem="translation", network=GRUEncoderDecoderConfig())
    pieces = replace(job, text=TextConfig(tokenizer="bpe", lowercase=False))
    card = model_card(tmp_path, scores, pieces)
    assert "words that were rare in training are read in parts" in card
    assert "vocabulary are all the same" not in card
    card = model_card(tmp_path, scores, replace(job, text=TextConfig(normalise="ascii")))
    assert "Knows lower-case letters without accents and .!? only" in card


def test_a_model_card_tells_what_a_step_learned_from(tmp_path: Path) -> None:
    scores = classifier_scores(lead(0.07))
    plain = "adamw, learning rate 0.001, batches of 64, at most 10 epochs"
    assert plain in model_card(tmp_path, scores)
    training = TrainingConfig(
        schedule="inverse_sqrt", warmup_steps=400, batch_tokens=4096, accumulate=2
    )
    assert (
        "adamw, learning rate 0.001 on the schedule inverse sqrt, reached in 400 steps, "
        "batches of at most 4096 tokens, 2 to a step, at most 10 epochs"
    ) in model_card(tmp_path, scores, replace(JOB, training=training))


def test_report_and_card_tell_what_bleu_leaves_out(tmp_path: Path) -> None:
    parts = {
        "unknown words up to a fifth": part(80, 12),
        "one reference": part(300, 20),
        "reference new": part(450, 29),
        "reference in training": part(50, 60),
    }
    figures = {"perplexity": 5.432, "sentence_bleu": 21.5, "repeating": 0.0123}
    scores = replace(translator_scores(lead(4)), parts=parts, details=figures)
    mistakes = pd.DataFrame(columns=["source", "target", "predicted", "chrf"])
    told = (
        "perplexity per token 5.43",
        "mean smoothed sentence BLEU over pairs 21.5",
        "1.2% repeat three words in a row where no reference does",
        "BLEU 29.0 [28.0, 30.0] on sources none of whose references stand in training",
    )
    text = report(tmp_path, scores, mistakes)
    job = replace(JOB, problem="translation", network=GRUEncoderDecoderConfig())
    card = model_card(tmp_path, scores, job)
    for line in told:
        assert f"- {line}\n" in text
        assert f"- {capitalised(line)}.\n" in card
    assert "Weaker on 80 texts with unknown words up to a fifth: BLEU 12.0 [11.0, 13.0]" in card
    assert "one reference" not in card  # a lower score of the same translations
    alone = replace(scores, parts={"reference new": part(500, 30)})
    assert "none of whose references" not in report(tmp_path, alone, mistakes)


def part(rows: int, bleu: float) -> Slice:
    metrics = {"bleu": around(bleu, spread=1), "chrf": around(bleu, spread=1)}
    return Slice(rows, 1, 9, metrics)


def test_a_class_that_only_seems_weaker_is_not_warned_of(tmp_path: Path) -> None:
    scores = classifier_scores(lead(0.07))
    unsure = {"recall": around(0.85, spread=0.1), "precision": around(1), "f1": around(1)}
    card = model_card(tmp_path, replace(scores, classes={"good": unsure}))
    assert "Misses more" not in card


def test_long_text_is_cut_and_its_signs_disarmed() -> None:
    assert quoted("x" * 200, longest=10) == "xxxxxxxxx…"
    assert quoted("a*b_c`d[e]\n\n f") == r"a\*b\_c\`d\[e\] f"
    assert quoted("AT&T &lt; me") == r"AT&T \&lt; me"
    assert table(["a", "b"], [["1", "2"]]) == ["| a | b |", "| :-- | --: |", "| 1 | 2 |"]
