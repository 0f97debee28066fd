"""The GRU in matrix form against published numbers, autograd, our fast layer and torch's."""

from dataclasses import fields

import pytest
import torch
from torch import Tensor

from models.first_principles.gru import (
    Weights,
    candidate_reset_after,
    example,
    forward,
    go_on,
    gradient,
    loss_of,
    train,
    write,
)
from models.networks.layers import ResetBeforeGRU

PREDICTED = [  # steps x batch, from a lecture's worked example; four places
    [[0.4342, 0.1669, 0.1735, 0.2254], [0.2207, 0.2352, 0.3322, 0.2119]],
    [[0.2045, 0.1916, 0.4443, 0.1596], [0.4384, 0.1563, 0.1995, 0.2058]],
    [[0.4261, 0.1340, 0.2763, 0.1636], [0.1819, 0.1798, 0.4972, 0.1411]],
]
STATES = [
    [[0.7565, -0.3472], [-0.1355, -0.2040]],
    [[-0.1535, -0.5712], [0.7664, -0.5062]],
    [[0.7495, -0.8616], [-0.2399, -0.6680]],
]
COSTS = [1.6710, 1.3337, 0.7760]
PLACES = 5e-5
FIRST = torch.zeros(2, 2, dtype=torch.float64)


def near(found: Tensor, published: object) -> bool:
    return torch.allclose(found, torch.tensor(published).double(), rtol=0, atol=1.01 * PLACES)


def test_predictions_states_and_costs_are_the_published_ones() -> None:
    weights, ids, targets = example()
    steps = forward(weights, ids, FIRST)
    for step, predicted, state in zip(steps, PREDICTED, STATES, strict=True):
        assert near(step.predicted, predicted)
        assert near(step.after, state)
    for place, cost in enumerate(COSTS):
        assert near(loss_of(steps[place : place + 1], targets[:, place : place + 1]), cost)
    assert near(loss_of(steps, targets), 1.2602)


def test_with_the_reset_after_the_product_the_third_prediction_is_another() -> None:
    weights, ids, _ = example()
    steps = forward(weights, ids, FIRST)
    candidate = candidate_reset_after(weights, steps[1])
    state = steps[1].update * steps[1].before + (1 - steps[1].update) * candidate
    predicted = torch.softmax(state @ weights.output, dim=1)
    assert near(predicted[0, 2], 0.4107)


def test_the_gradient_by_hand_is_autograds() -> None:
    drawn, ids, targets = example()
    some = {field.name: torch.randn_like(getattr(drawn, field.name)) for field in fields(drawn)}
    weights = Weights(**{name: value.requires_grad_() for name, value in some.items()})
    steps = forward(weights, ids, torch.randn(2, 2, dtype=torch.float64))
    loss_of(steps, targets).backward()
    with torch.no_grad():
        by_hand = gradient(weights, steps, targets)
    for field in fields(Weights):
        found, expected = getattr(by_hand, field.name), getattr(weights, field.name).grad
        torch.testing.assert_close(found, expected, rtol=0, atol=1e-10)


@pytest.mark.parametrize("reset", ["before", "after"])
def test_the_fast_layers_compute_the_same(reset: str) -> None:
    weights, ids, _ = example()
    characters = torch.eye(4, dtype=torch.float64)[ids]
    layer = _torchs(weights) if reset == "after" else _ours(weights)
    states = layer(characters, FIRST.unsqueeze(0) if reset == "after" else (FIRST,))[0]
    state = FIRST
    for place in range(ids.shape[1]):
        step = go_on(weights, ids[:, place], state)
        candidate = step.candidate
        if reset == "after":
            candidate = candidate_reset_after(weights, step)
        state = step.update * state + (1 - step.update) * candidate
        torch.testing.assert_close(states[:, place], state, rtol=0, atol=1e-12)


def _ours(weights: Weights) -> ResetBeforeGRU:
    layer = ResetBeforeGRU(4, hidden_dim=2, recurrent_dropout=0.0).double()
    inputs = [weights.input_r, weights.input_z, weights.input_h]
    layer.inputs.weight.data = torch.cat(inputs, dim=1).T
    layer.inputs.bias.data.zero_()
    layer.gates.weight.data = torch.cat([weights.state_r, weights.state_z], dim=1).T
    layer.new.weight.data = weights.state_h.T
    return layer


def _torchs(weights: Weights) -> torch.nn.GRU:
    layer = torch.nn.GRU(4, 2, batch_first=True).double()
    inputs = [weights.input_r, weights.input_z, weights.input_h]
    states = [weights.state_r, weights.state_z, weights.state_h]
    layer.weight_ih_l0.data = torch.cat(inputs, dim=1).T.contiguous()
    layer.weight_hh_l0.data = torch.cat(states, dim=1).T.contiguous()
    for bias in (layer.bias_ih_l0, layer.bias_hh_l0):
        bias.data.zero_()
    return layer


def test_trained_on_math_it_writes_math() -> None:
    weights, ids, targets = example()
    assert write(weights, "M", length=12) != "MathMathMath"
    trained, losses = train(weights, ids, targets, steps=300, rate=1.0)
    assert losses[0] == pytest.approx(1.2602, abs=PLACES)
    assert losses[-1] < 0.01
    assert write(trained, "M", length=12) == "MathMathMath"
    assert write(weights, "M", length=40, seed=1) != write(weights, "M", length=40, seed=2)
