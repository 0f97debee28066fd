"""Scheduled sampling feeds the decoder some words of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.text.vocabulary import BOS_ID
from tests.training.small_jobs import translation_job
from training.problems.base import LossOptions
from training.problems.build import open_problem
from training.problems.translation import TranslationBatch

ROWS = np.array([3, 0, 7, 1, 12])


@pytest.fixture
def problem(translation_tokens: Path) -> Any:
    return open_problem(translation_tokens, translation_job())


@pytest.fixture
def network(problem: Any) -> nn.Module:
    torch.manual_seed(0)
    network: nn.Module = problem.build_network()
    for module in network.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    with torch.no_grad():  # else one word is best everywhere
        for parameter in network.parameters():
            parameter.mul_(4)
    return network


@contextmanager
def words_read(network: Any) -> Iterator[list[list[int]]]:
    """What the decoder reads, step by step."""
    steps: list[list[int]] = []
    step = network.step

    def noted(tokens: Tensor, state: Any) -> Any:
        steps.append(tokens.tolist())
        return step(tokens, state)

    network.step = noted
    yield steps
    del network.step


def by_hand(network: Any, batch: TranslationBatch) -> list[Tensor]:
    """Loss of each row by itself, if the decoder reads nothing but its own words."""
    losses = []
    after = torch.zeros_like(batch.target_in)
    after[batch.mask] = batch.target_out
    for row, length in enumerate(batch.mask.sum(dim=1).tolist()):
        state = network.start(batch.source[row : row + 1], batch.source_lengths[row : row + 1])
        read = torch.tensor([BOS_ID])
        for place in range(length):
            logits, state = network.step(read, state)
            losses.append(F.cross_entropy(logits, after[row, place : place + 1]))
            read = logits.argmax(dim=1)
    return losses


def test_sure_own_words_give_the_loss_of_each_row_by_itself(problem: Any, network: nn.Module):
    batch = problem.split("train").batch(ROWS)
    assert len(set(batch.mask.sum(dim=1).tolist())) > 2  # rows end one after the other
    expected = torch.stack(by_hand(network, batch)).sum()
    loss = problem.loss(network, batch, LossOptions(own_words=1.0))
    assert loss.count == len(batch.target_out)
    torch.testing.assert_close(loss.total, expected)
    plain = problem.loss(network, batch)
    assert float((loss.total - plain.total).detach().abs()) > 0.1


def test_seldom_own_words_give_loss_and_gradient_of_the_target_read_at_once(
    problem: Any, network: nn.Module
):
    batch = problem.split("train").batch(ROWS)
    found = []
    for own_words in (0.0, 1e-12):
        network.zero_grad()
        total = problem.loss(network, batch, LossOptions(0.1, own_words)).total
        total.backward()
        found.append((total.detach(), [p.grad for p in network.parameters()]))
    torch.testing.assert_close(found[1], found[0], rtol=1e-4, atol=1e-4)


def test_loss_on_own_words_is_blind_to_padding(problem: Any, network: nn.Module):
    batch = problem.split("train").batch(ROWS)
    wide = replace(
        batch,
        source=F.pad(batch.source, (0, 3)),
        target_in=F.pad(batch.target_in, (0, 3)),
        mask=F.pad(batch.mask, (0, 3)),
    )
    options = LossOptions(own_words=1.0)
    with words_read(network) as steps:
        loss = problem.loss(network, wide, options)
    assert all(steps)  # none is taken for no row
    torch.testing.assert_close(loss.total, problem.loss(network, batch, options).total)


def test_coins_fall_as_often_as_they_should_and_begin_of_sentence_stays(
    problem: Any, network: nn.Module
):
    split = problem.split("train")
    batch = split.batch(np.repeat(ROWS, 200))
    with words_read(network) as steps:
        problem.loss(network, batch, LossOptions(own_words=0.3))
    lengths = batch.mask.sum(dim=0).tolist()
    assert [len(step) for step in steps] == [rows for rows in lengths if rows]
    assert set(steps[0]) == {BOS_ID}
    read = [word for step in steps[1:] for word in step]
    wanted = [
        word
        for place in range(1, len(steps))
        for word in batch.target_in[batch.mask[:, place], place].tolist()
    ]
    own = np.mean(np.array(read) != np.array(wanted))
    assert own == pytest.approx(0.3, abs=0.05)  # an own word is seldom the target's
