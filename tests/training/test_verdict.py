"""The verdict sentence in each case a network can be in."""

from dataclasses import replace

import pytest

from tests.training.some_scores import classifier_scores, lead, translator_scores
from training.scores import Comparison
from training.verdict import p_text, summary, verdict


def test_a_better_network_is_said_to_be_better() -> None:
    assert verdict(classifier_scores(lead(0.07))) == (
        "accuracy 0.93 [0.92, 0.94], better than logistic regression 0.86 by 0.07 "
        "[0.05, 0.09] (p<0.001)"
    )


def test_a_lead_that_may_be_chance_is_called_so() -> None:
    sentence = verdict(classifier_scores(lead(0.02, p_value=0.21)))
    assert sentence == (
        "accuracy 0.93 [0.92, 0.94], ahead of logistic regression 0.91 by 0.02 [0.00, 0.04] "
        "(p=0.210), which may be chance"
    )


def test_a_network_below_the_best_baseline_says_so_first() -> None:
    assert verdict(classifier_scores(lead(-0.03, p_value=0.004))) == (
        "below the best baseline: accuracy 0.93 [0.92, 0.94], logistic regression 0.96 is "
        "better by 0.03 [0.01, 0.05] (p=0.004)"
    )
    assert verdict(classifier_scores(lead(-0.02, p_value=0.3))).startswith(
        "below the best baseline: accuracy 0.93 [0.92, 0.94], logistic regression 0.95 is ahead"
    )


def test_equal_scores_are_level() -> None:
    assert verdict(classifier_scores(lead(0.0, p_value=1.0))).startswith(
        "level with the best baseline: accuracy 0.93"
    )


def test_a_network_that_has_not_learnt_anything_is_warned_of() -> None:
    scores = classifier_scores(
        lead(0.03, p_value=0.2), over_majority=lead(0.04, p_value=0.09), accuracy=0.55
    )
    assert verdict(scores).endswith("; not shown to beat majority 0.51 (p=0.090)")


def test_scores_that_differ_never_look_alike() -> None:
    sentence = verdict(classifier_scores(lead(0.004, spread=0.001)))
    assert "accuracy 0.930 [0.920, 0.940], better than logistic regression 0.926" in sentence


def test_an_interval_has_two_ends_to_be_told_apart() -> None:
    scores = classifier_scores(lead(0.1, spread=0.001))
    narrow = replace(scores.test["accuracy"], low=0.9289, high=0.9311)
    narrowed = replace(scores, test={**scores.test, "accuracy": narrow})
    assert "accuracy 0.930 [0.929, 0.931]" in verdict(narrowed)


def test_translation_speaks_of_bleu_to_one_decimal() -> None:
    assert verdict(translator_scores(lead(4, spread=1))) == (
        "BLEU 30.0 [29.0, 31.0], better than translation memory 26.0 by 4.0 [3.0, 5.0] "
        "(p<0.001)"
    )


def test_the_summary_sets_the_bars_beside_the_score() -> None:
    assert summary(classifier_scores(lead(0.07))) == (
        "accuracy 0.93 [0.92, 0.94]    best baseline 0.86, majority 0.50"
    )
    assert summary(translator_scores(lead(4))).endswith("best baseline 26.0, copy source 1.0")


@pytest.mark.parametrize(
    ("p_value", "text"), [(0.0009, "p<0.001"), (0.001, "p=0.001"), (1, "p=1.000")]
)
def test_p_values_are_never_said_to_be_0(p_value: float, text: str) -> None:
    assert p_text(p_value) == text


def test_the_interval_of_a_gap_is_turned_to_who_is_ahead() -> None:
    behind = Comparison(-0.02, low=-0.05, high=0.01, p_value=0.2)
    assert "0.02 [-0.01, 0.05] (p=0.200)" in verdict(classifier_scores(behind))
