"""The perceptron by hand: a step lowers the loss, and its gradients are autograd's."""

import math

import torch

from models.first_principles.mlp import (
    Layer,
    accuracy,
    backward,
    forward,
    gaussian_quantiles,
    loss_of,
    moved,
    network,
    train,
)


def test_forward_backward_forward_lowers_the_loss() -> None:
    inputs, classes = gaussian_quantiles(5, seed=0)
    layers = network((3, 4, 2), seed=0)
    before = forward(layers, inputs)
    after = forward(moved(layers, backward(layers, before, classes), rate=0.5), inputs)
    assert loss_of(after.predicted, classes) < loss_of(before.predicted, classes)


def test_gradients_are_autograds() -> None:
    inputs, classes = gaussian_quantiles(50, seed=1)
    layers = tuple(
        Layer(layer.weight.requires_grad_(), layer.bias.requires_grad_())
        for layer in network((3, 4, 4, 2), seed=1)
    )
    loss_of(forward(layers, inputs).predicted, classes).backward()
    with torch.no_grad():
        by_hand = backward(layers, forward(layers, inputs), classes)
    for layer, gradient in zip(layers, by_hand, strict=True):
        assert (gradient.weight - layer.weight.grad).abs().max() < 1e-10
        assert (gradient.bias - layer.bias.grad).abs().max() < 1e-10


def test_a_chance_of_zero_costs_much_but_not_without_end() -> None:
    sure_and_wrong = torch.tensor([[0.0, 1.0]], dtype=torch.float64)
    assert math.isfinite(loss_of(sure_and_wrong, torch.tensor([0])))


def test_eight_units_learn_a_sphere() -> None:
    inputs, classes = gaussian_quantiles(10_000, seed=0)
    assert classes.double().mean() == 0.5
    learnt = train(
        network((3, 4, 4, 2), seed=0),
        inputs[:8_000],
        classes[:8_000],
        epochs=20,
        batch_size=50,
        rate=0.1,
        seed=0,
    )
    assert accuracy(learnt, inputs[8_000:], classes[8_000:]) > 0.95
