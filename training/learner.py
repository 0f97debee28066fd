"""Training steps: loss, gradient, clipping, update, and averages of the weights."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Generic

import torch
from torch import Tensor, nn
from torch.nn.utils import clip_grad_value_, clip_grads_with_norm_, get_total_norm

from configs.training import TrainingConfig
from training.averages import LastEpochs, moving_average
from training.device import ResolvedDevice
from training.optimizers import build_optimizer
from training.problems.base import AnyBatch, LossOptions, Problem


@dataclass(frozen=True)
class StepResult:
    """What a batch leaves to look at, still on the device.

    Attributes:
        total: () float32, sum of the batch's losses, natural log.
        count: Predictions in that sum.
        gradient_norm: () float32, Euclidean norm of the whole gradient before clipping; of the
            group's batches so far, where several make one step.
    """

    total: Tensor
    count: int
    gradient_norm: Tensor


@dataclass
class _Group:
    """The batches whose gradients make one step together, as far as they are learned.

    Their losses are sums, and only the last batch brings the count to divide by. Until then
    all are divided by the first one's count, so that a lone batch needs no second division.

    Attributes:
        first: Predictions of the first batch; 0 before it.
        count: Predictions of all.
    """

    first: int = 0
    count: int = 0


class Learner(Generic[AnyBatch]):
    """A network with its optimiser, and with an average of its weights where one is on."""

    def __init__(
        self, problem: Problem[AnyBatch], training: TrainingConfig, *, device: ResolvedDevice
    ) -> None:
        self.device = torch.device(device.device)
        self.network = problem.build_network().to(self.device)
        self._problem = problem
        self._training = training
        self._bf16 = device.precision == "bf16"
        self._parameters = list(self.network.parameters())
        self._optimizer = build_optimizer(training, self.network)
        self._group = _Group()
        self._carried: tuple[Tensor, ...] = ()
        self._moving = moving_average(self.network, training.average)
        last = training.average_last
        self._last = LastEpochs(self.network, epochs=last) if last else None

    @property
    def scored(self) -> nn.Module:
        """The network that is validated and kept: the average, where there is one."""
        if self._moving is not None:
            averaged: nn.Module = self._moving.module
            return averaged
        return self.network if self._last is None else self._last.network

    def autocast(self) -> torch.autocast:
        """The precision that forward passes run in."""
        return torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=self._bf16)

    def learn(
        self,
        batch: AnyBatch,
        *,
        rate: float | None = None,
        own_words: float = 0.0,
        step: bool = True,
    ) -> StepResult:
        """Learn from a batch on the learner's device.

        Args:
            batch: Its gradient is added to that of the batches since the last step.
            rate: Step size; None: the config's.
            own_words: As in :class:`LossOptions`.
            step: Whether to change the weights now, by the gradient of the mean loss over all
                predictions of the group.
        """
        group = self._group
        if not group.count:
            self._optimizer.zero_grad(set_to_none=True)
        options = LossOptions(self._training.label_smoothing, own_words, self._carried)
        with self.autocast():
            loss = self._problem.loss(self.network, batch, options)
        self._carried = loss.carried
        group.first = group.first or loss.count
        group.count += loss.count
        (loss.total / group.first).backward()  # type: ignore[no-untyped-call]
        if step:
            norm = self._step(self._training.learning_rate if rate is None else rate)
        else:
            norm = get_total_norm(self._gradients())
        return StepResult(loss.total.detach(), loss.count, norm)

    def close_epoch(self, epoch: int) -> None:
        """Make ready what is scored after an epoch; once more for the same one does no harm.

        What batches carry over ends here too.
        """
        self._carried = ()
        if self._last is not None:
            self._last.add(self.network, epoch=epoch)

    def _step(self, rate: float) -> Tensor:
        """Change the weights by the group's gradient; its norm before clipping."""
        group = self._group
        if group.first != group.count:
            for gradient in self._gradients():
                gradient.mul_(group.first / group.count)
        norm = self._clip()
        for settings in self._optimizer.param_groups:
            settings["lr"] = rate
        self._optimizer.step()
        if self._moving is not None:
            self._moving.update_parameters(self.network)
        self._group = _Group()
        return norm

    def _gradients(self) -> list[Tensor]:
        """All gradients; of sparse ones what is not 0."""
        for parameter in self._parameters:
            if parameter.grad is not None and parameter.grad.is_sparse:
                parameter.grad = parameter.grad.coalesce()  # once, for all who look at it
        given = [p.grad for p in self._parameters if p.grad is not None]
        return [each.values() if each.is_sparse else each for each in given]

    def _clip(self) -> Tensor:
        """Limit the gradient as the config says; its norm before that."""
        norm = get_total_norm(self._gradients())
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
        """Everything the learner remembers between batches."""
        unfinished = self._group.count > 0
        return {
            "network": self.network.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "group": asdict(self._group),
            "carried": list(self._carried),
            "gradients": [p.grad for p in self._parameters] if unfinished else None,
            "average": None if self._moving is None else self._moving.state_dict(),
            "last_epochs": None if self._last is None else self._last.state(),
        }

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Go back to what :meth:`state` returned."""
        self.network.load_state_dict(state["network"])
        self._optimizer.load_state_dict(state["optimizer"])
        self._group = _Group(**state["group"])
        self._carried = tuple(part.to(self.device) for part in state["carried"])
        if state["gradients"] is not None:
            for parameter, gradient in zip(self._parameters, state["gradients"], strict=True):
                parameter.grad = None if gradient is None else gradient.to(self.device)
        if self._moving is not None:
            self._moving.load_state_dict(state["average"])
        if self._last is not None:
            self._last.load_state(state["last_epochs"])
