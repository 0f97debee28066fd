"""Update rules of the config, for dense gradients and for sparse ones."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias, assert_never

import torch
from torch import nn

from configs.training import TrainingConfig


class RowAdam(torch.optim.Optimizer):
    """Adam for gradients of a few rows: a row's averages stand still while it has none.

    The numbers of torch's SparseAdam, worked out on the rows alone instead of on sparse
    tensors, in less than half the time. Weight decay and clipping are not for it.

    Args:
        parameters: Matrices whose gradients are sparse in their first dimension.
        lr: Step size.
    """

    def __init__(self, parameters: Iterable[torch.Tensor], *, lr: float) -> None:
        super().__init__(parameters, {"lr": lr, "betas": (0.9, 0.999), "eps": 1e-8})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """Move the rows that have a gradient."""
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    self._move(parameter, group)

    def _move(self, parameter: nn.Parameter, group: Mapping[str, Any]) -> None:
        state, (first, second) = self.state[parameter], group["betas"]
        if not state:
            zeros = torch.zeros_like(parameter, memory_format=torch.preserve_format)
            state.update(step=0, exp_avg=zeros, exp_avg_sq=zeros.clone())
        state["step"] += 1
        assert parameter.grad is not None
        gradient = parameter.grad.coalesce()
        rows, values = gradient.indices()[0], gradient.values()  # (R,), (R, H)
        mean = state["exp_avg"].index_select(0, rows).lerp_(values, 1 - first)
        square = state["exp_avg_sq"].index_select(0, rows)
        square.mul_(second).addcmul_(values, values, value=1 - second)
        state["exp_avg"].index_copy_(0, rows, mean)
        state["exp_avg_sq"].index_copy_(0, rows, square)
        size = group["lr"] * (1 - second ** state["step"]) ** 0.5 / (1 - first ** state["step"])
        move = mean.div_(square.sqrt_().add_(group["eps"]))
        parameter.index_add_(0, rows, move, alpha=-size)


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

    Parameters that get sparse gradients are updated by :class:`RowAdam`.
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
    return Both(_of_dense(training, dense), RowAdam(sparse, lr=training.learning_rate))


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
