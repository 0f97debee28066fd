"""What a network is made of: its layers, what each learns, and how that is counted."""

from typing import NamedTuple

from torch import nn


class LayerSummary(NamedTuple):
    """One layer that learns something by itself.

    Attributes:
        name: Its path in the network.
        kind: Its class.
        shapes: Of each parameter, by name.
        numbers: How many it learns.
        formula: How they are counted, from sizes that stand in the shapes.
    """

    name: str
    kind: str
    shapes: dict[str, tuple[int, ...]]
    numbers: int
    formula: str


def summarised(network: nn.Module) -> list[LayerSummary]:
    """The layers in their order; a parameter that two share is counted with the first."""
    seen: set[int] = set()
    layers = []
    for name, module in network.named_modules():
        own = {n: p for n, p in module.named_parameters(recurse=False) if id(p) not in seen}
        seen |= {id(parameter) for parameter in own.values()}
        if own:
            shapes = {n: tuple(parameter.shape) for n, parameter in own.items()}
            count = sum(parameter.numel() for parameter in own.values())
            kind = type(module).__name__
            layers.append(LayerSummary(name, kind, shapes, count, _formula(module, shapes)))
    return layers


def _formula(module: nn.Module, shapes: dict[str, tuple[int, ...]]) -> str:
    if isinstance(module, nn.RNNBase):
        H = module.hidden_size  # noqa: N806 - an axis
        gates = shapes["weight_hh_l0"][0] // H
        sizes = (module.input_size, *[H] * (module.num_layers - 1))
        return " + ".join(f"{gates}·({E:,}·{H:,} + {H:,}·{H:,} + 2·{H:,})" for E in sizes)
    products = ["·".join(f"{size:,}" for size in shape) for shape in shapes.values()]
    return " + ".join(product for product in products if product)
