"""Texts of unequal lengths embedded, read by recurrent layers, and pooled to one vector."""

from typing import Literal, TypeAlias

import torch
from torch import Tensor, nn

from models.networks.cells import CellName, Read, Recurrence
from models.networks.dropouts import channel_mask

Pooling: TypeAlias = Literal["last", "max", "mean", "max_mean"]


class RecurrentEncoder(nn.Module):
    """Word vectors read by recurrent layers.

    Axes: B batch, T time, E embedding, H state of one direction.

    Args:
        vocabulary: Number of ids.
        embedding_dim: E.
        hidden_dim: H.
        cell: Kind of the recurrent layers.
        layers: Their number.
        bidirectional: Read from both ends.
        dropout: On word vectors and between layers, share 0 to 1.
        embedding_dropout: Whole channels of all of a text's vectors, share 0 to 1.
        halving: Let each layer have half the state of the one below.
        embedding_deviation: Standard deviation of the vectors before training; small ones do
            not have to unlearn chance first, large ones tell words apart from the start.
    """

    def __init__(  # noqa: PLR0913 - networks take plain numbers; the config stops at the builder
        self,
        vocabulary: int,
        *,
        embedding_dim: int,
        hidden_dim: int,
        cell: CellName,
        layers: int,
        bidirectional: bool,
        dropout: float,
        embedding_dropout: float = 0.0,
        embedding_deviation: float = 1.0,
        halving: bool = False,
    ) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, embedding_dim)
        nn.init.normal_(self.embedding.weight, std=embedding_deviation)
        self.dropout = nn.Dropout(dropout)
        self.embedding_dropout = embedding_dropout
        self.recurrence = Recurrence(
            cell,
            embedding_dim,
            hidden_dim=hidden_dim,
            layers=layers,
            bidirectional=bidirectional,
            dropout=dropout,
            halving=halving,
        )

    def forward(self, ids: Tensor, lengths: Tensor) -> Read:
        """Read a batch.

        Args:
            ids: (B, T) int64; what stands behind a text's length has no influence.
            lengths: (B,) int64 on the CPU, each at least 1.

        Raises:
            ValueError: If a length is 0: there is no state to give.
        """
        if lengths.min() < 1:
            raise ValueError("a text of 0 tokens has no state; give it one unknown word")
        embedded = self.dropout(self.embedding(ids))  # (B, T, E)
        if self.training and self.embedding_dropout > 0:
            embedded = embedded * channel_mask(
                len(ids),
                self.embedding.embedding_dim,
                share=self.embedding_dropout,
                device=ids.device,
            ).unsqueeze(1)
        read: Read = self.recurrence(embedded, lengths.to(ids.device))
        return read


def pool(read: Read, lengths: Tensor, *, pooling: Pooling, directions: int) -> Tensor:
    """One vector a text: (B, D), or (B, 2 D) for `max_mean`; D is the states' size.

    `last` joins the final states of the top layer's directions; the others go over the
    states at real tokens.

    Args:
        read: From the recurrent layers.
        lengths: (B,) int64.
        pooling: How.
        directions: 1 or 2.
    """
    if pooling == "last":
        return torch.cat(tuple(read.final[-directions:]), dim=1)
    states = read.states  # (B, T, D)
    lengths = lengths.to(states.device).unsqueeze(1)  # (B, 1)
    padding = torch.arange(states.shape[1], device=states.device) >= lengths  # (B, T)
    parts = []
    if pooling in ("max", "max_mean"):
        parts.append(states.masked_fill(padding.unsqueeze(2), float("-inf")).amax(dim=1))
    if pooling in ("mean", "max_mean"):
        parts.append(states.masked_fill(padding.unsqueeze(2), 0).sum(dim=1) / lengths)
    return torch.cat(parts, dim=1)
