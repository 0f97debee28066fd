"""Scores of a classifier on the test split, beside majority, naive Bayes and regression."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from configs.data import Problem
from corpora.tables import read_table
from models.classifying import ClassificationPredictor
from models.event_predicting import EventPredictor
from models.text.timed import joined_timed
from training.baselines import Baseline, classification_baselines
from training.calibration import calibration
from training.counting import CLASSIFICATION, class_ids
from training.event_baselines import event_baselines
from training.metrics import (
    ACTUAL,
    Counts,
    class_counts,
    confusion_matrix,
)
from training.own_bags import own_bags
from training.scores import Scores
from training.scoring import (
    Evaluated,
    class_metrics,
    compared,
    length_quarters,
    scored_slices,
    token_counts,
    windows,
)

HEADLINE = "accuracy"


def evaluate_classification(
    predictor: ClassificationPredictor,
    tables: Path,
    tokens: Path,
    *,
    same_bags: bool,
    validation: Mapping[str, float],
) -> Evaluated:
    """Answer the test rows once, and score the answers.

    Args:
        predictor: Answers with one of its labels; a test label it does not know is missed.
        tables: The split tables.
        tokens: Their token counts.
        same_bags: Whether baselines read the bags of words that the network reads.
        validation: The training's own figures, passed on.
    """
    test = read_table(tables / "test")
    lengths = token_counts(tokens, test["id"], column="tokens")
    predictions = classified(predictor, test, lengths)
    columns = ["text", "label"]
    baselines = classification_baselines(
        read_table(tables / "train", columns),
        read_table(tables / "validation", columns),
        test["text"],
        own=own_bags(tokens) if same_bags else None,
    )
    return _evaluated("classification", predictor, predictions, baselines, validation)


def evaluate_events(
    predictor: EventPredictor, tables: Path, tokens: Path, *, validation: Mapping[str, float]
) -> Evaluated:
    """The same of sequences of events, beside methods of their own."""
    test = read_table(tables / "test")
    lengths = token_counts(tokens, test["id"], column="tokens")
    predictions = classified(predictor, test, lengths)
    columns = ["events", "gaps", "label"]
    baselines = event_baselines(
        read_table(tables / "train", columns),
        read_table(tables / "validation", columns),
        test[columns],
    )
    return _evaluated("events", predictor, predictions, baselines, validation)


def _evaluated(
    problem: Problem,
    predictor: ClassificationPredictor | EventPredictor,
    predictions: pd.DataFrame,
    baselines: Sequence[Baseline],
    validation: Mapping[str, float],
) -> Evaluated:
    """Scores of the answers in `predictions`, and of the baselines' to the same rows."""
    labels, lengths = predictions["label"], predictions["tokens"].to_numpy()
    classes = [*predictor.labels, *sorted(set(labels) - set(predictor.labels))]
    answers = [predictions["predicted"], *(pd.Series(one.answers) for one in baselines)]
    actual = class_ids(labels, classes)
    counts = np.stack(
        [
            class_counts(actual, class_ids(one, classes), classes=len(classes))
            for one in answers
        ],
        axis=1,
    )  # (N, M, 3, K)
    groups = predictions["group"].to_numpy()
    metrics, beside = compared(
        counts, groups, measures=CLASSIFICATION, headline=HEADLINE, baselines=baselines
    )
    own = counts[:, 0]
    occurrences = own[:, ACTUAL].sum(axis=0).tolist()
    scores = Scores(
        problem=problem,
        headline=HEADLINE,
        rows=len(predictions),
        test=metrics,
        baselines=beside,
        validation=validation,
        classes=class_metrics(own, groups, classes),
        class_rows=dict(zip(classes, occurrences, strict=True)),
        slices=scored_slices(
            own, groups, lengths, length_quarters(lengths), measures=CLASSIFICATION
        ),
    )
    sure = calibration(predictions["probability"].to_numpy(), predictions["correct"].to_numpy())
    scores = replace(scores, details={"calibration_error": sure.error})
    wrong = predictions[~predictions["correct"]]
    mistakes = wrong.sort_values("probability", ascending=False, kind="stable")
    return Evaluated(scores, predictions, mistakes)


def confused_pairs(
    matrix: Counts, classes: Sequence[str], *, most: int
) -> list[tuple[str, str, int]]:
    """Actual class, predicted class and rows of the most frequent mistakes.

    Args:
        matrix: (K, K) rows by actual (first axis) and predicted class.
        classes: The K classes.
        most: How many pairs.
    """
    wrong = matrix - np.diag(np.diag(matrix))
    order = np.argsort(-wrong, axis=None, kind="stable")[:most]
    places = zip(*np.unravel_index(order, wrong.shape), strict=True)
    return [(classes[a], classes[p], int(wrong[a, p])) for a, p in places if wrong[a, p]]


def confusion(predictions: pd.DataFrame) -> tuple[Counts, list[str]]:
    """Rows by actual (first axis) and predicted class, with the classes that occur."""
    classes = sorted(set(predictions["label"]) | set(predictions["predicted"]))
    actual, predicted = (
        class_ids(predictions[name], classes) for name in ("label", "predicted")
    )
    return confusion_matrix(actual, predicted, classes=len(classes)), classes


def classified(
    predictor: ClassificationPredictor | EventPredictor,
    test: pd.DataFrame,
    lengths: NDArray[np.int64],
) -> pd.DataFrame:
    """The test rows with label, probability of each class, and whether it is right.

    Args:
        predictor: Answers.
        test: A test table.
        lengths: (N,) tokens of each text, passed on.
    """
    asked = test["text"] if isinstance(predictor, ClassificationPredictor) else timed(test)
    answers = [predictor.predict_columns(texts) for texts in windows(asked)]
    places = np.concatenate([one.classes for one in answers])
    probabilities = np.concatenate([one.probabilities for one in answers])  # (N, K)
    labels = np.array(predictor.labels, dtype=object)
    predicted = pd.array(labels[places], dtype="str")
    answered = test.assign(
        predicted=predicted,
        probability=probabilities.max(axis=1),
        correct=(test["label"].to_numpy() == predicted.to_numpy()),
        flag=pd.array([flag for one in answers for flag in one.flags], dtype="str"),
        tokens=lengths,
    )
    each = pd.DataFrame(
        probabilities, columns=[f"probability/{label}" for label in predictor.labels]
    )
    return pd.concat([answered, each.set_index(answered.index)], axis=1)


def timed(rows: pd.DataFrame) -> "pd.Series[str]":
    """Events and gaps of rows as one text each, as predictors take them."""
    columns = (pa.array(rows[name], pa.large_string()) for name in ("events", "gaps"))
    return pd.Series(pd.array(joined_timed(*columns), dtype="str"), index=rows.index)
