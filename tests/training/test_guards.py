"""A training that cannot succeed ends with a reason and a way out."""

from pathlib import Path

import numpy as np
import pytest
import torch

from configs.training import TrainingConfig
from storage.errors import EnvironmentProblem, TrainingError
from training.guards import Losses, memory_explained, require_finite, require_room
from training.learner import StepResult


def step(loss: float, *, norm: float = 1.0) -> StepResult:
    return StepResult(torch.tensor(loss), 4, torch.tensor(norm))


@pytest.mark.parametrize("broken", [step(float("nan")), step(1.0, norm=float("inf"))])
def test_first_broken_step_is_named_although_several_are_looked_at_together(broken: StepResult):
    losses = Losses(TrainingConfig(), torch.device("cuda"))
    steps = [step(1.0), broken, step(float("nan"))]
    for batch, result in enumerate(steps, start=1):
        losses.add(result, epoch=2, batch=batch, rows=np.arange(batch * 10, batch * 10 + 30))
        assert not losses.full
    with pytest.raises(TrainingError, match="epoch 2, batch 2: .* rows 20, 21, .*and 10 more"):
        losses.settle()


def test_losses_add_up_between_two_looks():
    losses = Losses(TrainingConfig(), torch.device("cuda"))
    for batch in (1, 2):
        losses.add(step(1.5), epoch=1, batch=batch, rows=np.arange(4))
    assert losses.settle() == 3.0
    assert losses.settle() == 0.0


def test_every_step_is_looked_at_on_a_processor():
    losses = Losses(TrainingConfig(), torch.device("cpu"))
    losses.add(step(1.0), epoch=1, batch=1, rows=np.arange(4))
    assert losses.full


def test_figure_that_is_no_number_is_refused_by_name_and_place():
    message = "validation/loss in epoch 3 after batch 9 is not a finite number; lower training"
    with pytest.raises(TrainingError, match=message):
        require_finite(
            {"validation/loss": float("nan"), "validation/bleu": 1.0},
            at="in epoch 3 after batch 9",
        )


def test_memory_that_runs_out_in_torch_gives_batch_size_and_advice():
    training = TrainingConfig(batch_size=64)
    message = "memory ran out with training.batch_size 64; try 32, or a smaller text.max_tokens"
    with pytest.raises(TrainingError, match=message), memory_explained(training):
        torch.empty(2**50)


def test_memory_that_runs_out_with_batches_by_tokens_gives_their_tokens():
    training = TrainingConfig(batch_tokens=4096)
    message = "memory ran out with training.batch_tokens 4096; try 2048,"
    with pytest.raises(TrainingError, match=message), memory_explained(training):
        torch.empty(2**50)


def test_memory_that_runs_out_on_a_gpu_gives_the_same_advice():
    with (
        pytest.raises(TrainingError, match="try 32"),
        memory_explained(TrainingConfig(batch_size=64)),
    ):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB")


def test_other_errors_pass_as_they_are():
    with (
        pytest.raises(RuntimeError, match="something else"),
        memory_explained(TrainingConfig()),
    ):
        raise RuntimeError("something else")


def test_disk_without_room_for_the_checkpoints_is_refused_before_training(tmp_path: Path):
    weights = torch.empty(10**14, device="meta")  # three checkpoints of four copies: 4.8 PB
    with pytest.raises(EnvironmentProblem, match="take 4,800,000,000 MB; make room there"):
        require_room(tmp_path, [weights], training=TrainingConfig())


def test_room_is_asked_for_what_averages_and_unfinished_steps_keep_beside(tmp_path: Path):
    weights = torch.empty(10**14, device="meta")
    training = TrainingConfig(average_last=5, accumulate=2)  # six copies more
    with pytest.raises(EnvironmentProblem, match="take 12,000,000,000 MB"):
        require_room(tmp_path, [weights], training=training)
