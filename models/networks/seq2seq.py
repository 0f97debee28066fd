"""Networks that write one sentence while reading another."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from models.networks.encoders import RecurrentEncoder


@dataclass(frozen=True)
class DecoderState:
    """What the decoder carries from one step to the next.

    Attributes:
        hidden: (layers, B, H), the decoder's state.
    """

    hidden: Tensor

    @property
    def rows(self) -> int:
        """Sentences in the batch."""
        return self.hidden.shape[1]

    @property
    def device(self) -> torch.device:
        """Where the next tokens are wanted."""
        return self.hidden.device

    @property
    def attention(self) -> Tensor | None:
        """None: nothing attends."""
        return None

    def select(self, rows: Tensor) -> "DecoderState":
        """The state of these rows, (R,) int64, in this order."""
        return DecoderState(self.hidden.index_select(1, rows))


class GRUEncoderDecoder(nn.Module):
    """GRU encoder whose final states start a GRU decoder.

    Sutskever et al. 2014, section 2, with the cell of Cho et al. 2014, section 2.3.

    Axes: B batch, S source, T target, H state, V target vocabulary, N real target tokens.

    Args:
        source_vocabulary: Number of source ids.
        target_vocabulary: V.
        layers: Recurrent layers on each side.
        embedding_dim: Size of a word's vector.
        hidden_dim: H.
        dropout: On word vectors, between layers and before the scores.
    """

    def __init__(
        self,
        source_vocabulary: int,
        target_vocabulary: int,
        *,
        layers: int,
        embedding_dim: int,
        hidden_dim: int,
        dropout: float,
    ) -> None:
        super().__init__()
        self.encoder = RecurrentEncoder(
            source_vocabulary,
            embedding_dim=embedding_dim,
            hidden_dim=hidden_dim,
            cell="gru",
            layers=layers,
            bidirectional=False,
            dropout=dropout,
        )
        self.embedding = nn.Embedding(target_vocabulary, embedding_dim)
        self.decoder = nn.GRU(
            embedding_dim,
            hidden_dim,
            num_layers=layers,
            dropout=dropout if layers > 1 else 0.0,
            batch_first=True,
        )
        self.scores = nn.Linear(hidden_dim, target_vocabulary)
        self.dropout = nn.Dropout(dropout)

    def forward(
        self, source: Tensor, source_lengths: Tensor, target_in: Tensor, mask: Tensor
    ) -> Tensor:
        """Score each next target token, given the ones before it.

        Args:
            source: (B, S) int64; what stands behind a length has no influence.
            source_lengths: (B,) int64 on the CPU, each at least 1.
            target_in: (B, T) int64, begin of sentence and then the target.
            mask: (B, T) bool, True on real tokens.

        Returns:
            (N, V) logits of the real positions only, row after row.
        """
        state = self.start(source, source_lengths)
        embedded = self.dropout(self.embedding(target_in))  # (B, T, E)
        states, _ = self.decoder(embedded, state.hidden)  # (B, T, H)
        logits: Tensor = self.scores(self.dropout(states[mask]))
        return logits

    def start(self, source: Tensor, source_lengths: Tensor) -> DecoderState:
        """Read the source; shapes as in :meth:`forward`."""
        return DecoderState(self.encoder(source, source_lengths).final)

    def step(self, tokens: Tensor, state: DecoderState) -> tuple[Tensor, DecoderState]:
        """Score what may follow.

        Args:
            tokens: (B,) int64, the token written last in each row.
            state: From :meth:`start` or the step before.

        Returns:
            (B, V) unnormalised scores and the next state.
        """
        embedded = self.dropout(self.embedding(tokens)).unsqueeze(1)  # (B, 1, E)
        states, hidden = self.decoder(embedded, state.hidden)
        return self.scores(self.dropout(states.squeeze(1))), DecoderState(hidden)
