"""One training step: loss, gradient, clipping, update, and the running average of weights."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, assert_never

import torch
from torch import Tensor, nn
from torch.nn.utils import clip_grad_value_, clip_grads_with_norm_, get_total_norm
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from configs.training import TrainingConfig
from training.device import ResolvedDevice
from training.problems.base import AnyBatch, Problem


@dataclass(frozen=True)
class StepResult:
    """What a step leaves to look at, still on the device.

    Attributes:
        total: () float32, sum of the batch's losses, natural log.
        count: Predictions in that sum.
        gradient_norm: () float32, Euclidean norm of the whole gradient before clipping.
    """

    total: Tensor
    count: int
    gradient_norm: Tensor


class Learner(Generic[AnyBatch]):
    """A network with its optimiser, and with the average of its weights where that is on."""

    def __init__(
        self, problem: Problem[AnyBatch], training: TrainingConfig, *, device: ResolvedDevice
    ) -> None:
        self.device = torch.device(device.device)
        self.network = problem.build_network().to(self.device)
        self._problem = problem
        self._training = training
        self._bf16 = device.precision == "bf16"
        self._parameters = list(self.network.parameters())
        self._optimizer = build_optimizer(training, self._parameters)
        self._average = _average_of(self.network, training.average)

    @property
    def scored(self) -> nn.Module:
        """The network that is validated and kept: the average, where there is one."""
        if self._average is None:
            return self.network
        averaged: nn.Module = self._average.module
        return averaged

    def autocast(self) -> torch.autocast:
        """The precision that forward passes run in."""
        return torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=self._bf16)

    def learn(self, batch: AnyBatch) -> StepResult:
        """Change the weights once, by a batch on the learner's device."""
        self._optimizer.zero_grad(set_to_none=True)
        with self.autocast():
            loss = self._problem.loss(
                self.network, batch, smoothing=self._training.label_smoothing
            )
        (loss.total / loss.count).backward()  # type: ignore[no-untyped-call]
        norm = self._clip()
        self._optimizer.step()
        if self._average is not None:
            self._average.update_parameters(self.network)
        return StepResult(loss.total.detach(), loss.count, norm)

    def _clip(self) -> Tensor:
        """Limit the gradient as the config says; its norm before that."""
        gradients = [p.grad for p in self._parameters if p.grad is not None]
        norm = get_total_norm(gradients)
        if self._training.clip_norm is not None:
            clip_grads_with_norm_(self._parameters, self._training.clip_norm, norm)
        if self._training.clip_value is not None:
            clip_grad_value_(self._parameters, self._training.clip_value)
        return norm

    def is_finite(self) -> bool:
        """Whether all weights are numbers."""
        norm = get_total_norm([parameter.detach() for parameter in self._parameters])
        return bool(torch.isfinite(norm))

    def state(self) -> dict[str, Any]:
        """Everything the learner remembers between steps."""
        return {
            "network": self.network.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "average": self._average.state_dict() if self._average is not None else None,
        }

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Go back to what :meth:`state` returned."""
        self.network.load_state_dict(state["network"])
        self._optimizer.load_state_dict(state["optimizer"])
        if self._average is not None:
            self._average.load_state_dict(state["average"])


def build_optimizer(
    training: TrainingConfig, parameters: Iterable[nn.Parameter]
) -> torch.optim.Optimizer:
    """The update rule of the config, in one kernel over all parameters where torch has it."""
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


def _average_of(network: nn.Module, decay: float) -> AveragedModel | None:
    """An exponential moving average of the network's weights; None where decay is 0."""
    if decay == 0:
        return None
    average = AveragedModel(
        network,
        multi_avg_fn=get_ema_multi_avg_fn(decay),  # type: ignore[no-untyped-call]
        use_buffers=True,
    )
    for module in average.modules():
        if isinstance(module, nn.RNNBase):
            module.flatten_parameters()
    return average
