"""Scores of a tagger on the test split, word by word and sentence by sentence."""

from collections.abc import Mapping
from pathlib import Path
from textwrap import shorten

import numpy as np
import pandas as pd

from configs.text import TextConfig
from corpora.tables import read_table
from models.tagging import TaggingPredictor
from models.text.tokenizers import given_words
from storage import progress
from training.entities import entity_f1, marks_entities
from training.metrics import ACTUAL
from training.scores import Scores, Slice
from training.scoring import (
    Evaluated,
    class_metrics,
    compared,
    length_quarters,
    scored_slices,
    windows,
)
from training.tag_baselines import tagging_baselines
from training.tag_counting import TAGGING, UNTAGGED, tag_counts

HEADLINE = "accuracy"
SHOWN_SENTENCES = 50
_NOTED, _NOTED_CHARACTERS = 3, 240
"""Sentences with a wrong tag that are told at once, and how much of each."""
KNOWN, UNKNOWN = "known words", "unknown words"


def evaluate_tagging(
    predictor: TaggingPredictor,
    tables: Path,
    *,
    text: TextConfig,
    validation: Mapping[str, float],
) -> Evaluated:
    """Tag the test sentences once, and score the tags.

    Args:
        predictor: Tags; a test tag it does not know is missed.
        tables: The split tables.
        text: How words are read, which decides what is a known one.
        validation: The training's own figures, passed on.
    """
    test = read_table(tables / "test")
    train = read_table(tables / "train", ["tokens", "tags"])
    predictions = tagged(predictor, test)
    baselines = tagging_baselines(train, test["tokens"])
    answers = [predictions["predicted"], *(pd.Series(one.answers) for one in baselines)]
    counts = tag_counts(test["tags"], answers)  # (N, M, 3, K + 1)
    groups, lengths = test["group"].to_numpy(), predictions["length"].to_numpy()
    metrics, beside = compared(
        counts.values, groups, measures=TAGGING, headline=HEADLINE, baselines=baselines
    )
    own = counts.values[:, 0]
    occurrences = own[:, ACTUAL, :-1].sum(axis=0)
    scores = Scores(
        problem="tagging",
        headline=HEADLINE,
        rows=len(test),
        test=metrics,
        baselines=beside,
        validation=validation,
        classes=class_metrics(own[..., :-1], groups, counts.tags),
        class_rows=dict(zip(counts.tags, occurrences.tolist(), strict=True)),
        slices=scored_slices(own, groups, lengths, length_quarters(lengths), measures=TAGGING),
        parts=_by_knowledge(train, predictions, text),
        details=_details(predictions, counts.tags),
    )
    mistakes = predictions[predictions["wrong"] > 0]
    worst = mistakes.sort_values(["wrong", "score"], ascending=[False, True], kind="stable")
    shown = shown_sentences(predictions)
    for line in shown[shown["wrong"] > 0]["tagged"].head(_NOTED):
        progress.noted("evaluate", shorten(line, _NOTED_CHARACTERS, placeholder=" …"))
    return Evaluated(scores, predictions, worst, shown)


def tagged(predictor: TaggingPredictor, test: pd.DataFrame) -> pd.DataFrame:
    """The test rows with tags, their log-probability, flag, words, and wrong tags.

    Args:
        predictor: Tags.
        test: A test table.
    """
    answers = [
        answer for texts in windows(test["tokens"]) for answer in predictor.predict(texts)
    ]
    lengths = given_words(test["tokens"], lowercase=False).lengths
    predicted = [
        " ".join([*answer.tags, *[UNTAGGED] * (int(length) - len(answer.tags))])
        for answer, length in zip(answers, lengths, strict=True)
    ]
    pairs = zip(predicted, test["tags"], strict=True)
    return test.assign(
        predicted=pd.array(predicted, dtype="str"),
        score=[answer.score for answer in answers],
        flag=pd.array([answer.flag for answer in answers], dtype="str"),
        length=lengths,
        wrong=[
            sum(one != other for one, other in zip(a.split(" "), b.split(" "), strict=True))
            for a, b in pairs
        ],
    )


def shown_sentences(predictions: pd.DataFrame) -> pd.DataFrame:
    """Fifty sentences with their tags, the same in every run; wrong tags are marked."""
    order = np.argsort(predictions["group"].to_numpy(), kind="stable")
    shown = predictions.iloc[np.sort(order[:SHOWN_SENTENCES])]
    columns = (shown[name] for name in ("tokens", "tags", "predicted"))
    lines = [marked(*each) for each in zip(*columns, strict=True)]
    return pd.DataFrame(
        {
            "sentence": shown["tokens"].to_numpy(object),
            "tagged": lines,
            "words": shown["length"].to_numpy(),
            "wrong": shown["wrong"].to_numpy(),
        }
    )


def marked(tokens: str, tags: str, predicted: str) -> str:
    """Words with their tags, `word/TAG`; where the answer is wrong, `word/*ANSWER* (TAG)`."""
    columns = (text.split(" ") for text in (tokens, tags, predicted))
    return " ".join(
        f"{word}/{tag}" if tag == answer else f"{word}/*{answer}* ({tag})"
        for word, tag, answer in zip(*columns, strict=True)
    )


def _details(predictions: pd.DataFrame, tags: list[str]) -> dict[str, float]:
    if not marks_entities(set(tags) - {UNTAGGED}):
        return {}
    return {"entity_f1": entity_f1(predictions["tags"], predictions["predicted"])}


def _by_knowledge(
    train: pd.DataFrame, predictions: pd.DataFrame, text: TextConfig
) -> dict[str, Slice]:
    """Scores on words that stand in training, and on those that do not."""
    seen = set(given_words(train["tokens"], lowercase=text.lowercase).words.to_pylist())
    asked = given_words(predictions["tokens"], lowercase=text.lowercase)
    is_known = np.array([word in seen for word in asked.words.to_pylist()], np.bool_)
    known = is_known[asked.indices]
    row = np.repeat(np.arange(len(asked)), asked.lengths)
    parts: dict[str, Slice] = {}
    for name, chosen in ((KNOWN, known), (UNKNOWN, ~known)):
        words = np.bincount(row[chosen], minlength=len(asked))
        counts = tag_counts(predictions["tags"], [predictions["predicted"]], chosen=chosen)
        parts |= scored_slices(
            counts.values[:, 0],
            predictions["group"].to_numpy(),
            words,
            {name: words > 0},
            measures=TAGGING,
        )
    return parts
