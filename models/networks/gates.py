"""The weights of a network one gate at a time, out of the matrices that hold several."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from torch import Tensor, nn

from models.networks.layers import PeepholeLSTM, ResetBeforeGRU
from models.networks.time_aware import ForgettingLSTM, TimeAwareLSTM

_GRU, _LSTM = ("reset", "update", "new"), ("input", "forget", "new", "output")
_OF_TORCH: Mapping[type[nn.Module], Sequence[str]] = {
    nn.RNN: ("new",),
    nn.GRU: _GRU,
    nn.LSTM: _LSTM,
}
_PARTS = {"weight_ih": "W", "weight_hh": "U", "bias_ih": "b of W", "bias_hh": "b of U"}
_TIMED: Mapping[str, tuple[str, Sequence[str]]] = {
    "inputs.weight": ("W", _LSTM),
    "inputs.bias": ("b", _LSTM),
    "states.weight": ("U", _LSTM),
}
_OF_OURS: Mapping[type[nn.Module], Mapping[str, tuple[str, Sequence[str]]]] = {
    ResetBeforeGRU: {
        "inputs.weight": ("W", _GRU),
        "inputs.bias": ("b", _GRU),
        "gates.weight": ("U", _GRU[:2]),
        "new.weight": ("U", _GRU[2:]),
    },
    ForgettingLSTM: _TIMED,
    TimeAwareLSTM: {
        **_TIMED,
        "short_term.weight": ("U", ("short term",)),
        "short_term.bias": ("b", ("short term",)),
    },
    PeepholeLSTM: {
        **_TIMED,
        "peepholes": ("peephole", ("input", "forget", "output")),
    },
}


class GateWeights(NamedTuple):
    """One matrix or vector.

    Attributes:
        layer: Path of the layer in the network.
        gate: Name of the gate; empty where there are none.
        part: W from the input, U from the state, b a bias; else the parameter's own name.
        values: (H, E), (H, H) or (H,), or as the parameter is.
    """

    layer: str
    gate: str
    part: str
    values: Tensor


def weights_by_gate(network: nn.Module) -> list[GateWeights]:
    """All weights in the order of the layers."""
    return list(_weights(network, ""))


def _weights(module: nn.Module, path: str) -> Iterator[GateWeights]:
    for kind, parts in _OF_OURS.items():
        if isinstance(module, kind):
            for name, (part, gates) in parts.items():
                yield from _split(path, part, gates, module.get_parameter(name).detach())
            return
    gates = next((names for kind, names in _OF_TORCH.items() if isinstance(module, kind)), ())
    for name, parameter in module.named_parameters(recurse=False):
        stem, _, number = name.rpartition("_l") if gates else (name, "", "0")
        layer = path if number == "0" else f"{path}, layer {number}"
        part = _PARTS.get(stem, name)
        yield from _split(layer, part, gates or ("",), parameter.detach())
    for name, child in module.named_children():
        yield from _weights(child, f"{path}.{name}" if path else name)


def _split(path: str, part: str, gates: Sequence[str], values: Tensor) -> Iterator[GateWeights]:
    for gate, piece in zip(gates, values.chunk(len(gates)), strict=True):
        shaped = piece.squeeze(0) if part == "peephole" else piece
        yield GateWeights(path, gate, part, shaped)
