"""Update rules of the config, for dense gradients and for sparse ones."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias, assert_never

import torch
from torch import nn

from configs.training import TrainingConfig


class Both:
    """Two optimisers that step together."""

    def __init__(self, first: torch.optim.Optimizer, second: torch.optim.Optimizer) -> None:
        self._each = (first, second)

    @property
    def param_groups(self) -> list[dict[str, Any]]:
        """Those of both."""
        return [group for each in self._each for group in each.param_groups]

    def zero_grad(self, set_to_none: bool = True) -> None:  # noqa: FBT001, FBT002 - as torch's
        """Forget the gradients."""
        for each in self._each:
            each.zero_grad(set_to_none)

    def step(self) -> None:
        """Move all parameters."""
        for each in self._each:
            each.step()

    def state_dict(self) -> dict[str, Any]:
        """What both remember."""
        first, second = (each.state_dict() for each in self._each)
        return {"first": first, "second": second}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go back to what :meth:`state_dict` returned."""
        for each, name in zip(self._each, ("first", "second"), strict=True):
            each.load_state_dict(state[name])


Optimizer: TypeAlias = torch.optim.Optimizer | Both


def build_optimizer(training: TrainingConfig, network: nn.Module) -> Optimizer:
    """The update rule of the config, in one kernel over all parameters where torch has it.

    Parameters that get sparse gradients are updated by torch's Adam for those: a row moves only
    where it has a gradient, its averages stand still meanwhile.
    """
    sparse = [
        module.weight
        for module in network.modules()
        if isinstance(module, nn.Embedding | nn.EmbeddingBag) and module.sparse
    ]
    if not sparse:
        return _of_dense(training, network.parameters())
    known = {id(parameter) for parameter in sparse}
    dense = [parameter for parameter in network.parameters() if id(parameter) not in known]
    return Both(
        _of_dense(training, dense), torch.optim.SparseAdam(sparse, lr=training.learning_rate)
    )


def _of_dense(
    training: TrainingConfig, parameters: Iterable[nn.Parameter]
) -> torch.optim.Optimizer:
    rate, decay = training.learning_rate, training.weight_decay
    match training.optimizer:
        case "adam":
            return torch.optim.Adam(parameters, lr=rate, weight_decay=decay, fused=True)
        case "adamw":
            return torch.optim.AdamW(parameters, lr=rate, weight_decay=decay, fused=True)
        case "rmsprop":
            return torch.optim.RMSprop(parameters, lr=rate, weight_decay=decay)
        case "sgd":
            return torch.optim.SGD(parameters, lr=rate, weight_decay=decay, fused=True)
        case _:
            assert_never(training.optimizer)
