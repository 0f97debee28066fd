"""A paired comparison as Markdown: scores, slices and flipped answers on one screen."""

from collections.abc import Sequence

from training.comparison import Flip, PairedComparison
from training.markdown import quoted, table
from training.promotion import DECIMALS, Ruling, difference_text, hypothesis
from training.scores import TITLES
from training.verdict import p_text

_SHOWN = 5


def comparison_page(comparison: PairedComparison, ruling: Ruling) -> list[str]:
    """Lines of Markdown.

    Args:
        comparison: What is shown.
        ruling: What the rule says of it.
    """
    first, second = comparison.names
    return [
        f"{comparison.rows:,} test rows in {comparison.groups:,} groups, test set "
        f"{comparison.test[:12]}; differences are {second} minus {first}, with 95 % intervals.",
        "",
        *table(("metric", first, second, "difference", "p"), score_rows(comparison)),
        "",
        *table(
            ("part of the rows", "rows", first, second, "difference", "worse: p by Holm"),
            [[quoted(name), *cells] for name, *cells in slice_rows(comparison, ruling)],
        ),
        "",
        *_flips(f"{comparison.lost:,} answers got worse", comparison.lost_examples),
        *_flips(f"{comparison.gained:,} answers got better", comparison.gained_examples),
        f"Rule: {ruling.rule}, {hypothesis(comparison.metric, ruling.bound)}, "
        f"{p_text(ruling.p_value)} "
        f"one-sided; {len(ruling.watched)} critical parts.",
    ]


def score_rows(comparison: PairedComparison) -> list[list[str]]:
    """Cells of each metric: both scores, the difference, its two-sided p-value."""
    rows = []
    for name, one in comparison.metrics.items():
        decimals = DECIMALS.get(name, 3)
        scores = [each.text(decimals=decimals) for each in (one.first, one.second)]
        p_value = p_text(one.difference.p_value).removeprefix("p=").removeprefix("p")
        title = TITLES[name] + ("" if one.sign > 0 else ", less is better")
        rows.append([title, *scores, difference_text(one.difference, name), p_value])
    return rows


def slice_rows(comparison: PairedComparison, ruling: Ruling) -> list[list[str]]:
    """Cells of each slice; those that are not critical have no p-value."""
    rows = []
    for name, one in comparison.slices.items():
        decimals = DECIMALS.get(one.metric, 3)
        p_value = ruling.watched.get(name)
        shown = "not watched" if p_value is None else p_text(p_value).removeprefix("p=")
        rows.append(
            [
                name + (" (F1)" if one.metric == "f1" else ""),
                f"{one.rows:,}",
                f"{one.first:.{decimals}f}",
                f"{one.second:.{decimals}f}",
                difference_text(one.difference, one.metric),
                shown.removeprefix("p"),
            ]
        )
    return rows


def _flips(title: str, flips: Sequence[Flip]) -> list[str]:
    rows = [
        [quoted(cell, longest=90) for cell in (one.text, one.expected, one.first, one.second)]
        for one in flips[:_SHOWN]
    ]
    head = ("text", "expected", "before", "now")
    return [f"{title}.", "", *(table(head, rows, left=4) if rows else []), ""]
