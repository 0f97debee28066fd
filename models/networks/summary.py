"""What a network is made of: its layers, what each learns, and how that is counted."""

from math import prod
from typing import NamedTuple

from torch import nn


class LayerSummary(NamedTuple):
    """One layer that learns something by itself.

    Attributes:
        name: Its path in the network.
        kind: Its class.
        shapes: Of each parameter, by name.
        count: Numbers that it learns.
        formula: How they are counted, from sizes that stand in the shapes.
    """

    name: str
    kind: str
    shapes: dict[str, tuple[int, ...]]
    count: int
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
        E, H = module.input_size, module.hidden_size  # noqa: N806 - axes
        gates = shapes["weight_hh_l0"][0] // H
        inner = f"{E:,}·{H:,} + {H:,}·{H:,} + 2·{H:,}"
        return f"{gates}·({inner})" if gates > 1 else inner
    products = ["·".join(f"{size:,}" for size in shape) for shape in shapes.values()]
    return " + ".join(product for product in products if product)


def evaluated(formula: str) -> int:
    """The number that a formula of a summary comes to."""
    gates, _, inner = formula.rpartition("·(") if "(" in formula else ("1", "", formula)
    terms = inner.rstrip(")").replace(",", "").split(" + ")
    return int(gates) * sum(prod(map(int, term.split("·"))) for term in terms)
