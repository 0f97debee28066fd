"""New data against the profile of a champion: what has drifted, by how much, does it matter."""

from typing import NamedTuple

import numpy as np

from configs.monitoring import MonitoringConfig
from data_checks.distributions import CategoryCounts, NumberCounts, together
from data_checks.drift import (
    CHI_SQUARE,
    KOLMOGOROV_SMIRNOV,
    ColumnDrift,
    Drift,
    Outcome,
    shortened,
)
from data_checks.profile import Column, Profile
from data_checks.profiled_answers import RIGHT
from data_checks.profiling import UNKNOWN
from data_checks.two_samples import Difference, chi_square, holm, kolmogorov_smirnov

_LONGEST_NAME = 30


class _Compared(NamedTuple):
    before: Column
    after: Column
    difference: Difference | None


def compare(reference: Profile, new: Profile, limits: MonitoringConfig) -> Drift:
    """Test every column that both have, and say which drift matters.

    A column has drifted where its p-value, corrected by Holm for all columns, is below the
    false-alarm rate *and* its effect reaches the floor: with enough rows any difference is
    significant, and with few a large effect may be chance. Of accuracy only a loss counts.

    Args:
        reference: Of the champion.
        new: Of the new rows, made by :func:`~data_checks.profiling.profile_new`.
        limits: What is compared, and what matters.
    """
    pairs = [
        _Compared(before, after, _difference(before, after, limits.minimum_rows))
        for before in reference.columns
        if before.check in limits.checks and (after := new.column(before.name)) is not None
    ]
    tested = [pair.difference for pair in pairs if pair.difference is not None]
    corrected = iter(holm([difference.p_value for difference in tested]))
    columns = [
        _judged(pair, next(corrected), limits)
        if pair.difference is not None
        else _unchecked(pair, limits)
        for pair in pairs
    ]
    order: dict[Outcome, int] = {"drifted": 0, "small": 1, "same": 2, "unchecked": 3}
    columns.sort(key=lambda column: (order[column.outcome], -column.weight))
    return Drift(
        rows=new.rows,
        distinct=new.distinct,
        reference_rows=reference.distinct,
        minimum_rows=limits.minimum_rows,
        false_alarm_rate=limits.false_alarm_rate,
        columns=tuple(columns),
    )


def movers(before: CategoryCounts, after: CategoryCounts) -> list[tuple[str, float, float]]:
    """Categories with their shares before and after, those that moved furthest first.

    How far is told by what each adds to the Jensen-Shannon divergence.
    """
    from scipy.special import rel_entr

    names = together(before, after)
    one, other = (
        np.array(list(counts.covered(names).shares.values())) for counts in (before, after)
    )
    middle = (one + other) / 2
    order = np.argsort(-(rel_entr(one, middle) + rel_entr(other, middle)), kind="stable")
    return [(names[at], float(one[at]), float(other[at])) for at in order.tolist()]


def _difference(before: Column, after: Column, minimum_rows: int) -> Difference | None:
    one, two = before.counts, after.counts
    if min(one.rows, two.rows) < minimum_rows:
        return None
    if isinstance(one, NumberCounts):
        assert isinstance(two, NumberCounts)
        return kolmogorov_smirnov(one, two)
    assert isinstance(two, CategoryCounts)
    return chi_square(one, two)


def _judged(pair: _Compared, corrected: float, limits: MonitoringConfig) -> ColumnDrift:
    assert pair.difference is not None
    effect, floor = pair.difference.distance, _floor(pair.before, limits)
    if pair.before.check == "accuracy":
        effect = max(0.0, -_gain(pair.before, pair.after))
    outcome: Outcome = "same"
    if corrected < limits.false_alarm_rate:
        outcome = "same" if effect == 0 else "drifted" if effect >= floor else "small"
    is_number = isinstance(pair.before.counts, NumberCounts)
    return ColumnDrift(
        name=pair.before.name,
        check=pair.before.check,
        outcome=outcome,
        test=KOLMOGOROV_SMIRNOV if is_number else CHI_SQUARE,
        statistic=pair.difference.statistic,
        p_value=pair.difference.p_value,
        corrected=corrected,
        effect=effect,
        floor=floor,
        rows=pair.after.counts.rows,
        change=_change(pair.before, pair.after),
    )


def _unchecked(pair: _Compared, limits: MonitoringConfig) -> ColumnDrift:
    rows = pair.after.counts.rows
    few = (
        f"{rows:,} new rows"
        if rows < limits.minimum_rows
        else f"{pair.before.counts.rows:,} rows of the champion's"
    )
    return ColumnDrift(
        name=pair.before.name,
        check=pair.before.check,
        outcome="unchecked",
        test="",
        statistic=0.0,
        p_value=1.0,
        corrected=1.0,
        effect=0.0,
        floor=_floor(pair.before, limits),
        rows=rows,
        change=f"{few}, fewer than {limits.minimum_rows:,}",
    )


def _floor(column: Column, limits: MonitoringConfig) -> float:
    if column.check == "accuracy":
        return limits.accuracy_floor
    is_number = isinstance(column.counts, NumberCounts)
    return limits.number_floor if is_number else limits.category_floor


def _change(before: Column, after: Column) -> str:
    """What moved, in words."""
    one, two = before.counts, after.counts
    if isinstance(one, NumberCounts):
        assert isinstance(two, NumberCounts)
        return _number_change(one, two)
    assert isinstance(two, CategoryCounts)
    if before.check == "accuracy":
        low, high = _accuracy_interval(two)
        return (
            f"{one.shares[RIGHT]:.3f} → {two.shares[RIGHT]:.3f} "
            f"[{low:.3f}, {high:.3f}] on {two.rows:,} labelled rows"
        )
    if before.check == "unknown_words":
        return f"{one.shares[UNKNOWN]:.1%} → {two.shares[UNKNOWN]:.1%}"
    name, share, now = movers(one, two)[0]
    return f"“{shortened(name, longest=_LONGEST_NAME)}” {share:.1%} → {now:.1%}"


def _number_change(before: NumberCounts, after: NumberCounts) -> str:
    """The median, or where it stayed the quartile that moved most."""
    quartiles = (0.5, 0.25, 0.75)
    moves = [(before.quantile(at), after.quantile(at)) for at in quartiles]
    furthest = max(range(3), key=lambda i: abs(moves[i][1] - moves[i][0]))
    place = 0 if moves[0][0] != moves[0][1] else furthest
    name = ("median", "lower quartile", "upper quartile")[place]
    return f"{name} {moves[place][0]:g} → {moves[place][1]:g}"


def _accuracy_interval(counts: CategoryCounts) -> tuple[float, float]:
    """Wilson's 95 % interval of the share of right answers."""
    from scipy.stats import binomtest

    right = int(counts.covered([RIGHT]).sums[0])
    interval = binomtest(right, counts.rows).proportion_ci(method="wilson")
    return float(interval.low), float(interval.high)


def _gain(before: Column, after: Column) -> float:
    """Accuracy now minus accuracy before."""
    assert isinstance(before.counts, CategoryCounts)
    assert isinstance(after.counts, CategoryCounts)
    return after.counts.shares[RIGHT] - before.counts.shares[RIGHT]
