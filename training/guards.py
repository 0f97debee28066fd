"""Ending a training that cannot succeed: runaway losses, no memory, no room for checkpoints."""

import math
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from configs.training import TrainingConfig
from storage.errors import EnvironmentProblem, InputError, TrainingError
from training.learner import StepResult
from training.problems.base import AnySplit

GPU_STEPS_BETWEEN_LOOKS = 50
"""A look at a loss waits for the GPU; on a processor it is free and done at every step."""
ROWS_NAMED = 20
STATES_PER_WEIGHT = {"adam": 2, "adamw": 2, "rmsprop": 1, "sgd": 0}
"""Numbers the optimiser keeps per weight."""
CHECKPOINTS_AT_ONCE = 3
"""The two that are kept, and the one being written."""


class _Step(NamedTuple):
    epoch: int
    batch: int
    rows: NDArray[np.int64]
    result: StepResult


class Losses:
    """The losses of the latest steps, looked at together, so that a GPU need not wait."""

    def __init__(self, training: TrainingConfig, device: torch.device) -> None:
        self._training = training
        self._steps: list[_Step] = []
        self._most = 1 if device.type == "cpu" else GPU_STEPS_BETWEEN_LOOKS

    @property
    def full(self) -> bool:
        """Whether it is time to settle."""
        return len(self._steps) >= self._most

    def add(
        self, result: StepResult, *, epoch: int, batch: int, rows: NDArray[np.int64]
    ) -> None:
        """Remember a step; epoch and batch are counted from 1, rows are ids in the tables."""
        self._steps.append(_Step(epoch, batch, rows, result))

    def settle(self) -> float:
        """Sum of the losses since the last time, natural log.

        Raises:
            TrainingError: If a loss or a gradient is not finite; names the first such batch.
        """
        if not self._steps:
            return 0.0
        results = [step.result for step in self._steps]
        figures = [figure for r in results for figure in (r.total, r.gradient_norm)]
        values = torch.stack(figures).tolist()  # one wait for the GPU
        for number, step in enumerate(self._steps):
            if not (
                math.isfinite(values[2 * number]) and math.isfinite(values[2 * number + 1])
            ):
                raise TrainingError(self._report(step))
        self._steps.clear()
        return math.fsum(values[::2])

    def _report(self, step: _Step) -> str:
        loss = float(step.result.total) / step.result.count
        ids = ", ".join(str(row) for row in step.rows[:ROWS_NAMED])
        more = f" and {len(step.rows) - ROWS_NAMED} more" if len(step.rows) > ROWS_NAMED else ""
        clipping = (
            f"lower training.clip_norm ({self._training.clip_norm:g})"
            if self._training.clip_norm
            else "set training.clip_norm, say to 1"
        )
        return (
            f"the loss ran away in epoch {step.epoch}, batch {step.batch}: loss {loss:g}, "
            f"gradient norm {float(step.result.gradient_norm):g}, rows {ids}{more}; lower "
            f"training.learning_rate ({self._training.learning_rate:g}) or {clipping}; "
            f"the last checkpoint, if there is one, is finite and kept"
        )


def require_finite(figures: Mapping[str, float], *, at: str) -> None:
    """Refuse what a last step that went too far leaves behind.

    Args:
        figures: By name.
        at: Where in the training they were taken.

    Raises:
        TrainingError: If one is not a finite number.
    """
    broken = [name for name, value in figures.items() if not math.isfinite(value)]
    if broken:
        raise TrainingError(
            f"{' and '.join(broken)} {at} is not a finite number; lower "
            f"training.learning_rate or set training.clip_norm"
        )


def require_rows(split: AnySplit, name: str) -> AnySplit:
    """The split, if there is anything in it.

    Raises:
        InputError: If it has no rows.
    """
    if not len(split.lengths):
        raise InputError(
            f"the {name} split has no rows; give more rows, or raise its share in data"
        )
    return split


@contextmanager
def memory_explained(training: TrainingConfig) -> Iterator[None]:
    """Turn what torch and Python say when memory runs out into advice.

    Raises:
        TrainingError: If memory runs out in the block.
    """
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        # torch has an own class for GPUs only; its processor allocator says it in words
        if isinstance(error, RuntimeError) and not (
            isinstance(error, torch.OutOfMemoryError) or "allocate memory" in str(error)
        ):
            raise
        name = "batch_size" if training.batch_tokens is None else "batch_tokens"
        size = training.batch_tokens or training.batch_size
        raise TrainingError(
            f"memory ran out with training.{name} {size}; try "
            f"{max(1, size // 2)}, or a smaller text.max_tokens or network "
            f"({str(error).splitlines()[0] if str(error) else type(error).__name__})"
        ) from error


def require_room(
    folder: Path, parameters: Iterable[Tensor], *, training: TrainingConfig
) -> None:
    """Refuse to begin where the disk cannot hold the checkpoints.

    Raises:
        EnvironmentProblem: If fewer bytes are free than the checkpoints will take.
    """
    weights = sum(parameter.numel() * parameter.element_size() for parameter in parameters)
    copies = 2 + STATES_PER_WEIGHT[training.optimizer] + training.average_last
    copies += (training.average > 0) + (training.accumulate > 1)
    needed = weights * copies * CHECKPOINTS_AT_ONCE
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise EnvironmentProblem(
            f"{folder} has {free / 1e6:,.0f} MB free, but the checkpoints of this training "
            f"take {needed / 1e6:,.0f} MB; make room there or move SEQFLOW_HOME"
        )
