"""The recurrent cells that a network may be built of."""

from typing import Literal, TypeAlias

from torch import Tensor, nn

CellName: TypeAlias = Literal["lstm", "gru"]
Recurrence: TypeAlias = nn.LSTM | nn.GRU


def recurrence(
    cell: CellName,
    input_dim: int,
    *,
    hidden_dim: int,
    layers: int,
    bidirectional: bool,
    dropout: float,
) -> Recurrence:
    """A stack of recurrent layers over (B, T, input_dim), dropout between the layers."""
    kind: type[nn.LSTM] | type[nn.GRU] = {"lstm": nn.LSTM, "gru": nn.GRU}[cell]
    return kind(
        input_dim,
        hidden_dim,
        num_layers=layers,
        bidirectional=bidirectional,
        dropout=dropout if layers > 1 else 0.0,
        batch_first=True,
    )


def hidden_state(state: Tensor | tuple[Tensor, Tensor]) -> Tensor:
    """The hidden half, (layers * directions, B, H), of what a recurrence carries on."""
    return state[0] if isinstance(state, tuple) else state
