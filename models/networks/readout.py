"""What a decoder that looks back scores the next word by."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Readout(nn.Linear):
    """A tanh layer over what a decoder has written and the context it looked at.

    Luong et al. 2015, eq. 5; Bahdanau et al. 2015 have a maxout layer in its place. The
    context is a weighted mean of encoder states, so the layer's share of it is the same mean
    of the states' shares: these are one product per sentence, however many words and
    hypotheses look at them.

    Axes: S source, M encoder state, K what is known beside the context, D features.

    Args:
        known_dim: K.
        memory_dim: M.
        feature_dim: D.
        context_at: Column of the layer's weight from which on the context's stand.
    """

    def __init__(
        self, known_dim: int, memory_dim: int, feature_dim: int, *, context_at: int
    ) -> None:
        super().__init__(known_dim + memory_dim, feature_dim)
        self._first, self._end = context_at, context_at + memory_dim

    def project_memory(self, memory: Tensor) -> Tensor:
        """(..., S, D) shares of (..., S, M) encoder states."""
        return F.linear(memory, self.weight[:, self._first : self._end])

    def features(self, known: Tensor, of_context: Tensor) -> Tensor:
        """(N, D) of (N, K), given the (N, D) share of each one's context."""
        weight = self.weight
        beside = torch.cat([weight[:, : self._first], weight[:, self._end :]], dim=1)
        return torch.tanh(F.linear(known, beside, self.bias) + of_context)
