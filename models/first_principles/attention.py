"""Additive attention by hand: how much each word of a source counts for one state."""

from collections.abc import Iterator

import torch
from torch import Tensor

from models.first_principles.losses import softmax
from models.first_principles.walks import Shown


def scores(query: Tensor, keys: Tensor, energy: Tensor) -> Tensor:
    """(S,) v · tanh(q + k) for each source word (Bahdanau et al. 2015, appendix A.1.2).

    Args:
        query: (A,), the decoder's state after its projection.
        keys: (S, A), the encoder's states after theirs.
        energy: (A,), v.
    """
    return torch.tanh(query + keys) @ energy


def weights_of(each: Tensor, real: Tensor) -> Tensor:
    """(S,) softmax over the real words alone; padding gets exactly 0.

    Args:
        each: (S,) scores.
        real: (S,) bool.
    """
    weights = torch.zeros_like(each)
    weights[real] = softmax(each[real])
    return weights


def walk() -> Iterator[Shown]:
    """A state looks at three words and one place of padding."""
    keys = torch.tensor([[0.0, 1.0], [1.0, 0.0], [-1.0, 0.5], [0.9, 0.9]], dtype=torch.float64)
    query = torch.tensor([0.5, -0.5], dtype=torch.float64)
    energy = torch.tensor([2.0, -1.0], dtype=torch.float64)
    values = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [9.0, 9.0]], dtype=torch.float64)
    real = torch.tensor([True, True, True, False])
    yield Shown("query q", query, "the decoder's state, projected")
    yield Shown("keys k", keys, "the encoder's states, projected; the last row is padding")
    yield Shown("q + k", query + keys, "the query is added to each key")
    yield Shown("tanh(q + k)", torch.tanh(query + keys), "")
    yield Shown("v", energy, "learnt: what counts in a comparison")
    each = scores(query, keys, energy)
    yield Shown("scores", each, "v · tanh(q + k)")
    yield Shown("weights", weights_of(each, real), "softmax over the real words")
    wrong = softmax(each)
    yield Shown(
        "weights, padding left in", wrong, "what a missing mask does: part of it is lost"
    )
    yield Shown("context", weights_of(each, real) @ values, "the states weighted")
    yield Shown("context, padding left in", wrong @ values, "numbers that stand for no word")
