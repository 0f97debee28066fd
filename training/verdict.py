"""One sentence that says whether a network is any good, the bad news first."""

from training.scores import TITLES, Comparison, Scores

_SCALE = {"bleu": 1, "chrf": 1, "accuracy": 2, "macro_f1": 2, "bits_per_character": 2}
"""Decimals that a person wants to read of each metric."""


def verdict(scores: Scores) -> str:
    """The network's headline score against the best baseline, and against learning nothing.

    `accuracy 0.93 [0.92, 0.94], better than logistic regression 0.86 by 0.07 [0.05, 0.08]
    (p<0.001)`; a network that is not ahead opens with `below the best baseline`.
    """
    best = scores.baselines[scores.best_baseline].lead
    decimals = verdict_decimals(scores)
    own = f"{TITLES[scores.headline]} {scores.score.text(decimals=decimals)}"
    other = _named(scores, scores.best_baseline, decimals)
    gap = _gap(best, decimals)
    if best.difference > 0 and best.significant:
        sentence = f"{own}, better than {other} by {gap}"
    elif best.difference > 0:
        sentence = f"{own}, ahead of {other} by {gap}, which may be chance"
    elif best.difference == 0:
        sentence = f"level with the best baseline: {own}, {other}"
    elif best.significant:
        sentence = f"below the best baseline: {own}, {other} is better by {gap}"
    else:
        sentence = f"below the best baseline: {own}, {other} is ahead by {gap}, maybe by chance"
    return sentence + _beside_floor(scores, decimals)


def summary(scores: Scores) -> str:
    """The figures alone: `accuracy 0.93 [0.92, 0.94]    best baseline 0.86, majority 0.50`."""
    decimals = verdict_decimals(scores)
    own = f"{TITLES[scores.headline]} {scores.score.text(decimals=decimals)}"
    floor = _named(scores, scores.floor, decimals)
    best = f"best baseline {scores.baseline_score(scores.best_baseline):.{decimals}f}"
    return f"{own}    {best}, {floor}"


def verdict_decimals(scores: Scores) -> int:
    """Decimals at which neither the best baseline nor an interval's ends look alike."""
    decimals = _SCALE[scores.headline]
    lead = abs(scores.baselines[scores.best_baseline].lead.difference)
    low, high = (f"{end:.{decimals}f}" for end in (scores.score.low, scores.score.high))
    narrow = low == high and scores.score.low < scores.score.high
    return decimals + 1 if narrow or 0 < lead < 10**-decimals else decimals


def spoken(name: str) -> str:
    """A baseline's or network's name as words."""
    return name.replace("_", " ").replace("bayes", "Bayes")


def p_text(p_value: float) -> str:
    """`p<0.001`, `p=0.012`."""
    return "p<0.001" if p_value < 0.001 else f"p={p_value:.3f}"


def _gap(lead: Comparison, decimals: int) -> str:
    """Size of a difference, its interval turned to the side of who is ahead."""
    bounds = sorted((lead.low, lead.high) if lead.difference > 0 else (-lead.low, -lead.high))
    low, high = (f"{bound:z.{decimals}f}" for bound in bounds)
    return f"{abs(lead.difference):.{decimals}f} [{low}, {high}] ({p_text(lead.p_value)})"


def _named(scores: Scores, baseline: str, decimals: int) -> str:
    """A baseline and its score: `majority 0.50`."""
    return f"{spoken(baseline)} {scores.baseline_score(baseline):.{decimals}f}"


def _beside_floor(scores: Scores, decimals: int) -> str:
    """A warning where the network is not shown to have learnt anything."""
    if scores.beats_floor or scores.floor == scores.best_baseline:
        return ""
    p_value = p_text(scores.baselines[scores.floor].lead.p_value)
    return f"; not shown to beat {_named(scores, scores.floor, decimals)} ({p_value})"
