"""A translator without anything learnt: it looks at the source's words from last to first."""

from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from torch import Tensor, nn


@dataclass(frozen=True)
class Reading:
    """How many words of each source are left."""

    left: Tensor
    width: int
    attention: Tensor | None = None

    @property
    def rows(self) -> int:
        return len(self.left)

    @property
    def device(self) -> torch.device:
        return self.left.device

    def select(self, rows: Tensor) -> "Reading":
        attention = None if self.attention is None else self.attention[rows]
        return replace(self, left=self.left[rows], attention=attention)

    def reorder(self, rows: Tensor) -> "Reading":
        return self.select(rows)


class Backwards(nn.Module):
    """Writes one word, always the same, for each word of the source; then the end.

    Args:
        word: Id of the word it writes.
        end: Id of the end.
        other: Id of a word that it finds less likely.
        endless: Whether it never ends.
    """

    def __init__(self, word: int, *, end: int, other: int, endless: bool = False) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.full((10,), -9.0))
        self.word, self.end, self.other, self.endless = word, end, other, endless

    def start(self, source: Tensor, source_lengths: Tensor) -> Reading:
        return Reading(source_lengths.clone(), source.shape[1])

    def step(self, tokens: Tensor, state: Reading) -> tuple[Tensor, Reading]:
        ending = (state.left == 0) & (not self.endless)
        scores = self.bias.repeat(len(tokens), 1)
        scores[:, self.other] = 1.0
        scores[torch.arange(len(tokens)), torch.where(ending, self.end, self.word)] = 3.0
        looked = F.one_hot((state.left - 1).clamp(min=0), state.width).float()
        left = (state.left - 1).clamp(min=0)
        return scores, replace(state, left=left, attention=looked)
