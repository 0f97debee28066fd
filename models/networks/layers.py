"""Recurrent layers that carry a state from one piece of text to the next, one class per cell.

Those that torch has run on its fused kernels; the others go step by step, with the inputs'
share of all gates in one product.

Axes: B batch, T time, E input, H state.
"""

from typing import Literal, TypeAlias

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional as F

from models.networks.gru_recurrence import gru_recurrence, own_way_pays

LayerName: TypeAlias = Literal[
    "rnn_tanh", "rnn_relu", "lstm", "gru", "gru_reset_before", "peephole_lstm"
]
State: TypeAlias = tuple[Tensor, ...]
"""(B, H) each: the state, and of LSTMs the memory."""


class FusedLayer(nn.Module):
    """A layer of torch's own: `rnn_tanh`, `rnn_relu`, `lstm` or `gru`.

    Torch's GRU applies the reset gate after the product with the state, as Keras and cuDNN do.

    Args:
        cell: Which one.
        input_dim: E.
        hidden_dim: H.
        recurrent_dropout: Share of the weights between states that are dropped for a whole
            batch in training (Merity et al. 2017, section 2).
    """

    def __init__(
        self, cell: LayerName, input_dim: int, *, hidden_dim: int, recurrent_dropout: float
    ) -> None:
        super().__init__()
        self.layer: nn.RNN | nn.LSTM | nn.GRU
        if cell == "lstm":
            self.layer = nn.LSTM(input_dim, hidden_dim, batch_first=True)
        elif cell == "gru":
            self.layer = nn.GRU(input_dim, hidden_dim, batch_first=True)
        else:
            activation = cell.removeprefix("rnn_")
            self.layer = nn.RNN(
                input_dim, hidden_dim, batch_first=True, nonlinearity=activation
            )
        self.cell = cell
        self.parts = 2 if cell == "lstm" else 1
        self.recurrent_dropout = recurrent_dropout

    @property
    def has_own_way(self) -> bool:
        """Whether :func:`gru_recurrence` does the same in less time, here and now."""
        return self.cell == "gru" and own_way_pays(self.layer.weight_hh_l0)  # type: ignore[arg-type]

    def read(self, vectors: Tensor, ids: Tensor, state: State) -> tuple[Tensor, State]:
        """The same as of the vectors that (B, T) ids stand for, out of few different ones.

        On its own way each vector is multiplied by the weights once, not at every place.

        Args:
            vectors: (V, E).
            ids: (B, T) int64.
            state: As in :meth:`forward`.
        """
        if not self.has_own_way:
            return self.forward(F.embedding(ids, vectors), state)
        table = F.linear(vectors, self.layer.weight_ih_l0, self.layer.bias_ih_l0)  # type: ignore[arg-type]
        return self._own_way(F.embedding(ids.t(), table), state)

    def forward(self, inputs: Tensor, state: State) -> tuple[Tensor, State]:
        """(B, T, H) states over (B, T, E) inputs, and the state after the last."""
        if self.has_own_way:
            weight, bias = self.layer.weight_ih_l0, self.layer.bias_ih_l0
            return self._own_way(F.linear(inputs.transpose(0, 1), weight, bias), state)  # type: ignore[arg-type]
        before = tuple(part.unsqueeze(0) for part in state)
        hidden = before if self.parts > 1 else before[0]
        weights = {"weight_hh_l0": self._weight()} if self._drops else {}
        states, after = functional_call(self.layer, weights, (inputs, hidden))
        parts = after if self.parts > 1 else (after,)
        return states, tuple(part.squeeze(0) for part in parts)

    def _own_way(self, gates: Tensor, state: State) -> tuple[Tensor, State]:
        bias: Tensor = self.layer.bias_hh_l0  # type: ignore[assignment]
        states = gru_recurrence(gates, state[0], self._weight(), bias)  # (T, B, H)
        return states.transpose(0, 1), (states[-1],)

    @property
    def _drops(self) -> bool:
        return self.training and self.recurrent_dropout > 0

    def _weight(self) -> Tensor:
        """(3H, H) or alike, from state to gates, with some entries dropped in training."""
        weight: Tensor = self.layer.weight_hh_l0  # type: ignore[assignment]
        return F.dropout(weight, self.recurrent_dropout) if self._drops else weight


class ResetBeforeGRU(nn.Module):
    """A GRU whose reset gate applies to the state before the product: Cho et al. 2014, 2.3.

    Args:
        input_dim: E.
        hidden_dim: H.
        recurrent_dropout: Share of the state that the products do not see, the same for all
            steps of a row (Gal and Ghahramani 2016, section 4).
    """

    parts = 1

    def __init__(self, input_dim: int, *, hidden_dim: int, recurrent_dropout: float) -> None:
        super().__init__()
        self.inputs = nn.Linear(input_dim, 3 * hidden_dim)  # reset, update, new
        self.gates = nn.Linear(hidden_dim, 2 * hidden_dim, bias=False)
        self.new = nn.Linear(hidden_dim, hidden_dim, bias=False)
        self.recurrent_dropout = recurrent_dropout
        _initialise(self, hidden_dim)

    def forward(self, inputs: Tensor, state: State) -> tuple[Tensor, State]:
        """(B, T, H) states over (B, T, E) inputs, and the state after the last."""
        (hidden,) = state
        mask = state_mask(hidden, share=self.recurrent_dropout if self.training else 0.0)
        states = []
        for of_input in self.inputs(inputs).unbind(1):  # (B, 3H)
            of_gates, of_new = of_input.tensor_split([2 * hidden.shape[1]], dim=1)
            seen = hidden if mask is None else hidden * mask
            reset, update = torch.sigmoid(of_gates + self.gates(seen)).chunk(2, dim=1)
            new = torch.tanh(of_new + self.new(reset * seen))
            hidden = torch.lerp(new, hidden, update)
            states.append(hidden)
        return torch.stack(states, dim=1), (hidden,)


class PeepholeLSTM(nn.Module):
    """An LSTM whose gates see the memory: Gers and Schmidhuber 2000.

    Input and forget gate see the memory before the step, the output gate the one after it.

    Args:
        input_dim: E.
        hidden_dim: H.
        recurrent_dropout: As in :class:`ResetBeforeGRU`.
    """

    parts = 2

    def __init__(self, input_dim: int, *, hidden_dim: int, recurrent_dropout: float) -> None:
        super().__init__()
        self.inputs = nn.Linear(input_dim, 4 * hidden_dim)  # input, forget, new, output
        self.states = nn.Linear(hidden_dim, 4 * hidden_dim, bias=False)
        self.peepholes = nn.Parameter(torch.empty(3, hidden_dim))  # input, forget, output
        self.recurrent_dropout = recurrent_dropout
        _initialise(self, hidden_dim)

    def forward(self, inputs: Tensor, state: State) -> tuple[Tensor, State]:
        """(B, T, H) states over (B, T, E) inputs, and state and memory after the last."""
        hidden, memory = state
        mask = state_mask(hidden, share=self.recurrent_dropout if self.training else 0.0)
        to_input, to_forget, to_output = self.peepholes
        states = []
        for of_input in self.inputs(inputs).unbind(1):  # (B, 4H)
            seen = hidden if mask is None else hidden * mask
            enter, forget, new, leave = (of_input + self.states(seen)).chunk(4, dim=1)
            enter = torch.sigmoid(enter + to_input * memory)
            forget = torch.sigmoid(forget + to_forget * memory)
            memory = forget * memory + enter * torch.tanh(new)
            hidden = torch.sigmoid(leave + to_output * memory) * torch.tanh(memory)
            states.append(hidden)
        return torch.stack(states, dim=1), (hidden, memory)


RecurrentLayer: TypeAlias = FusedLayer | ResetBeforeGRU | PeepholeLSTM


def layer_of(
    cell: LayerName, input_dim: int, *, hidden_dim: int, recurrent_dropout: float
) -> RecurrentLayer:
    """A layer of the cell."""
    if cell == "gru_reset_before":
        return ResetBeforeGRU(
            input_dim, hidden_dim=hidden_dim, recurrent_dropout=recurrent_dropout
        )
    if cell == "peephole_lstm":
        return PeepholeLSTM(
            input_dim, hidden_dim=hidden_dim, recurrent_dropout=recurrent_dropout
        )
    return FusedLayer(
        cell, input_dim, hidden_dim=hidden_dim, recurrent_dropout=recurrent_dropout
    )


def state_mask(state: Tensor, *, share: float) -> Tensor | None:
    """(B, H) factors for all steps: 0 with probability `share`, else 1 / (1 - share)."""
    if share == 0:
        return None
    return F.dropout(torch.ones_like(state), share)


def _initialise(layer: nn.Module, hidden_dim: int) -> None:
    """As torch's own layers: every entry within the root of one over H."""
    for parameter in layer.parameters():
        nn.init.uniform_(parameter, -(hidden_dim**-0.5), hidden_dim**-0.5)
