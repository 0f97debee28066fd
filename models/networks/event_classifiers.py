"""Networks that give one score per class to a sequence of events and the times between them."""

from typing import Literal, NamedTuple, TypeAlias

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.networks.time_aware import ForgettingLSTM, TimeAwareLSTM, TimedLayer

TimeName: TypeAlias = Literal["none", "concatenated", "convolution", "forget_gate", "decay"]


class EventScores(NamedTuple):
    """Scores of a batch.

    Attributes:
        main: (B, K) logits.
        auxiliary: (B, K) logits straight from the final state; None without that output.
    """

    main: Tensor
    auxiliary: Tensor | None


class EventClassifier(nn.Module):
    """An LSTM over events and gaps, a dense layer, and a score per class.

    Axes: B batch, T time, E an event's vector, H state, K classes.

    Args:
        events: Number of ids.
        classes: K.
        time: How gaps are read: not at all; their logarithm beside the event's vector; the
            same mixed by a 1x1 convolution of E channels; in the forget gate; or as decay.
        gap_scale: What gaps are divided by first.
        embedding_dim: E.
        hidden_dim: H.
        dense_dim: Size of the dense layer.
        dropout: On vectors, before and after the dense layer.
        auxiliary: Whether the final state is scored by itself too.
    """

    def __init__(  # noqa: PLR0913 - networks take plain numbers; the config stops at the builder
        self,
        events: int,
        classes: int,
        *,
        time: TimeName,
        gap_scale: float,
        embedding_dim: int,
        hidden_dim: int,
        dense_dim: int,
        dropout: float,
        auxiliary: bool,
    ) -> None:
        super().__init__()
        self.time: TimeName = time
        self.gap_scale = gap_scale
        self.embedding = nn.Embedding(events, embedding_dim)
        nn.init.normal_(self.embedding.weight, std=0.1)
        self.mixed: nn.Conv1d | None = None
        if time == "convolution":
            self.mixed = nn.Conv1d(embedding_dim + 1, embedding_dim, kernel_size=1)
        input_dim = embedding_dim + (1 if time == "concatenated" else 0)
        self.recurrence = _layer(time, input_dim, hidden_dim)
        self.dense = nn.Linear(hidden_dim, dense_dim)
        self.scores = nn.Linear(dense_dim, classes)
        self.auxiliary = nn.Linear(hidden_dim, classes) if auxiliary else None
        self.dropout = nn.Dropout(dropout)

    def forward(self, ids: Tensor, lengths: Tensor, gaps: Tensor) -> EventScores:
        """Score a batch.

        Args:
            ids: (B, T) int64; what stands behind a sequence's length has no influence.
            lengths: (B,) int64 on the CPU, each at least 1.
            gaps: (B, T) float32, at least 0.

        Raises:
            ValueError: If a length is 0: there is no state to score.
        """
        if lengths.min() < 1:
            raise ValueError("a sequence of 0 events has no state; give it one unknown event")
        gaps = gaps / self.gap_scale
        vectors = self.dropout(self.embedding(ids))  # (B, T, E)
        if self.time in ("concatenated", "convolution"):
            vectors = torch.cat([vectors, gaps.log1p().unsqueeze(2)], dim=2)  # (B, T, E + 1)
        if self.mixed is not None:
            vectors = F.relu(self.mixed(vectors.transpose(1, 2))).transpose(1, 2)  # (B, T, E)
        if isinstance(self.recurrence, nn.LSTM):
            states, _ = self.recurrence(vectors)  # (B, T, H)
        else:
            states = self.recurrence(vectors, gaps)
        last = lengths.to(states.device) - 1
        final = states[torch.arange(len(states), device=states.device), last]  # (B, H)
        dense = self.dropout(F.relu(self.dense(self.dropout(final))))
        straight = None if self.auxiliary is None else self.auxiliary(final)
        return EventScores(self.scores(dense), straight)


def _layer(time: TimeName, input_dim: int, hidden_dim: int) -> nn.LSTM | TimedLayer:
    if time == "forget_gate":
        return ForgettingLSTM(input_dim, hidden_dim)
    if time == "decay":
        return TimeAwareLSTM(input_dim, hidden_dim)
    return nn.LSTM(input_dim, hidden_dim, batch_first=True)
