"""The rule of promotion: from a paired comparison to a decision with its reasons.

A challenger is promoted if the hypothesis "it is no better than the champion by more than the
minimum effect" is rejected, one-sided, by the draws of a paired bootstrap over groups of test
rows, and no critical slice is significantly worse. Where drift asked for the training, the
hypothesis to reject is "it is worse than the champion by the margin or more".
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from configs.promotion import PromotionConfig, sign_of
from storage.files import Json
from training.comparison import PairedComparison, PairedSlice
from training.scores import TITLES, Comparison
from training.significance import holm
from training.verdict import p_text

Rule = Literal["superiority", "non-inferiority"]
DECIMALS = {"bleu": 2, "chrf": 2}


@dataclass(frozen=True)
class Seen:
    """How many groups of the test rows each model learnt from; None: nobody knows.

    A champion that has seen test rows is only favoured, so not to know it is no danger.
    """

    champion: int | None
    challenger: int | None


@dataclass(frozen=True)
class WorseSlice:
    """A critical slice on which the challenger is significantly worse.

    Attributes:
        name: As in the comparison.
        pair: Both models on it.
        p_value: One-sided, adjusted by Holm for all critical slices.
    """

    name: str
    pair: PairedSlice
    p_value: float


@dataclass(frozen=True)
class Ruling:
    """What the rule says, and by what numbers.

    Attributes:
        promote: Whether the challenger becomes the champion.
        rule: Which rule was asked.
        bound: What the difference must be shown to exceed.
        p_value: One-sided p-value of exceeding it.
        sentence: One sentence for people, every reason to refuse in it.
        worse: Critical slices that are significantly worse.
        watched: P-value of being worse of each critical slice, adjusted by Holm.
        seen: Test groups that the models learnt from.
    """

    promote: bool
    rule: Rule
    bound: float
    p_value: float
    sentence: str
    worse: tuple[WorseSlice, ...]
    watched: Mapping[str, float]
    seen: Seen


def rule_on(
    comparison: PairedComparison, config: PromotionConfig, *, trigger: str, seen: Seen
) -> Ruling:
    """Decide about the second model of a comparison, the challenger.

    Args:
        comparison: Champion first, challenger second.
        config: The rule's settings.
        trigger: What asked for the training; `drift` asks for non-inferiority alone.
        seen: Test groups that either model learnt from.
    """
    rule: Rule = "non-inferiority" if trigger == "drift" else "superiority"
    margin = config.margin(comparison.metric)
    bound = -margin if rule == "non-inferiority" else config.minimum_effect
    p_value = comparison.decisive.p_above(bound)
    shown = p_value < config.significance
    watched, unknown = _critical(comparison, config)
    adjusted = holm({name: one.p_worse for name, one in watched.items()})
    worse = tuple(
        WorseSlice(name, watched[name], p_value)
        for name, p_value in adjusted.items()
        if p_value < config.significance
    )
    against = [
        *_leaks(seen),
        *(f"critical slice {name} has no test rows" for name in unknown),
        *(_worse_text(comparison, each) for each in worse),
    ]
    gain = _gain(comparison, bound, p_value, shown=shown)
    return Ruling(
        promote=shown and not against,
        rule=rule,
        bound=bound,
        p_value=p_value,
        sentence="; ".join([gain, *against]),
        worse=worse,
        watched=adjusted,
        seen=seen,
    )


def evidence(comparison: PairedComparison, ruling: Ruling) -> dict[str, Json]:
    """The numbers behind a ruling, flat, for tags and the audit log."""
    decisive = comparison.decisive
    return {
        "rule": ruling.rule,
        "hypothesis": hypothesis(comparison.metric, ruling.bound),
        "metric": comparison.metric,
        "champion_score": decisive.first.value,
        "challenger_score": decisive.second.value,
        "difference": decisive.difference.difference,
        "difference_low": decisive.difference.low,
        "difference_high": decisive.difference.high,
        "rows": comparison.rows,
        "groups": comparison.groups,
        "test": comparison.test,
        "lost": comparison.lost,
        "gained": comparison.gained,
        "slices_watched": len(ruling.watched),
        "slices_worse": ", ".join(each.name for each in ruling.worse),
        "seen_by_champion": ruling.seen.champion,
        "seen_by_challenger": ruling.seen.challenger,
    }


def hypothesis(metric: str, bound: float) -> str:
    """What must be shown: `difference > 0.01`; of a metric that falls, `difference < -0.01`."""
    return f"difference > {bound:g}" if sign_of(metric) > 0 else f"difference < {0 - bound:g}"


def difference_text(difference: Comparison, metric: str) -> str:
    """`+0.019 [+0.011, +0.027]`, in the metric's own unit."""
    decimals = DECIMALS.get(metric, 3)
    value, low, high = (
        f"{each:+.{decimals}f}"
        for each in (difference.difference, difference.low, difference.high)
    )
    return f"{value} [{low}, {high}]"


def _critical(
    comparison: PairedComparison, config: PromotionConfig
) -> tuple[Mapping[str, PairedSlice], list[str]]:
    """The slices to watch, and the names of those that were asked for and are not there."""
    there = comparison.slices
    if config.critical_slices is None:
        enough = config.minimum_slice_rows
        return {name: one for name, one in there.items() if one.rows >= enough}, []
    asked = dict.fromkeys(config.critical_slices)
    return {n: there[n] for n in asked if n in there}, [n for n in asked if n not in there]


def _gain(comparison: PairedComparison, bound: float, p_value: float, *, shown: bool) -> str:
    decisive, metric = comparison.decisive, comparison.metric
    decimals = DECIMALS.get(metric, 3)
    scores = (
        f"{TITLES[metric]} {decisive.second.value:.{decimals}f} against "
        f"{decisive.first.value:.{decimals}f} of {comparison.names[0]}: "
        f"{difference_text(decisive.difference, metric)}"
    )
    wanted = f"better by more than {bound:g}" if bound else "better"
    verb = "shown to be" if shown else "not shown to be"
    return f"{scores}, {verb} {wanted} ({p_text(p_value)}, one-sided)"


def _worse_text(comparison: PairedComparison, worse: WorseSlice) -> str:
    change = difference_text(worse.pair.difference, worse.pair.metric)
    title = TITLES.get(worse.pair.metric, worse.pair.metric.upper())
    return (
        f"{worse.name} is significantly worse: {title} {change} on {worse.pair.rows:,} rows "
        f"({p_text(worse.p_value)} after Holm)"
    )


def _leaks(seen: Seen) -> Iterator[str]:
    """Why the test rows say nothing about a model that has learnt from them."""
    for who, groups in (("challenger", seen.challenger), ("champion", seen.champion)):
        if groups:
            yield (
                f"the {who} learnt from {groups:,} groups of the test rows, so its score says "
                "nothing; compare them on rows that neither has seen"
            )
    if seen.challenger is None:
        yield "nobody knows which rows the challenger learnt from; train it again"
