"""Step size and share of own words are the published functions of the step."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from configs.training import TrainingConfig
from training.schedules import Schedules, reductions


def rates(steps: int, **training: object) -> list[float]:
    """Step sizes of all steps of a training."""
    config = TrainingConfig.model_validate({"learning_rate": 0.1, **training})
    schedules = Schedules(config, steps=steps)
    return [schedules.rate(step) for step in range(1, steps + 1)]


def own_words(*steps: int, **training: object) -> list[float]:
    schedules = Schedules(TrainingConfig.model_validate(training), steps=1)
    return [schedules.own_words(step) for step in steps]


def test_constant_rate_is_the_configs_to_the_last_bit():
    assert rates(5) == [0.1] * 5


@pytest.mark.parametrize("schedule", ["constant", "inverse_sqrt", "cosine", "plateau"])
def test_rate_rises_in_equal_parts_to_the_configs(schedule: str):
    risen = rates(20, schedule=schedule, warmup_steps=4)
    assert risen[:4] == pytest.approx([0.025, 0.05, 0.075, 0.1])
    assert max(risen) == pytest.approx(0.1)


def test_inverse_root_is_that_of_vaswani_scaled_to_its_peak():
    model_dim, warmup = 512, 10
    published = [
        model_dim**-0.5 * min(step**-0.5, step * warmup**-1.5) for step in range(1, 101)
    ]
    scaled = [rate * 0.1 / max(published) for rate in published]
    assert rates(100, schedule="inverse_sqrt", warmup_steps=warmup) == pytest.approx(scaled)
    assert rates(9, schedule="inverse_sqrt")[8] == pytest.approx(0.1 / 3)


def test_cosine_falls_as_torchs_own_to_nearly_nothing_at_the_last_step():
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=0.1)
    torchs = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=50)
    expected = []
    for _ in range(50):
        expected.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        torchs.step()
    assert rates(50, schedule="cosine") == pytest.approx(expected)
    warmed = rates(60, schedule="cosine", warmup_steps=10)
    assert warmed[10:] == pytest.approx(expected)
    assert 0 < warmed[-1] < 0.001


def test_cosine_stays_down_if_epochs_hold_more_steps_than_the_first():
    config = TrainingConfig(schedule="cosine", warmup_steps=9)
    assert Schedules(config, steps=10).rate(13) == pytest.approx(0)
    assert Schedules(config, steps=5).rate(5) == pytest.approx(5 / 9 * 1e-3)


@given(
    scores=st.lists(st.integers(0, 5).map(float), max_size=30),
    epochs=st.integers(1, 4),
)
def test_plateaus_are_those_that_torch_sees(scores: list[float], epochs: int):
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=1.0)
    torchs = torch.optim.lr_scheduler.ReduceLROnPlateau(
        optimizer, mode="max", factor=0.5, patience=epochs - 1, threshold=0.0, eps=0.0
    )
    for score in scores:
        torchs.step(score)
    lowered = Schedules(TrainingConfig(learning_rate=1, schedule="plateau"), steps=1).rate(
        1, reductions=reductions(scores, epochs=epochs)
    )
    assert lowered == optimizer.param_groups[0]["lr"]


def test_without_sampling_no_word_is_an_own_one():
    assert own_words(1, 10_000) == [0, 0]


def test_share_of_own_words_is_constant_or_rises_in_a_line():
    assert own_words(1, 99, sampling="constant", sampling_share=0.3) == [0.3, 0.3]
    line = {"sampling": "linear", "sampling_share": 0.4, "sampling_steps": 100}
    assert own_words(1, 51, 101, 500, **line) == pytest.approx([0, 0.2, 0.4, 0.4])


def test_share_of_own_words_rises_by_the_published_sigmoid_up_to_its_limit():
    k = 50
    sigmoid = {"sampling": "inverse_sigmoid", "sampling_steps": k}
    found = own_words(1, 101, 301, sampling_share=1, **sigmoid)
    assert found == pytest.approx([1 - k / (k + math.exp(i / k)) for i in (0, 100, 300)])
    assert own_words(301, 10**9, sampling_share=0.25, **sigmoid) == [0.25, 0.25]
