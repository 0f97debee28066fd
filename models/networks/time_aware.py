"""LSTMs whose memory fades with the time since the event before, step by step.

Axes: B batch, T time, E input, H state.
"""

import math
from typing import TypeAlias

import torch
from torch import Tensor, nn


class ForgettingLSTM(nn.Module):
    """An LSTM whose forget gate is multiplied by 1 / (1 + gap).

    Args:
        input_dim: E.
        hidden_dim: H.
    """

    def __init__(self, input_dim: int, hidden_dim: int) -> None:
        super().__init__()
        self.inputs = nn.Linear(input_dim, 4 * hidden_dim)  # input, forget, new, output
        self.states = nn.Linear(hidden_dim, 4 * hidden_dim, bias=False)
        _initialise(self, hidden_dim)

    def forward(self, inputs: Tensor, gaps: Tensor) -> Tensor:
        """(B, T, H) states over (B, T, E) inputs and (B, T) gaps, which are at least 0."""
        kept = (1 / (1 + gaps)).unsqueeze(2).unbind(1)
        hidden = memory = inputs.new_zeros(len(inputs), self.states.in_features)
        states = []
        for of_input, share in zip(self.inputs(inputs).unbind(1), kept, strict=True):
            enter, forget, new, leave = (of_input + self.states(hidden)).chunk(4, dim=1)
            memory = torch.sigmoid(forget) * share * memory
            memory = memory + torch.sigmoid(enter) * torch.tanh(new)
            hidden = torch.sigmoid(leave) * torch.tanh(memory)
            states.append(hidden)
        return torch.stack(states, dim=1)


class TimeAwareLSTM(nn.Module):
    """The T-LSTM of Baytas et al. 2017, section 3.1: short-term memory fades with the gap.

    Before each step the memory is cut into a short-term part, tanh of a product of its own, and
    the rest; the first is multiplied by 1 / log(e + gap), which the paper takes for long times.

    Args:
        input_dim: E.
        hidden_dim: H.
    """

    def __init__(self, input_dim: int, hidden_dim: int) -> None:
        super().__init__()
        self.inputs = nn.Linear(input_dim, 4 * hidden_dim)  # input, forget, new, output
        self.states = nn.Linear(hidden_dim, 4 * hidden_dim, bias=False)
        self.short_term = nn.Linear(hidden_dim, hidden_dim)
        _initialise(self, hidden_dim)

    def forward(self, inputs: Tensor, gaps: Tensor) -> Tensor:
        """(B, T, H) states over (B, T, E) inputs and (B, T) gaps, which are at least 0."""
        faded = (1 - 1 / torch.log(math.e + gaps)).unsqueeze(2).unbind(1)
        hidden = memory = inputs.new_zeros(len(inputs), self.states.in_features)
        states = []
        for of_input, share in zip(self.inputs(inputs).unbind(1), faded, strict=True):
            memory = memory - share * torch.tanh(self.short_term(memory))
            enter, forget, new, leave = (of_input + self.states(hidden)).chunk(4, dim=1)
            memory = torch.sigmoid(forget) * memory + torch.sigmoid(enter) * torch.tanh(new)
            hidden = torch.sigmoid(leave) * torch.tanh(memory)
            states.append(hidden)
        return torch.stack(states, dim=1)


TimedLayer: TypeAlias = ForgettingLSTM | TimeAwareLSTM


def _initialise(layer: nn.Module, hidden_dim: int) -> None:
    """As torch's own layers: every entry within the root of one over H."""
    for parameter in layer.parameters():
        nn.init.uniform_(parameter, -(hidden_dim**-0.5), hidden_dim**-0.5)
