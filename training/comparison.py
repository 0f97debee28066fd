"""Two models on the same test rows: scores, paired differences, slices, flipped answers."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import NamedTuple, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from configs.data import Problem
from configs.promotion import sign_of
from corpora.tables import rows_digest
from storage.files import Json
from training.metrics import Counts, Floats, class_scores
from training.paired_rows import PairedRows, paired_rows
from training.scores import Comparison, Interval
from training.scoring import Measure, length_quarters
from training.significance import (
    RESAMPLES,
    comparison,
    interval,
    p_above,
    resampled_sums,
)

EXAMPLES = 20
_DRAWS_PER_SLICE = 200
_MOST_DRAWS = 20_000


@dataclass(frozen=True)
class PairedMetric:
    """One metric of both models.

    Attributes:
        first: The first model's score.
        second: The second model's score.
        difference: Second minus first, two-sided.
        draws: (R,) the difference on each draw of the rows.
        sign: 1 where more is better, -1 where less is.
    """

    first: Interval
    second: Interval
    difference: Comparison
    draws: Floats = field(repr=False, compare=False)
    sign: int = 1

    def p_above(self, bound: float) -> float:
        """One-sided p-value of "the second is better by more than the bound"."""
        return p_above(bound, self.sign * self.draws)


@dataclass(frozen=True)
class PairedSlice:
    """Both models on a part of the test rows.

    Attributes:
        rows: How many rows it has.
        metric: What is compared: the comparison's metric on a quarter, F1 of a class.
        first: The first model's score.
        second: The second model's score.
        difference: Second minus first, two-sided.
        p_worse: One-sided p-value of "the second is worse", for this slice alone.
    """

    rows: int
    metric: str
    first: float
    second: float
    difference: Comparison
    p_worse: float


@dataclass(frozen=True)
class Flip:
    """A row that one model answers better than the other."""

    text: str
    expected: str
    first: str
    second: str


@dataclass(frozen=True)
class PairedComparison:
    """What a paired comparison found; differences are second minus first.

    Attributes:
        problem: What both solve.
        names: What the two are called, the first one first.
        metric: The metric that decides.
        rows: Rows scored; for translation distinct sources.
        groups: Groups of rows, which are what is drawn.
        test: sha256 of the test rows, as the data's manifest knows the split.
        metrics: Every metric of the problem.
        slices: Quarters by length as `slice/…`, classes as `class/…`.
        lost: How many rows the second model answers worse.
        gained: How many it answers better.
        lost_examples: Some of the lost: right → wrong, or those whose chrF fell most.
        gained_examples: Some of the gained.
    """

    problem: Problem
    names: tuple[str, str]
    metric: str
    rows: int
    groups: int
    test: str
    metrics: Mapping[str, PairedMetric]
    slices: Mapping[str, PairedSlice]
    lost: int
    gained: int
    lost_examples: tuple[Flip, ...]
    gained_examples: tuple[Flip, ...]

    @property
    def decisive(self) -> PairedMetric:
        """The metric that decides."""
        return self.metrics[self.metric]

    def as_json(self) -> dict[str, Json]:
        """All of it but the draws."""
        content = asdict(self)
        for metric in content["metrics"].values():
            del metric["draws"], metric["sign"]
        return cast(dict[str, Json], content)


def compare(
    first: pd.DataFrame,
    second: pd.DataFrame,
    *,
    problem: Problem,
    names: tuple[str, str] = ("first", "second"),
    metric: str | None = None,
) -> PairedComparison:
    """Compare two models by their predictions for the same test rows.

    Groups are drawn with replacement, both models' answers together (paired bootstrap).

    Args:
        first: Predictions as an evaluation writes them: the champion's.
        second: The same of the challenger.
        problem: What both solve.
        names: What the two are called.
        metric: The metric that decides; None: the problem's headline.

    Raises:
        InputError: If the two did not answer the same rows, or the metric is not the problem's.
    """
    rows = paired_rows(first, second, problem=problem)
    metric = metric or next(iter(rows.measures))
    change = rows.quality[:, 1] - rows.quality[:, 0]  # (N,)
    return PairedComparison(
        problem=problem,
        names=names,
        metric=metric,
        rows=len(change),
        groups=len(np.unique(rows.groups)),
        test=rows_digest(second, problem),
        metrics=dict(_metrics(rows)),
        slices=dict(_slices(rows, metric)),
        lost=int((change < 0).sum()),
        gained=int((change > 0).sum()),
        lost_examples=_examples(rows, change),
        gained_examples=_examples(rows, -change),
    )


def _metrics(rows: PairedRows) -> Iterator[tuple[str, PairedMetric]]:
    sums, total = resampled_sums(rows.counts, rows.groups), rows.counts.sum(axis=0)
    for name, measure in rows.measures.items():
        values, draws = measure(total), measure(sums)  # (2,), (R, 2)
        differences = draws[:, 1] - draws[:, 0]
        yield (
            name,
            PairedMetric(
                interval(float(values[0]), draws[:, 0]),
                interval(float(values[1]), draws[:, 1]),
                comparison(float(values[1] - values[0]), differences),
                differences,
                sign_of(name),
            ),
        )


def _slices(rows: PairedRows, metric: str) -> Iterator[tuple[str, PairedSlice]]:
    """Quarters by length, then classes that have test rows."""
    quarters = length_quarters(rows.tokens)
    # with many slices a small p-value must stay reachable after the correction for their number
    wanted = _DRAWS_PER_SLICE * (len(quarters) + len(rows.classes))
    resamples = min(max(RESAMPLES, wanted), _MOST_DRAWS)
    for name, chosen in quarters.items():
        counts, groups = rows.counts[chosen], rows.groups[chosen]
        measure, sign = rows.measures[metric], sign_of(metric)
        pair = _pair(counts, groups, measure, resamples=resamples, sign=sign)
        yield f"slice/{name}", PairedSlice(int(chosen.sum()), metric, *pair)
    for name, place in rows.classes.items():
        occurs = int((rows.expected == name).sum())
        if occurs:
            own = rows.counts[..., place : place + 1]  # (N, 2, 3, 1)
            pair = _pair(own, rows.groups, _f1, resamples=resamples)
            yield f"class/{name}", PairedSlice(occurs, "f1", *pair)


class _Pair(NamedTuple):
    """The last four fields of a slice."""

    first: float
    second: float
    difference: Comparison
    p_worse: float


def _pair(
    counts: Counts,
    groups: NDArray[np.generic],
    measure: Measure,
    *,
    resamples: int,
    sign: int = 1,
) -> _Pair:
    """Both scores on some rows (N, 2, ...), and the difference between them."""
    values = measure(counts.sum(axis=0))  # (2,)
    draws = measure(resampled_sums(counts, groups, resamples=resamples))  # (R, 2)
    worse = draws[:, 0] - draws[:, 1]
    difference = comparison(float(values[1] - values[0]), -worse)
    return _Pair(float(values[0]), float(values[1]), difference, p_above(0.0, sign * worse))


def _f1(counts: Counts) -> Floats:
    """F1 of the one class in (..., 3, 1)."""
    return class_scores(counts).f1[..., 0]


def _examples(rows: PairedRows, change: Floats) -> tuple[Flip, ...]:
    """Rows whose change is below 0, the largest loss first."""
    order = np.argsort(change, kind="stable")[:EXAMPLES]
    return tuple(
        Flip(str(rows.texts[row]), str(rows.expected[row]), *map(str, rows.answers[row]))
        for row in order[change[order] < 0]
    )
