"""Scheduled sampling: in training the decoder reads some words of its own, not the target's.

Bengio et al. 2015, section 2.4 and algorithm 1. https://arxiv.org/abs/1506.03099
"""

from collections.abc import Callable
from typing import Protocol, Self, TypeVar

import torch
from torch import Tensor
from torch.nn import functional as F


class SelectableState(Protocol):
    """What a step needs to go on, row by row."""

    def select(self, rows: Tensor) -> Self:
        """The state of the rows at these places, (R,) int64."""


StateT = TypeVar("StateT", bound=SelectableState)


def sampled_loss(
    step: Callable[[Tensor, StateT], tuple[Tensor, StateT]],
    state: StateT,
    target_in: Tensor,
    mask: Tensor,
    target_out: Tensor,
    *,
    own_words: float,
    smoothing: float,
) -> Tensor:
    """Cross-entropy of the target, each word of it after a target's or an own word.

    A coin is tossed for every row and step. The own word is the one scored best after what was
    read before, as in greedy translation (the paper allows this or a draw); no gradient flows
    through the choice. A target that has ended takes no part in the steps that remain.

    Args:
        step: From the (B,) int64 last words and a state to (B, V) logits and the next state.
        state: Where to start.
        target_in: (B, T) int64, begin of sentence and then the target.
        mask: (B, T) bool, True on real words.
        target_out: (N,) int64, what follows each real position, row after row.
        own_words: Chance of an own word, 0 to 1.
        smoothing: Share of the target's mass moved to all words, 0 to 1.

    Returns:
        () float32, the sum over all N words, natural log.
    """
    wanted = torch.zeros_like(target_in)
    wanted[mask] = target_out
    ends = mask.sum(dim=0).tolist()  # rows that are still written, by step
    alive = torch.arange(len(mask), device=mask.device)
    own: Tensor | None = None
    totals = []
    for place, rows in enumerate(ends):
        if rows == 0:
            break
        if rows < len(alive):
            left = mask[alive, place].nonzero().squeeze(1)
            alive, state = alive[left], state.select(left)
            own = None if own is None else own[left]
        read = target_in[alive, place]
        if own is not None:
            tossed = torch.rand(len(alive), device=read.device)
            read = torch.where(tossed < own_words, own, read)
        logits, state = step(read, state)  # (alive, V)
        own = logits.detach().argmax(dim=1)
        totals.append(
            F.cross_entropy(
                logits.float(),
                wanted[alive, place],
                reduction="sum",
                label_smoothing=smoothing,
            )
        )
    return torch.stack(totals).sum()
