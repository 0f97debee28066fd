"""The rule of promotion: what it lets through, what it stops, and how often it errs."""

import numpy as np
import pytest

from configs.promotion import PromotionConfig
from tests.training.paired_predictions import answered, pair, rows_of
from training.comparison import PairedComparison, compare
from training.comparison_page import comparison_page
from training.promotion import Ruling, Seen, evidence, rule_on
from training.significance import holm, p_above

CLEAN = Seen(champion=0, challenger=0)
RULE = PromotionConfig()


def of(
    gain: float, *, rows: int = 1000, differing: float = 0.1, seed: int = 0
) -> PairedComparison:
    two = pair(rows, gain=gain, differing=differing, seed=seed)
    return compare(two.first, two.second, problem="classification", names=("v1", "v2"))


def ruled(
    comparison: PairedComparison,
    config: PromotionConfig = RULE,
    *,
    trigger: str = "manual",
    seen: Seen = CLEAN,
) -> Ruling:
    return rule_on(comparison, config, trigger=trigger, seen=seen)


def test_a_clearly_better_model_is_promoted_with_its_numbers() -> None:
    comparison = of(0.05)
    ruling = ruled(comparison)
    assert ruling.promote
    assert ruling.p_value == comparison.decisive.p_above(0) < 0.01
    assert ruling.sentence.startswith("accuracy 0.")
    assert " of v1: +0.0" in ruling.sentence
    assert "shown to be better (p<0.001, one-sided)" in ruling.sentence
    numbers = evidence(comparison, ruling)
    assert numbers["hypothesis"] == "difference > 0"
    assert numbers["difference"] == comparison.decisive.difference.difference


def test_the_gain_must_be_shown_to_exceed_the_minimum_effect() -> None:
    comparison = of(0.05)
    high = ruled(comparison, PromotionConfig(minimum_effect=0.045))
    assert comparison.decisive.difference.difference > 0.045
    assert not high.promote
    assert high.p_value > 0.05
    assert "not shown to be better by more than 0.045" in high.sentence


def test_an_equal_and_an_identical_model_are_refused() -> None:
    assert not ruled(of(0.0)).promote
    same = answered(rows := rows_of(200, np.random.default_rng(1)), np.arange(200) % 9 != 0)
    identical = ruled(compare(same, same, problem="classification"))
    assert len(rows) == 200
    assert (identical.promote, identical.p_value) == (False, 1.0)


def test_drift_asks_only_for_not_being_worse_by_the_margin() -> None:
    comparison = of(0.0, rows=8000, seed=3)
    assert not ruled(comparison).promote
    drift = ruled(comparison, trigger="drift")
    assert (drift.promote, drift.rule, drift.bound) == (True, "non-inferiority", -0.01)
    strict = PromotionConfig(non_inferiority_margin=0.0)
    assert not ruled(comparison, strict, trigger="drift").promote
    assert not ruled(of(-0.03, rows=8000), trigger="drift").promote


def test_a_critical_slice_that_got_worse_stops_a_better_model() -> None:
    rows = rows_of(2000, np.random.default_rng(2))
    longest = rows["tokens"].to_numpy() > 22
    place = np.arange(2000)
    first, second = place % 5 != 0, np.where(longest, place % 3 != 0, place % 20 != 0)
    comparison = compare(
        answered(rows, first), answered(rows, second), problem="classification"
    )
    ruling = ruled(comparison)
    assert comparison.decisive.p_above(0) < 0.01
    assert not ruling.promote
    assert [each.name for each in ruling.worse] == ["slice/longest"]
    assert "slice/longest is significantly worse: accuracy -0.1" in ruling.sentence
    assert "after Holm)" in ruling.sentence
    assert ruled(comparison, PromotionConfig(critical_slices=("class/bad",))).promote
    assert ruled(comparison, PromotionConfig(critical_slices=())).promote
    assert ruled(comparison, PromotionConfig(minimum_slice_rows=600)).promote
    absent = ruled(comparison, PromotionConfig(critical_slices=("class/odd",)))
    assert not absent.promote
    assert "critical slice class/odd has no test rows" in absent.sentence


def test_a_test_set_that_either_model_has_learnt_from_is_no_evidence() -> None:
    better = of(0.08)
    assert ruled(better, seen=Seen(champion=None, challenger=0)).promote
    for seen, words in (
        (Seen(champion=3, challenger=0), "the champion learnt from 3 groups of the test rows"),
        (Seen(champion=0, challenger=1), "the challenger learnt from 1 groups"),
        (Seen(champion=0, challenger=None), "nobody knows which rows the challenger learnt"),
    ):
        ruling = ruled(better, seen=seen)
        assert not ruling.promote
        assert words in ruling.sentence


def test_holm_multiplies_the_smallest_by_all_and_never_falls() -> None:
    adjusted = holm({"a": 0.01, "b": 0.04, "c": 0.03})
    assert adjusted == pytest.approx({"a": 0.03, "b": 0.06, "c": 0.06})
    assert holm({"a": 0.9, "b": 0.8}) == {"a": 1.0, "b": 1.0}
    assert holm({}) == {}


def test_a_one_sided_p_value_counts_the_draws_at_or_below_the_bound() -> None:
    draws = [0.0, 0.01, 0.02, np.nan]
    assert p_above(0.0, draws) == 2 / 4
    assert p_above(-0.01, draws) == 1 / 4
    assert p_above(0.02, draws) == 1


def test_equal_models_are_hardly_ever_promoted_and_hardly_ever_called_worse() -> None:
    rulings = [ruled(of(0.0, rows=400, seed=seed)) for seed in range(40)]
    most = 0.05 + 2.33 * np.sqrt(0.05 * 0.95 / 40)  # 99 % bound of 40 draws at 5 %
    assert np.mean([one.promote for one in rulings]) <= most
    assert np.mean([one.p_value < 0.05 for one in rulings]) <= most
    assert np.mean([bool(one.worse) for one in rulings]) <= most


def test_three_points_on_a_thousand_rows_are_mostly_seen() -> None:
    assert np.mean([ruled(of(0.03, seed=seed)).promote for seed in range(25)]) >= 0.8


def test_the_page_shows_scores_slices_and_flips_with_signs_disarmed() -> None:
    two = pair(300, gain=0.1, differing=0.2, seed=5)
    marked = [each.assign(text="a|b _c_") for each in two]
    comparison = compare(*marked, problem="classification", names=("v1", "v2"))
    page = "\n".join(comparison_page(comparison, ruled(comparison)))
    assert "| metric | v1 | v2 | difference | p |" in page
    assert "slice/shortest" in page
    assert f"{comparison.gained:,} answers got better" in page
    assert r"a\|b \_c\_" in page
