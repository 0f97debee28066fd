"""Embedded and recurrent reading of texts of unequal lengths: padding never enters."""

from typing import Literal, NamedTuple, TypeAlias

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from models.networks.cells import CellName, hidden_state, recurrence
from models.networks.dropouts import channel_mask

Pooling: TypeAlias = Literal["last", "max", "mean", "max_mean"]


class Encoded(NamedTuple):
    """What a recurrence made of a batch.

    Attributes:
        states: The states at every real token, packed.
        final: (layers * directions, B, H), the hidden state after each text's last token
            (of the backward direction: after its first).
    """

    states: PackedSequence
    final: Tensor


class RecurrentEncoder(nn.Module):
    """Word vectors read by a recurrence; only real tokens are embedded and read.

    Axes: B batch, T time, E embedding, H state of one direction, N real tokens.

    Args:
        vocabulary: Number of ids.
        embedding_dim: E.
        hidden_dim: H.
        cell: Kind of the recurrence.
        layers: Recurrent layers.
        bidirectional: Read from both ends.
        dropout: On word vectors and between layers, share 0 to 1.
        embedding_dropout: Whole channels of all of a text's vectors, share 0 to 1.
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
    ) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, embedding_dim)
        self.dropout = nn.Dropout(dropout)
        self.embedding_dropout = embedding_dropout
        self.recurrence = recurrence(
            cell,
            embedding_dim,
            hidden_dim=hidden_dim,
            layers=layers,
            bidirectional=bidirectional,
            dropout=dropout,
        )
        self.output_dim = hidden_dim * (2 if bidirectional else 1)

    def forward(self, ids: Tensor, lengths: Tensor) -> Encoded:
        """Read a batch.

        Args:
            ids: (B, T) int64; what stands behind a text's length is never looked at.
            lengths: (B,) int64 on the CPU, each at least 1.
        """
        words = pack_padded_sequence(ids, lengths, batch_first=True, enforce_sorted=False)
        embedded = self.dropout(self.embedding(words.data))  # (N, E)
        if self.training and self.embedding_dropout > 0:
            embedded = embedded * self._channels_of(ids, lengths)
        states, final = self.recurrence(words._replace(data=embedded))
        return Encoded(states, hidden_state(final))

    def _channels_of(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """(N, E) factors, equal for all words of a text."""
        texts = torch.arange(len(ids), device=ids.device).unsqueeze(1).expand_as(ids)
        text_of = pack_padded_sequence(texts, lengths, batch_first=True, enforce_sorted=False)
        mask = channel_mask(
            len(ids),
            self.embedding.embedding_dim,
            share=self.embedding_dropout,
            device=ids.device,
        )
        return mask[text_of.data]


def pool(encoded: Encoded, *, pooling: Pooling, bidirectional: bool) -> Tensor:
    """One vector a text: (B, D), or (B, 2 D) for `max_mean`; D is the states' size.

    `last` joins the final states of the top layer's directions; the others go over the
    states at real tokens.
    """
    if pooling == "last":
        top = encoded.final[-2:] if bidirectional else encoded.final[-1:]
        return torch.cat(tuple(top), dim=1)
    states, lengths = pad_packed_sequence(encoded.states, batch_first=True)  # (B, T, D)
    lengths = lengths.to(states.device)
    positions = torch.arange(states.shape[1], device=states.device)
    padding = (positions >= lengths.unsqueeze(1)).unsqueeze(2)  # (B, T, 1)
    parts = []
    if pooling in ("max", "max_mean"):
        parts.append(states.masked_fill(padding, float("-inf")).amax(dim=1))
    if pooling in ("mean", "max_mean"):
        parts.append(states.masked_fill(padding, 0).sum(dim=1) / lengths.unsqueeze(1))
    return torch.cat(parts, dim=1)
