"""Networks that score what comes next in a text."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.networks.layers import FusedLayer, LayerName, RecurrentLayer, State, layer_of
from models.networks.state import DecoderState


class RecurrentLanguageModel(nn.Module):
    """Vectors of characters or words, recurrent layers, and scores of the next one.

    The state goes in and comes out, so that a text may be read piece by piece.

    Axes: B batch, T time, L layers, H state, V vocabulary, R rows being written.

    Args:
        vocabulary: V.
        cell: Kind of the recurrent layers.
        layers: L.
        embedding_dim: Size of a vector.
        hidden_dim: H.
        dropout: On vectors (the same entries at every place of a batch), between layers and
            before the scores.
        recurrent_dropout: Between the states of a layer; see the layers.
    """

    def __init__(
        self,
        vocabulary: int,
        *,
        cell: LayerName,
        layers: int,
        embedding_dim: int,
        hidden_dim: int,
        dropout: float,
        recurrent_dropout: float,
    ) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, embedding_dim)
        sizes = [embedding_dim] + [hidden_dim] * (layers - 1)
        self.layers = nn.ModuleList(
            layer_of(cell, E, hidden_dim=hidden_dim, recurrent_dropout=recurrent_dropout)
            for E in sizes
        )
        self.hidden_dim = hidden_dim
        self.dropout = nn.Dropout(dropout)
        self.scores = nn.Linear(hidden_dim, vocabulary)

    def start(self, rows: int) -> State:
        """The state before any text: (rows, L, H) zeros, for LSTMs two."""
        weight = self.scores.weight
        size = (rows, len(self.layers), self.hidden_dim)
        parts = self._layers()[0].parts
        return tuple(weight.new_zeros(size) for _ in range(parts))

    def forward(self, ids: Tensor, state: State) -> tuple[Tensor, State]:
        """Score what follows each place.

        Args:
            ids: (B, T) int64.
            state: (B, L, H) each, from :meth:`start` or the piece before.

        Returns:
            (B, T, V) logits, and the state after the piece.
        """
        vectors = self.dropout(self.embedding.weight)  # (V, E)
        states = torch.empty(0)
        after: list[State] = []
        for number, layer in enumerate(self._layers()):
            before = tuple(part[:, number].contiguous() for part in state)
            if number == 0:
                states, of_layer = read(layer, vectors, ids, before)  # (B, T, H)
            else:
                states, of_layer = layer(states, before)
            states = self.dropout(states)
            after.append(of_layer)
        logits: Tensor = self.scores(states)
        return logits, tuple(torch.stack(parts, dim=1) for parts in zip(*after, strict=True))

    def step(self, tokens: Tensor, state: DecoderState) -> tuple[Tensor, DecoderState]:
        """(R, V) scores of what may follow the (R,) tokens, and the next state."""
        logits, written = self(tokens.unsqueeze(1), state.written)
        return logits.squeeze(1), state.after(*written, attention=None)

    def writing(self, state: State) -> DecoderState:
        """A state to write on from."""
        nothing = torch.zeros(len(state[0]), 0, dtype=torch.bool, device=state[0].device)
        return DecoderState(written=state, read=(), mask=nothing)

    def _layers(self) -> list[RecurrentLayer]:
        return list(self.layers)  # type: ignore[arg-type]


def read(
    layer: RecurrentLayer, vectors: Tensor, ids: Tensor, state: State
) -> tuple[Tensor, State]:
    """(B, T, H) states over the vectors of (B, T) ids, and the state after the last."""
    if isinstance(layer, FusedLayer):
        return layer.read(vectors, ids, state)
    return layer.forward(F.embedding(ids, vectors), state)
