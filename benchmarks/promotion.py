"""How often the rule of promotion errs: equal models promoted, better ones not."""

import argparse
from collections.abc import Callable, Iterator
from typing import NamedTuple

from scipy.stats import binom

from benchmarks.record import write_page
from configs.promotion import PromotionConfig
from tests.training.paired_predictions import pair
from training.comparison import compare
from training.promotion import Ruling, Seen, rule_on

ROWS, DIFFERING = 1000, 0.1
CONFIG = PromotionConfig()


class Case(NamedTuple):
    """A world in which the rule is asked again and again.

    Attributes:
        name: For people.
        gain: True accuracy of the challenger minus the champion's.
        trigger: What asked for the training.
        promised: What share of promotions the rule promises.
        holds: Whether so many promotions of so many keep the promise, chance allowed for.
    """

    name: str
    gain: float
    trigger: str
    promised: str
    holds: Callable[[int, int], bool]


def _at_most(share: float) -> Callable[[int, int], bool]:
    """No more than a binomial of that share exceeds once in a hundred."""
    return lambda count, sets: count <= binom.ppf(0.99, sets, share)


CASES = (
    Case("equal models", 0.0, "manual", "≤ 5 %", _at_most(CONFIG.significance)),
    Case("3 points better", 0.03, "manual", "≥ 80 %", lambda c, sets: c >= 0.8 * sets),
    Case("3 points worse", -0.03, "manual", "≤ 5 %", _at_most(CONFIG.significance)),
    Case("1 point worse, drift", -0.01, "drift", "≤ 5 %", _at_most(CONFIG.significance)),
)


def main() -> None:
    """Ask the rule about freshly drawn test sets, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", type=int, default=200)
    sets: int = parser.parse_args().sets
    path = write_page(
        "promotion",
        "Errors of the promotion rule",
        head=("models", "promoted", "share", "promised", "kept", "a part called worse"),
        rows=_rows(sets),
        notes=(
            f"{sets} test sets of {ROWS:,} rows each, two classes; the models' answers differ "
            f"on {DIFFERING:.0%} of the rows. Rule as shipped: one-sided p below "
            f"{CONFIG.significance} by paired bootstrap, no quarter by length and no class "
            "significantly worse by Holm. A share of at most 5 % counts as kept unless a true "
            "share of 5 % would give so many promotions less than once in 100 such trials."
        ),
    )
    print(path.read_text(encoding="utf-8"))


def _rows(sets: int) -> Iterator[tuple[str, ...]]:
    for number, case in enumerate(CASES):
        rulings = [_ruling(case, seed=number * sets + one) for one in range(sets)]
        promoted = sum(ruling.promote for ruling in rulings)
        worse = sum(bool(ruling.worse) for ruling in rulings)
        kept = "yes" if case.holds(promoted, sets) else "NO"
        share = f"{promoted / sets:.1%}"
        yield case.name, f"{promoted} of {sets}", share, case.promised, kept, str(worse)


def _ruling(case: Case, *, seed: int) -> Ruling:
    two = pair(ROWS, gain=case.gain, differing=DIFFERING, seed=seed)
    comparison = compare(two.first, two.second, problem="classification")
    return rule_on(comparison, CONFIG, trigger=case.trigger, seen=Seen(0, 0))


if __name__ == "__main__":
    main()
