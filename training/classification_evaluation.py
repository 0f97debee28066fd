"""Scores of a classifier on the test split, beside majority, naive Bayes and regression."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from corpora.tables import read_table
from models.classifying import ClassificationPredictor
from training.baselines import classification_baselines
from training.calibration import calibration
from training.counting import CLASSIFICATION, class_ids
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
    classes = [*predictor.labels, *sorted(set(test["label"]) - set(predictor.labels))]
    answers = [predictions["predicted"], *(pd.Series(one.answers) for one in baselines)]
    actual = class_ids(test["label"], classes)
    counts = np.stack(
        [
            class_counts(actual, class_ids(one, classes), classes=len(classes))
            for one in answers
        ],
        axis=1,
    )  # (N, M, 3, K)
    groups = test["group"].to_numpy()
    metrics, beside = compared(
        counts, groups, measures=CLASSIFICATION, headline=HEADLINE, baselines=baselines
    )
    own = counts[:, 0]
    occurrences = own[:, ACTUAL].sum(axis=0).tolist()
    scores = Scores(
        problem="classification",
        headline=HEADLINE,
        rows=len(test),
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
    predictor: ClassificationPredictor, test: pd.DataFrame, lengths: NDArray[np.int64]
) -> pd.DataFrame:
    """The test rows with label, probability of each class, and whether it is right.

    Args:
        predictor: Answers.
        test: A test table.
        lengths: (N,) tokens of each text, passed on.
    """
    answers = [predictor.predict_columns(texts) for texts in windows(test["text"])]
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
