"""How surprised simple counts are by running text: the bar that a language model has to clear.

Unigram: each token by its frequency alone. Witten-Bell: interpolated n-grams, where a context
gives as much to shorter ones as it has different continuations (Witten and Bell 1991, method C;
Chen and Goodman 1999, section 2.3).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from training.batching import Ids

ORDERS = {"characters": 6}
"""Tokens of an n-gram, by tokenizer; words and pieces take `_OTHER_ORDER`."""
_OTHER_ORDER = 3
MOST_TOKENS = 5_000_000
"""Of a longer text the last so many tokens are counted."""


class CountedBits(NamedTuple):
    """What a baseline makes of the test text.

    Attributes:
        name: As in the names of metrics.
        bits: (tokens,) float64, of each test token.
        settings: What was counted.
    """

    name: str
    bits: NDArray[np.float64]
    settings: str


def language_baselines(
    train: Ids, test: Ids, *, vocabulary: int, tokenizer: str
) -> list[CountedBits]:
    """Bits of each test token by the two baselines.

    Args:
        train: (N,) token ids of the training text.
        test: (M,) token ids of the test text, which is read in its order.
        vocabulary: Number of ids.
        tokenizer: Decides how long n-grams are.
    """
    order = ORDERS.get(tokenizer, _OTHER_ORDER)
    counted = train[-MOST_TOKENS:]
    told = f"{len(counted):,} of {len(train):,} training tokens"
    chances = witten_bell(counted, test, order=order, vocabulary=vocabulary)
    return [
        CountedBits("unigram", -np.log2(chances[0]), f"frequencies in {told}"),
        CountedBits(
            f"witten_bell_{order}_gram", -np.log2(chances[-1]), f"{order}-grams of {told}"
        ),
    ]


def witten_bell(
    train: Ids, test: Ids, *, order: int, vocabulary: int
) -> list[NDArray[np.float64]]:
    """Chances of each test token by n-grams of 1, 2, … `order` tokens.

    Each interpolates the one before, and unigrams an even chance of all ids, so that none is 0.
    A text's first tokens have the begin of the text for a context.

    Args:
        train: (N,) int64.
        test: (M,) int64.
        order: Tokens of the longest n-gram.
        vocabulary: Number of ids.
    """
    learnt = len(train)
    # what stands before both texts is an id that neither holds
    joined = np.concatenate([train, np.full(order, vocabulary), test])
    is_train = np.arange(len(joined)) < learnt
    is_test = np.arange(len(joined)) >= learnt + order
    context = np.zeros(len(joined), np.int64)
    chance = np.full(len(test), 1 / vocabulary)
    chances = []
    for longer in range(order):
        if longer:
            context = _longer(context, joined, edge=vocabulary)
        pairs = context * (vocabulary + 1) + joined
        different, seen = np.unique(pairs[is_train], return_counts=True)
        times = np.bincount(context[is_train], minlength=int(context.max()) + 1)
        kinds = np.bincount(different // (vocabulary + 1), minlength=len(times))
        asked, own = pairs[is_test], context[is_test]
        place = np.minimum(np.searchsorted(different, asked), len(different) - 1)
        count = np.where(different[place] == asked, seen[place], 0)
        weight = times[own] + kinds[own]
        known = weight > 0
        chance = np.where(known, (count + kinds[own] * chance) / np.maximum(weight, 1), chance)
        chances.append(chance)
    return chances


def _longer(context: Ids, tokens: Ids, *, edge: int) -> Ids:
    """Numbers of the contexts that reach one token further back."""
    before = np.concatenate([[0], context[:-1]])
    last = np.concatenate([[edge], tokens[:-1]])
    _, numbers = np.unique(before * (edge + 1) + last, return_inverse=True)
    return numbers.astype(np.int64)
