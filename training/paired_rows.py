"""Two models' answers to the same test rows, as counts that add up over rows.

What a problem must tell of a pair of answers is all here; a new problem adds one `case`.
"""

from collections.abc import Mapping
from typing import NamedTuple, assert_never

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from configs.data import Problem
from corpora.tables import CONTENT
from storage.errors import InputError
from training.counting import (
    CLASSIFICATION,
    RUNNING,
    SOURCE,
    TRANSLATION,
    class_ids,
    each_chrf,
    references_of,
    surprise_counts,
    translation_counts,
)
from training.metrics import ACTUAL, HITS, Counts, Floats, class_counts
from training.scoring import Measure
from training.tag_counting import TAGGING, tag_counts


class PairedRows(NamedTuple):
    """The rows that are scored, each with two answers; the first model's come first.

    Attributes:
        texts: (N,) what was asked.
        expected: (N,) a right answer.
        answers: (N, 2) what was answered.
        quality: (N, 2) how good each answer is by itself: right or wrong, the
            share of right tags, its chrF, or the bits it saves.
        counts: (N, 2, ...) what each answer adds to the metrics.
        groups: (N,) rows of one group are drawn together.
        tokens: (N,) length of the texts.
        measures: The metrics by name, the headline first.
        classes: Place of each class on the last axis of the counts; empty without classes.
    """

    texts: NDArray[np.object_]
    expected: NDArray[np.object_]
    answers: NDArray[np.object_]
    quality: Floats
    counts: Counts
    groups: NDArray[np.generic]
    tokens: NDArray[np.int64]
    measures: Mapping[str, Measure]
    classes: Mapping[str, int]


def paired_rows(first: pd.DataFrame, second: pd.DataFrame, *, problem: Problem) -> PairedRows:
    """Pair the answers of two prediction tables row by row.

    Args:
        first: Predictions as an evaluation writes them; rows in any order.
        second: The same of the other model.
        problem: What both solve.

    Raises:
        InputError: If they do not answer the same rows, or rows of another problem.
    """
    first, second = _same_rows(first, second, problem)
    match problem:
        case "classification":
            return _classified(first, second, asked="text")
        case "events":
            return _classified(first, second, asked="events")
        case "tagging":
            return _tagged(first, second)
        case "language_modelling":
            return _read(first, second)
        case "translation":
            return _translated(first, second)
        case _:
            assert_never(problem)


def _same_rows(
    first: pd.DataFrame, second: pd.DataFrame, problem: Problem
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Both in the order of their ids, which must name the same rows with the same content."""
    columns = ["id", "group", *CONTENT[problem]]
    running = ("bits", "spelling", "characters")
    answered = running if problem == "language_modelling" else ("predicted",)
    lacking = [name for name in (*columns, *answered, "tokens") if name not in second]
    if lacking or not {*columns, *answered} <= set(first.columns):
        raise InputError(
            f"these are no answers to {problem}: "
            f"{', '.join(lacking) or 'columns of the rows'} missing"
        )
    first, second = (
        each.sort_values("id", kind="stable", ignore_index=True) for each in (first, second)
    )
    if not first[columns].equals(second[columns]):
        shared = len(set(first["group"]) & set(second["group"]))
        raise InputError(
            f"the two models answered different test rows: {len(first):,} and {len(second):,}, "
            f"with {shared:,} groups in common; let both answer the same test set"
        )
    return first, second


def _classified(first: pd.DataFrame, second: pd.DataFrame, *, asked: str) -> PairedRows:
    answers = [first["predicted"], second["predicted"]]
    classes = sorted(set(second["label"]).union(*answers))
    actual = class_ids(second["label"], classes)
    places = [class_ids(each, classes) for each in answers]
    counts = [class_counts(actual, each, classes=len(classes)) for each in places]
    return PairedRows(
        texts=second[asked].to_numpy(object),
        expected=second["label"].to_numpy(object),
        answers=np.stack([each.to_numpy(object) for each in answers], axis=1),
        quality=np.stack([actual == each for each in places], axis=1).astype(np.float64),
        counts=np.stack(counts, axis=1),  # (N, 2, 3, K)
        groups=second["group"].to_numpy(),
        tokens=second["tokens"].to_numpy(np.int64),
        measures=CLASSIFICATION,
        classes={name: place for place, name in enumerate(classes)},
    )


def _tagged(first: pd.DataFrame, second: pd.DataFrame) -> PairedRows:
    answers = [first["predicted"], second["predicted"]]
    counts = tag_counts(second["tags"], answers)
    hits = counts.values[:, :, HITS, :-1].sum(axis=2)
    words = counts.values[:, :, ACTUAL, :-1].sum(axis=2)
    return PairedRows(
        texts=second["tokens"].to_numpy(object),
        expected=second["tags"].to_numpy(object),
        answers=np.stack([each.to_numpy(object) for each in answers], axis=1),
        quality=hits / words,
        counts=counts.values,  # (N, 2, 3, K + 1)
        groups=second["group"].to_numpy(),
        tokens=second["length"].to_numpy(np.int64),
        measures=TAGGING,
        classes={name: place for place, name in enumerate(counts.tags)},
    )


def _read(first: pd.DataFrame, second: pd.DataFrame) -> PairedRows:
    """Blocks of running text; the more surprising a block is, the worse."""
    both = (first, second)
    per_character = np.stack([(one["bits"] / one["characters"]).to_numpy() for one in both], 1)
    counts = [surprise_counts(one, [one["bits"].to_numpy()]) for one in both]
    shown = np.array([[f"{one:.3f} bits" for one in row] for row in per_character], object)
    return PairedRows(
        texts=second["text"].to_numpy(object),
        expected=np.full(len(second), "", object),
        answers=shown,
        quality=-per_character,
        counts=np.concatenate(counts, axis=1),  # (N, 2, 4)
        groups=second["group"].to_numpy(),
        tokens=second["tokens"].to_numpy(np.int64),
        measures=RUNNING,
        classes={},
    )


def _translated(first: pd.DataFrame, second: pd.DataFrame) -> PairedRows:
    """Each distinct source once, against all targets of its group."""
    once = ~second.duplicated(SOURCE)
    sources = second[once]
    references = references_of(second, sources)
    answers = [first.loc[once, "predicted"], sources["predicted"]]
    counts = translation_counts(answers, references)  # (N, 2, 30)
    return PairedRows(
        texts=sources["source"].to_numpy(object),
        expected=np.array([targets[0] for targets in references], dtype=object),
        answers=np.stack([each.to_numpy(object) for each in answers], axis=1),
        quality=each_chrf(counts),
        counts=counts,
        groups=sources["group"].to_numpy(),
        tokens=sources["tokens"].to_numpy(np.int64),
        measures=TRANSLATION,
        classes={},
    )
