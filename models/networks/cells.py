"""Recurrent layers over texts of unequal lengths, exact without packing.

On a processor, a padded batch of about one length trains two to three times as fast as a
packed one; padding only has to come after everything real, in both directions.
"""

from typing import Literal, NamedTuple, TypeAlias

import torch
from torch import Tensor, nn

CellName: TypeAlias = Literal["lstm", "gru"]


class Read(NamedTuple):
    """What recurrent layers made of a batch.

    Attributes:
        states: (B, T, D), the top layer's states; behind a text's length they mean nothing.
        final: (layers * directions, B, H), the state of each layer and direction after its
            last token: of a backward direction that is the text's first. Where layers differ
            in size, of the top one alone.
    """

    states: Tensor
    final: Tensor


class Recurrence(nn.Module):
    """A stack of recurrent layers, with dropout between them.

    Axes: B batch, T time, E input, H state of one direction, D all directions' states.

    A backward direction reads each text from its own last token on, so what stands behind a
    text's length is read after the text, and no state of a real token knows of it.

    Args:
        cell: Kind of the layers.
        input_dim: E.
        hidden_dim: H.
        layers: Number of layers.
        bidirectional: Read from both ends.
        dropout: Between layers, share 0 to 1.
        halving: Let each layer have half the state of the one below; H is the first one's.
    """

    def __init__(
        self,
        cell: CellName,
        input_dim: int,
        *,
        hidden_dim: int,
        layers: int,
        bidirectional: bool,
        dropout: float,
        halving: bool = False,
    ) -> None:
        super().__init__()
        kind: type[nn.LSTM] | type[nn.GRU] = {"lstm": nn.LSTM, "gru": nn.GRU}[cell]
        self.directions = 2 if bidirectional else 1
        states = [hidden_dim >> layer if halving else hidden_dim for layer in range(layers)]
        self.output_dim = states[-1] * self.directions
        below = [input_dim, *(self.directions * state for state in states[:-1])]
        sizes = list(zip(below, states, strict=True))
        self.forwards = nn.ModuleList(kind(E, H, batch_first=True) for E, H in sizes)
        self.backwards = nn.ModuleList(
            kind(E, H, batch_first=True) for E, H in sizes if bidirectional
        )
        self.kept = 1 if halving else layers
        self.dropout = nn.Dropout(dropout)

    def forward(self, inputs: Tensor, lengths: Tensor) -> Read:
        """Read a batch.

        Args:
            inputs: (B, T, E); what stands behind a text's length has no influence.
            lengths: (B,) int64 on the inputs' device, each at least 1.
        """
        last = lengths - 1
        finals = []
        states = inputs
        for number, reader in enumerate(self.forwards):
            below = self.dropout(states) if number else states
            states, _ = reader(below)
            finals.append(_at(states, last))
            if self.backwards:
                turned, _ = self.backwards[number](_turned(below, last))
                finals.append(_at(turned, last))
                states = torch.cat([states, _turned(turned, last)], dim=2)
        return Read(states, torch.stack(finals[-self.kept * self.directions :]))


def _at(states: Tensor, places: Tensor) -> Tensor:
    """(B, H): the state of each row at its place."""
    return states[torch.arange(len(states), device=states.device), places]


def _turned(states: Tensor, last: Tensor) -> Tensor:
    """The same shape, each row's real tokens in the opposite order; padding stays behind."""
    places = torch.arange(states.shape[1], device=states.device)
    mirrored = last.unsqueeze(1) - places  # (B, T)
    source = torch.where(mirrored >= 0, mirrored, places)
    return states.gather(1, source.unsqueeze(2).expand_as(states))
