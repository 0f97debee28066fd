"""Scores of the next word, by a matrix of their own or by the words' vectors."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class WordVectors(nn.Embedding):
    """Vectors of the words written so far, fit to score the next word too where they are tied.

    Vaswani et al. 2017, section 3.4: rows that are to score are small, and are scaled up
    where they are read.

    Args:
        vocabulary: V.
        size: E.
        tied: Whether they score too.
    """

    def __init__(self, vocabulary: int, size: int, *, tied: bool) -> None:
        super().__init__(vocabulary, size)
        self._scale = math.sqrt(size) if tied else 1.0
        if tied:
            nn.init.normal_(self.weight, std=size**-0.5)

    def forward(self, ids: Tensor) -> Tensor:
        """(..., E) vectors of (...) int64 ids."""
        vectors = super().forward(ids)
        return vectors if self._scale == 1.0 else vectors * self._scale


class TiedScores(nn.Module):
    """Logits by the words' vectors (Press and Wolf 2017), which are handed over each time.

    Args:
        vocabulary: V.
        feature_dim: D, size of what words are scored by.
        size: E, size of a word's vector; features of another size are mapped to it.
    """

    def __init__(self, vocabulary: int, *, feature_dim: int, size: int) -> None:
        super().__init__()
        self.map = nn.Linear(feature_dim, size, bias=False) if feature_dim != size else None
        self.bias = nn.Parameter(torch.zeros(vocabulary))

    def forward(self, features: Tensor, vectors: Tensor) -> Tensor:
        """(N, V) logits of (N, D) features by (V, E) vectors."""
        mapped = features if self.map is None else self.map(features)
        return F.linear(mapped, vectors, self.bias)


def word_scores(
    vocabulary: int, *, feature_dim: int, size: int, tied: bool
) -> nn.Linear | TiedScores:
    """What scores words by features of size `feature_dim`."""
    if tied:
        return TiedScores(vocabulary, feature_dim=feature_dim, size=size)
    return nn.Linear(feature_dim, vocabulary)


def scored(scores: nn.Linear | TiedScores, features: Tensor, vectors: Tensor) -> Tensor:
    """(N, V) logits of (N, D) features, by the (V, E) vectors where these are tied."""
    logits: Tensor = (
        scores(features, vectors) if isinstance(scores, TiedScores) else scores(features)
    )
    return logits
