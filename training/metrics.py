"""Metrics as functions of counts that add up over rows, so that resampling rows is cheap."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import zip_longest
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from sacrebleu.metrics.bleu import BLEU
    from sacrebleu.metrics.chrf import CHRF

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]

HITS, PREDICTED, ACTUAL = range(3)
"""Positions on the second to last axis of class counts, (..., 3, K)."""
BLEU_COUNTS = 10
"""How many counts BLEU needs; those of chrF follow."""
_SOURCES_AT_ONCE = 1000


@dataclass(frozen=True)
class ClassificationScores:
    """Shares from 0 to 1; macro F1 is the plain mean over the classes that occur."""

    accuracy: float
    macro_f1: float


@dataclass(frozen=True)
class TranslationScores:
    """BLEU and chrF from 0 to 100."""

    bleu: float
    chrf: float


@dataclass(frozen=True)
class ClassScores:
    """Precision, recall and F1 per class, 0 to 1; nan where a class never occurs."""

    precision: Floats  # (..., K)
    recall: Floats  # (..., K)
    f1: Floats  # (..., K)


def classification_scores(
    actual: NDArray[np.integer], predicted: NDArray[np.integer], *, classes: int
) -> ClassificationScores:
    """Accuracy and macro F1 of class ids.

    Args:
        actual: (N,) class ids; -1 for a class that training has not seen, always missed.
        predicted: (N,) class ids.
        classes: How many classes the network tells apart.

    Raises:
        ValueError: If there are no rows, the two differ in length, or an id is out of bounds.
    """
    known = np.where(actual == -1, classes, actual)
    matrix = confusion_matrix(known, predicted, classes=classes + 1)
    counts = np.stack([matrix.diagonal(), matrix.sum(axis=0), matrix.sum(axis=1)])  # (3, K)
    return ClassificationScores(float(accuracy(counts)), float(macro_f1(counts)))


def confusion_matrix(
    actual: NDArray[np.integer], predicted: NDArray[np.integer], *, classes: int
) -> Counts:
    """Rows of each actual class (first axis) by predicted class (second axis), (K, K).

    Raises:
        ValueError: If there are no rows, the two differ in length, or an id is out of bounds.
    """
    _require_class_ids(actual, predicted, classes=classes)
    cells = actual.astype(np.int64) * classes + predicted
    return np.bincount(cells, minlength=classes * classes).reshape(classes, classes)


def class_counts(
    actual: NDArray[np.integer], predicted: NDArray[np.integer], *, classes: int
) -> Counts:
    """Hits, predictions and actual occurrences of each class, one row at a time: (N, 3, K).

    Raises:
        ValueError: If there are no rows, the two differ in length, or an id is out of bounds.
    """
    _require_class_ids(actual, predicted, classes=classes)
    counts = np.zeros((len(actual), 3, classes), dtype=np.int64)
    rows = np.arange(len(actual))
    counts[rows, HITS, actual] = actual == predicted
    counts[rows, PREDICTED, predicted] = 1
    counts[rows, ACTUAL, actual] = 1
    return counts


def accuracy(counts: Counts) -> Floats:
    """Share of rows whose class is right, from summed class counts (..., 3, K) to (...)."""
    sums = counts.sum(axis=-1)
    return np.asarray(sums[..., HITS] / sums[..., ACTUAL])


def macro_f1(counts: Counts) -> Floats:
    """Plain mean of the classes' F1, from summed class counts (..., 3, K) to (...).

    Classes that are neither predicted nor actual are left out, as scikit-learn does.
    """
    return np.asarray(np.nanmean(class_scores(counts).f1, axis=-1))


def class_scores(counts: Counts) -> ClassScores:
    """Precision, recall and F1 of each class, from summed class counts (..., 3, K).

    The precision of a class that occurs but is never predicted is 0.
    """
    hits, predicted, actual = (counts[..., axis, :] for axis in (HITS, PREDICTED, ACTUAL))
    precision = _ratio(hits, predicted)
    precision = np.where((predicted == 0) & (actual > 0), 0.0, precision)
    return ClassScores(precision, _ratio(hits, actual), _ratio(2 * hits, predicted + actual))


def translation_scores(
    hypotheses: Sequence[str], references: Sequence[Sequence[str]]
) -> TranslationScores:
    """Corpus BLEU and chrF by sacrebleu's defaults.

    Args:
        hypotheses: One translation per source.
        references: One or more references per source.

    Raises:
        ValueError: If there are no sources, or one has no reference.
    """
    total = translation_statistics([hypotheses], references)[:, 0].sum(axis=0)
    return TranslationScores(
        bleu=float(bleu(total[:BLEU_COUNTS])), chrf=float(chrf(total[BLEU_COUNTS:]))
    )


def bleu_counts(hypotheses: Sequence[str], references: Sequence[Sequence[str]]) -> Counts:
    """What BLEU needs of each source: lengths, n-gram hits and totals, (N, 10).

    Raises:
        ValueError: If there are no sources, or one has no reference.
    """
    return _sacrebleu_counts(_bleu(), [hypotheses], references)[:, 0]


def translation_statistics(
    systems: Sequence[Sequence[str]], references: Sequence[Sequence[str]]
) -> Counts:
    """What BLEU (10) and chrF (18) need of each source from each of M systems, (N, M, 28).

    References are taken apart once for all systems, which is most of the work.

    Raises:
        ValueError: If there are no sources, or one has no reference.
    """
    each = [_sacrebleu_counts(metric, systems, references) for metric in (_bleu(), _chrf())]
    return np.concatenate(each, axis=2)


def bleu(counts: Counts) -> Floats:
    """BLEU, 0 to 100, from summed counts (..., 10) to (...)."""
    return _scored(counts, lambda row: float(_bleu()._compute_score_from_stats(row).score))


def chrf(counts: Counts) -> Floats:
    """chrF, 0 to 100, from summed counts (..., 18) to (...)."""
    return _scored(counts, lambda row: float(_chrf()._compute_score_from_stats(row).score))


def each_bleu(counts: Counts) -> Floats:
    """BLEU of single translations, 0 to 100, from their counts (..., 10 or more) to (...).

    An n-gram order without a hit counts as a tenth of one: Chen and Cherry 2014, method 1, as
    NLTK has it, where an order that a sentence is too short for has no hit either. So only a
    sentence of four words or more can reach 100.
    """
    return _scored(counts[..., :BLEU_COUNTS], _smoothed_bleu)


def length_ratio(counts: Counts) -> float:
    """Words written for each word of the references next in length, from summed counts."""
    return float(counts[0] / counts[1])


def translation_signatures(references: Sequence[Sequence[str]]) -> dict[str, str]:
    """What to state beside each score to make it comparable: sacrebleu's signatures.

    Args:
        references: As they were scored; their number per source is part of the signature.
    """
    counts = {len(of_one) for of_one in references}
    number = counts.pop() if len(counts) == 1 else -1  # -1: sacrebleu's word for "var"
    signatures = {}
    for name, metric in (("bleu", _bleu()), ("chrf", _chrf())):
        metric.num_refs = number
        signatures[name] = str(metric.get_signature())
    return signatures


def _require_class_ids(
    actual: NDArray[np.integer], predicted: NDArray[np.integer], *, classes: int
) -> None:
    if len(actual) != len(predicted):
        raise ValueError(
            f"{len(actual)} actual and {len(predicted)} predicted classes; "
            f"each row needs one of both"
        )
    if len(actual) == 0:
        raise ValueError("a score of no rows is undefined, not 0; give it at least one row")
    low = min(int(actual.min()), int(predicted.min()))
    high = max(int(actual.max()), int(predicted.max()))
    if low < 0 or high >= classes:
        raise ValueError(
            f"class ids run from {low} to {high}, but with {classes} classes they must lie "
            f"between 0 and {classes - 1}"
        )


def _ratio(numerator: Counts, denominator: Counts) -> Floats:
    """Quotient, nan where the denominator is 0."""
    blank = np.full(np.broadcast_shapes(numerator.shape, denominator.shape), np.nan)
    np.divide(numerator, denominator, out=blank, where=denominator != 0)
    return blank


def _sacrebleu_counts(
    metric: "BLEU | CHRF",
    systems: Sequence[Sequence[str]],
    references: Sequence[Sequence[str]],
) -> Counts:
    """(N, M, ...) what the metric needs; some sources at a time, as n-grams take memory."""
    _require_translations(systems, references)
    found = []
    for first in range(0, len(references), _SOURCES_AT_ONCE):
        some = slice(first, first + _SOURCES_AT_ONCE)
        documents = list(zip_longest(*references[some]))  # None fills up, as sacrebleu wants
        apart = metric._cache_references(documents)
        for *texts, ngrams in zip(*(one[some] for one in systems), apart, strict=True):
            ready = map(metric._preprocess_segment, texts)
            found.append([metric._compute_segment_statistics(text, ngrams) for text in ready])
    return np.asarray(found, dtype=np.int64)


def _require_translations(
    systems: Sequence[Sequence[str]], references: Sequence[Sequence[str]]
) -> None:
    for hypotheses in systems:
        if len(hypotheses) != len(references):
            raise ValueError(
                f"{len(hypotheses)} translations and references for {len(references)} "
                f"sources; each source needs both"
            )
    if not references:
        raise ValueError("a score of no sources is undefined, not 0; give it at least one")
    bare = next((row for row, of_one in enumerate(references) if not of_one), None)
    if bare is not None:
        raise ValueError(f"source {bare} has no reference; each needs at least one")


def _smoothed_bleu(row: list[int]) -> float:
    hits, totals = row[2:6], [max(total, 1) for total in row[6:10]]
    score = _bleu().compute_bleu(
        hits,
        totals,
        sys_len=row[0],
        ref_len=row[1],
        smooth_method="floor",
        smooth_value=0.1,
    )
    return float(score.score)


def _scored(counts: Counts, score: Callable[[list[int]], float]) -> Floats:
    """Apply a score of one row of counts along all leading axes."""
    rows = counts.reshape(-1, counts.shape[-1]).tolist()
    return np.array([score(row) for row in rows]).reshape(counts.shape[:-1])


@cache
def _bleu() -> "BLEU":
    """BLEU by sacrebleu's defaults; `force` only silences its remark on split full stops."""
    from sacrebleu.metrics.bleu import BLEU

    return BLEU(force=True)


@cache
def _chrf() -> "CHRF":
    """Character n-gram F-score by sacrebleu's defaults."""
    from sacrebleu.metrics.chrf import CHRF

    return CHRF()
