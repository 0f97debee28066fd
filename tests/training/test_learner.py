"""One step changes the weights as the config says."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn.utils import parameters_to_vector

from tests.training.small_jobs import ONE_THREAD, classification_job, translation_job
from training.device import Machine, ResolvedDevice
from training.learner import Learner
from training.problems.base import LossOptions, Problem
from training.problems.build import open_problem


def learner_of(tokens: Path, **training: object) -> tuple[Learner, object]:
    """A learner and one batch for it."""
    torch.manual_seed(0)
    problem = open_problem(tokens, classification_job(**training))
    learner = Learner(problem, classification_job(**training).training, device=ONE_THREAD)
    return learner, problem.split("train").batch(np.arange(8))


def weights(network: torch.nn.Module) -> torch.Tensor:
    return parameters_to_vector(network.parameters()).detach().clone()


def test_average_lags_behind_the_weights_by_its_decay(classification_tokens: Path):
    learner, batch = learner_of(classification_tokens, average=0.75)
    learner.learn(batch)
    expected = weights(learner.network)  # the average starts from the first step's weights
    for _ in range(3):
        learner.learn(batch)
        expected = 0.75 * expected + 0.25 * weights(learner.network)
    torch.testing.assert_close(weights(learner.scored), expected)


def still_learner(tokens: Path, **training: object) -> tuple[Learner, Problem]:
    """A translation's learner whose network knows no chance: same rows, same gradient."""
    torch.manual_seed(0)
    job = translation_job(optimizer="sgd", average=0.0, **training)
    job = replace(job, network=job.network.model_copy(update={"dropout": 0.0}))
    problem = open_problem(tokens, job)
    return Learner(problem, job.training, device=ONE_THREAD), problem


@pytest.mark.parametrize("parts", [(1, 3, 8), (10, 2), (12,)])
def test_gradients_of_several_batches_make_the_step_of_one_large_batch(
    translation_tokens: Path, parts: tuple[int, ...]
):
    moves = []
    for group in (parts, (12,)):
        learner, problem = still_learner(translation_tokens, clip_norm=0.05)
        before = weights(learner.network)
        rows = np.split(np.arange(12), np.cumsum(group)[:-1])
        for number, batch in enumerate(rows, start=1):
            result = learner.learn(
                problem.split("train").batch(batch), rate=1.0, step=number == len(rows)
            )
        moves.append((weights(learner.network) - before, result.gradient_norm))
    assert float(moves[1][1]) > 0.05  # so that clipping has its part in the step
    torch.testing.assert_close(moves[0], moves[1], rtol=1e-5, atol=1e-7)


def test_weights_stay_until_the_last_batch_of_a_group_and_the_next_group_starts_anew(
    translation_tokens: Path,
):
    learner, problem = still_learner(translation_tokens)
    first, second = (problem.split("train").batch(rows) for rows in np.split(np.arange(12), 2))
    before = weights(learner.network)
    learner.learn(first, step=False)
    assert torch.equal(weights(learner.network), before)
    learner.learn(second, rate=0.0)
    assert torch.equal(weights(learner.network), before)
    alone, _ = still_learner(translation_tokens)
    for one in (learner, alone):
        one.learn(first)
    assert torch.equal(weights(learner.network), weights(alone.network))


def test_step_size_of_a_step_takes_the_place_of_the_configs(translation_tokens: Path):
    moves = []
    for rate in (None, 3.0):
        learner, problem = still_learner(translation_tokens, learning_rate=1.0)
        before = weights(learner.network)
        learner.learn(problem.split("train").batch(np.arange(8)), rate=rate)
        moves.append(weights(learner.network) - before)
    torch.testing.assert_close(moves[1], 3 * moves[0], rtol=1e-3, atol=1e-6)


def test_mean_of_the_last_epochs_is_scored_and_the_one_before_forgotten(
    translation_tokens: Path,
):
    learner, problem = still_learner(translation_tokens, average_last=2)
    after = []
    for epoch in (1, 2, 3):
        learner.learn(problem.split("train").batch(np.arange(8)))
        after.append(weights(learner.network))
        for _ in range(2):  # as where a stop comes while validation runs
            learner.close_epoch(epoch)
        expected = torch.stack(after[-2:]).mean(dim=0)
        torch.testing.assert_close(weights(learner.scored), expected, rtol=0, atol=1e-7)
    assert torch.equal(weights(learner.network), after[-1])


def test_without_average_the_network_itself_is_scored(classification_tokens: Path):
    learner, _ = learner_of(classification_tokens, average=0.0)
    assert learner.scored is learner.network


def test_gradient_is_clipped_to_its_norm_and_told_as_it_was(classification_tokens: Path):
    settings = {"optimizer": "sgd", "learning_rate": 1.0, "clip_norm": 1e-3}
    learner, batch = learner_of(classification_tokens, **settings)
    before = weights(learner.network)
    result = learner.learn(batch)
    moved = weights(learner.network) - before
    assert float(moved.norm()) == pytest.approx(1e-3, rel=1e-2)
    assert float(result.gradient_norm) > 1e-3


def test_gradient_is_clipped_by_value(classification_tokens: Path):
    settings = {"optimizer": "sgd", "learning_rate": 1.0, "clip_norm": None, "clip_value": 1e-4}
    learner, batch = learner_of(classification_tokens, **settings)
    before = weights(learner.network)
    learner.learn(batch)
    assert float((weights(learner.network) - before).abs().max()) == pytest.approx(
        1e-4, rel=1e-2
    )


def test_smoothed_labels_raise_the_loss_of_a_sure_answer(classification_tokens: Path):
    problem = open_problem(classification_tokens, classification_job())
    batch = problem.split("train").batch(np.arange(8))

    class Sure(torch.nn.Module):
        def forward(self, ids: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
            return 20.0 * torch.nn.functional.one_hot(batch.labels, 2).float()

    plain = problem.loss(Sure(), batch)
    smoothed = problem.loss(Sure(), batch, LossOptions(smoothing=0.1))
    assert plain.count == smoothed.count == 8
    assert float(plain.total) < 1e-6
    assert float(smoothed.total) / 8 == pytest.approx(0.05 * 20, rel=1e-3)


@pytest.mark.parametrize("padding", [1, 5])
def test_loss_of_a_translation_is_blind_to_padding(translation_tokens: Path, padding: int):
    torch.manual_seed(0)
    problem = open_problem(translation_tokens, translation_job())
    network = problem.build_network().eval()
    batch = problem.split("train").batch(np.arange(8))

    def widened(tensor: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.pad(tensor, (0, padding))

    wide = replace(
        batch,
        source=widened(batch.source),
        target_in=widened(batch.target_in),
        mask=widened(batch.mask),
    )
    narrow_loss = problem.loss(network, batch)
    wide_loss = problem.loss(network, wide)
    assert wide_loss.count == narrow_loss.count == int(batch.mask.sum())
    torch.testing.assert_close(wide_loss.total, narrow_loss.total)


@pytest.mark.parametrize("problem_tokens", ["classification_tokens", "translation_tokens"])
def test_bf16_autocast_stays_near_float32(problem_tokens: str, request: pytest.FixtureRequest):
    job = classification_job() if "class" in problem_tokens else translation_job()
    if job.network.kind != "gru_encoder_decoder" and not Machine.here().bf16_processor:
        pytest.skip("oneDNN has no bf16 LSTM on this processor")
    problem = open_problem(request.getfixturevalue(problem_tokens), job)
    batch = problem.split("train").batch(np.arange(8))
    losses = []
    for precision in ("float32", "bf16"):
        torch.manual_seed(0)
        learner = Learner(problem, job.training, device=ResolvedDevice("cpu", precision, 1))
        result = learner.learn(batch)
        assert result.total.dtype == torch.float32
        losses.append(float(result.total) / result.count)
    assert losses[1] == pytest.approx(losses[0], rel=0.02)


def test_translation_that_is_right_has_bleu_100(translation_tokens: Path):
    problem = open_problem(translation_tokens, translation_job())
    split = problem.split("validation")
    flat, lengths = split.targets(np.arange(len(split.lengths)))
    texts = problem._texts(flat, lengths)
    assert [len(text.split()) for text in texts] == lengths.tolist()
