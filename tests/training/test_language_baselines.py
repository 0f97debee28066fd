"""Counted n-grams against sums by hand."""

import math
from collections import Counter

import numpy as np
import pytest

from training.language_baselines import language_baselines, witten_bell


def by_hand(train: list[int], history: list[int], token: int, vocabulary: int) -> float:
    """Interpolated Witten-Bell from its definition, one context at a time."""
    shorter = by_hand(train, history[1:], token, vocabulary) if history else 1 / vocabulary
    n = len(history)
    follows = Counter(
        train[place + n]
        for place in range(len(train) - n)
        if train[place : place + n] == history
    )
    kinds, times = len(follows), sum(follows.values())
    if not times:
        return shorter
    return (follows[token] + kinds * shorter) / (times + kinds)


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_chances_are_those_of_the_definition(order: int) -> None:
    random = np.random.default_rng(0)
    train, test = random.integers(4, 9, 300), random.integers(4, 10, 40)
    found = witten_bell(train, test, order=order, vocabulary=10)[-1]
    for place in range(order - 1, len(test)):  # before, the begin of the text is a context too
        history = test[place - order + 1 : place].tolist()
        expected = by_hand(train.tolist(), history, int(test[place]), 10)
        assert found[place] == pytest.approx(expected)


def test_chances_of_all_tokens_sum_to_one() -> None:
    train = np.random.default_rng(1).integers(0, 5, 200)
    history = [1, 2]
    chances = [
        witten_bell(train, np.array([*history, token]), order=3, vocabulary=5)[-1][-1]
        for token in range(5)
    ]
    assert math.fsum(chances) == pytest.approx(1.0)


def test_a_text_that_repeats_surprises_longer_ngrams_less() -> None:
    text = np.tile(np.arange(4, 12), 200)
    unigram, ngrams = language_baselines(text, text, vocabulary=12, tokenizer="characters")
    assert unigram.bits.mean() == pytest.approx(3.0, abs=0.02)
    assert ngrams.bits.mean() < 0.1
    assert ngrams.name == "witten_bell_6_gram"
