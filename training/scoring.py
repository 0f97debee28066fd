"""From counts of a network and its baselines to scores, whatever the problem."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from configs.promotion import sign_of
from storage import progress
from training.baselines import Baseline
from training.metrics import ACTUAL, Counts, Floats, class_scores
from training.scores import BaselineScores, Metrics, Scores, Slice
from training.significance import comparison, interval, resampled_sums

Measure = Callable[[Counts], Floats]
"""Reads a score off summed counts, along all leading axes."""

QUARTERS = ("shortest", "short", "long", "longest")
_ROWS_AT_ONCE = 10_000


@dataclass(frozen=True)
class Evaluated:
    """Scores, and the answers behind them.

    Attributes:
        scores: What is reported.
        predictions: One row per test row, with the answer to it.
        mistakes: The worst answers first, columns of `predictions`.
        shown: A few answers, the same rows in every run; None where none are kept.
    """

    scores: Scores
    predictions: pd.DataFrame
    mistakes: pd.DataFrame
    shown: pd.DataFrame | None = None


def windows(texts: "pd.Series[str]") -> Iterator[pa.Array]:
    """The texts some at a time, telling how far the evaluation is."""
    for first in range(0, len(texts), _ROWS_AT_ONCE):
        yield pa.array(texts.iloc[first : first + _ROWS_AT_ONCE], from_pandas=True)
        done = min(first + _ROWS_AT_ONCE, len(texts))
        progress.advanced("evaluate", done, len(texts), "rows answered")


def token_counts(tokens: Path, ids: "pd.Series[int]", *, column: str) -> NDArray[np.int64]:
    """Length of each test text in tokens, before any cut.

    Args:
        tokens: The folder that `tokenize` wrote.
        ids: Which rows, in which order.
        column: Name of the count.
    """
    counts = pd.read_parquet(tokens / "test" / "counts.parquet", columns=["id", column])
    return counts.set_index("id")[column].loc[ids].to_numpy(np.int64)


def compared(
    counts: Counts,
    groups: NDArray[np.generic],
    *,
    measures: Mapping[str, Measure],
    headline: str,
    baselines: Sequence[Baseline],
) -> tuple[Metrics, dict[str, BaselineScores]]:
    """Scores of the network, and of the baselines with the network's lead over each.

    Args:
        counts: (N, M, ...) what each row adds for each system, the network first.
        groups: (N,) the group of each row.
        measures: What to read off the summed counts.
        headline: The measure that systems are compared by.
        baselines: The other M - 1 systems, in order.
    """
    sums, total = resampled_sums(counts, groups), counts.sum(axis=0)
    values = {name: measure(total) for name, measure in measures.items()}  # (M,)
    draws = {name: measure(sums) for name, measure in measures.items()}  # (R, M)

    def metrics_of(system: int) -> Metrics:
        return {
            name: interval(float(values[name][system]), draws[name][:, system])
            for name in measures
        }

    found = {}
    for system, baseline in enumerate(baselines, start=1):
        sign = sign_of(headline)
        lead = comparison(
            float(sign * (values[headline][0] - values[headline][system])),
            sign * (draws[headline][:, 0] - draws[headline][:, system]),
        )
        found[baseline.name] = BaselineScores(metrics_of(system), lead, baseline.settings)
    return metrics_of(0), found


def scored_slices(
    counts: Counts,
    groups: NDArray[np.generic],
    lengths: NDArray[np.int64],
    chosen: Mapping[str, NDArray[np.bool_]],
    *,
    measures: Mapping[str, Measure],
) -> dict[str, Slice]:
    """Scores of one system on parts of the rows; empty ones are left out.

    Args:
        counts: (N, ...) what each row adds.
        groups: (N,) the group of each row.
        lengths: (N,) tokens.
        chosen: (N,) which rows are in each part.
        measures: What to read off the summed counts.
    """
    slices = {}
    for name, rows in chosen.items():
        if not rows.any():
            continue
        sums, total = resampled_sums(counts[rows], groups[rows]), counts[rows].sum(0)
        metrics = {
            metric: interval(float(measure(total)), measure(sums))
            for metric, measure in measures.items()
        }
        inside = lengths[rows]
        slices[name] = Slice(int(rows.sum()), int(inside.min()), int(inside.max()), metrics)
    return slices


def length_quarters(lengths: NDArray[np.int64]) -> dict[str, NDArray[np.bool_]]:
    """Which rows (N,) are in each quarter by length, the shortest first; none is empty.

    Equal lengths stay together, so quarters can differ in size.
    """
    quarter = np.searchsorted(np.quantile(lengths, [0.25, 0.5, 0.75]), lengths)  # 0 to 3
    chosen = {name: quarter == place for place, name in enumerate(QUARTERS)}
    return {name: rows for name, rows in chosen.items() if rows.any()}


def class_metrics(
    counts: Counts, groups: NDArray[np.generic], classes: Sequence[str]
) -> dict[str, Metrics]:
    """Precision, recall and F1 of each class that occurs.

    Args:
        counts: (N, 3, K) what each row adds.
        groups: (N,) the group of each row.
        classes: The K classes.
    """
    total = counts.sum(axis=0)
    values, draws = class_scores(total), class_scores(resampled_sums(counts, groups))
    return {
        name: {
            "precision": interval(values.precision[place], draws.precision[:, place]),
            "recall": interval(values.recall[place], draws.recall[:, place]),
            "f1": interval(values.f1[place], draws.f1[:, place]),
        }
        for place, name in enumerate(classes)
        if total[ACTUAL, place]
    }
