"""A multi-layer perceptron whose gradients are written out by hand, product by product."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor

from models.first_principles.losses import softmax, sparse_cross_entropy
from models.first_principles.walks import Shown

SMALLEST = 1e-12
"""Chances are kept this far from 0 in the loss, so that no logarithm of 0 is taken."""
_MOMENTUM = 0.9


@dataclass(frozen=True)
class Layer:
    """A weight (D_in, D_out) and a bias (D_out,); also their gradients, or their velocities."""

    weight: Tensor
    bias: Tensor

    @classmethod
    def drawn(cls, inputs: int, outputs: int, draw: torch.Generator) -> Self:
        """Normal weights of variance 1/D_in (LeCun et al. 1998, section 4.6), zero biases."""
        weight = torch.randn((inputs, outputs), generator=draw, dtype=torch.float64)
        return cls(weight / math.sqrt(inputs), torch.zeros(outputs, dtype=torch.float64))


@dataclass(frozen=True)
class Forward:
    """What a forward pass leaves for the way back.

    Attributes:
        activations: The input (B, D), then each hidden layer's (B, H).
        scores: (B, K).
        predicted: (B, K), softmax of the scores.
    """

    activations: tuple[Tensor, ...]
    scores: Tensor
    predicted: Tensor


def network(sizes: Sequence[int], *, seed: int) -> tuple[Layer, ...]:
    """Layers from each size to the next."""
    draw = torch.Generator().manual_seed(seed)
    return tuple(
        Layer.drawn(inputs, outputs, draw)
        for inputs, outputs in zip(sizes[:-1], sizes[1:], strict=True)
    )


def forward(layers: Sequence[Layer], inputs: Tensor) -> Forward:
    """tanh(a W + b) layer by layer, the last one without tanh.

    Args:
        layers: The first from D, the last to K.
        inputs: (B, D).
    """
    activations = [inputs]
    for layer in layers[:-1]:
        activations.append(torch.tanh(activations[-1] @ layer.weight + layer.bias))
    scores = activations[-1] @ layers[-1].weight + layers[-1].bias
    return Forward(tuple(activations), scores, softmax(scores))


def loss_of(predicted: Tensor, classes: Tensor) -> Tensor:
    """Mean cross-entropy, natural log, of (B, K) chances; finite whatever was predicted."""
    return sparse_cross_entropy(classes, predicted.clamp(SMALLEST, 1.0)).mean()


def backward(layers: Sequence[Layer], passed: Forward, classes: Tensor) -> tuple[Layer, ...]:
    """Gradient of the loss at each layer, the last one first.

    Softmax and cross-entropy together have the gradient (predicted - truth) / B at the scores:
    neither is divided by a chance that may be 0.
    """
    truth = torch.zeros_like(passed.predicted)
    truth[torch.arange(len(classes)), classes] = 1
    at = (passed.predicted - truth) / len(classes)  # (B, K)
    gradients = []
    for layer, below in zip(reversed(layers), reversed(passed.activations), strict=True):
        gradients.append(Layer(below.T @ at, at.sum(dim=0)))
        at = (at @ layer.weight.T) * (1 - below**2)  # tanh' = 1 - tanh^2
    return tuple(reversed(gradients))


def moved(layers: Sequence[Layer], by: Sequence[Layer], *, rate: float) -> tuple[Layer, ...]:
    """The layers after a step against a gradient or velocity."""
    return tuple(
        Layer(layer.weight - rate * step.weight, layer.bias - rate * step.bias)
        for layer, step in zip(layers, by, strict=True)
    )


def gaussian_quantiles(rows: int, *, seed: int) -> tuple[Tensor, Tensor]:
    """(rows, 3) points of a normal distribution; class 1 are the outer half, (rows,).

    No plane parts them: the border is a sphere.
    """
    draw = torch.Generator().manual_seed(seed)
    points = torch.randn((rows, 3), generator=draw, dtype=torch.float64)
    distances = points.square().sum(dim=1)
    return points, (distances > distances.median()).long()


def train(
    layers: Sequence[Layer],
    inputs: Tensor,
    classes: Tensor,
    *,
    epochs: int,
    batch_size: int,
    rate: float,
    seed: int,
) -> tuple[Layer, ...]:
    """Gradient descent with momentum, the step size falling to 0 along a cosine."""
    draw = torch.Generator().manual_seed(seed)
    learnt = tuple(layers)
    velocity = tuple(
        Layer(torch.zeros_like(each.weight), torch.zeros_like(each.bias)) for each in learnt
    )
    for epoch in range(epochs):
        smaller = rate * (1 + math.cos(math.pi * epoch / epochs)) / 2
        for rows in torch.split(torch.randperm(len(inputs), generator=draw), batch_size):
            slopes = backward(learnt, forward(learnt, inputs[rows]), classes[rows])
            velocity = tuple(
                Layer(
                    _MOMENTUM * before.weight + now.weight, _MOMENTUM * before.bias + now.bias
                )
                for before, now in zip(velocity, slopes, strict=True)
            )
            learnt = moved(learnt, velocity, rate=smaller)
    return learnt


def accuracy(layers: Sequence[Layer], inputs: Tensor, classes: Tensor) -> float:
    """Share of rows, 0 to 1, whose best score is of their class."""
    right = forward(layers, inputs).scores.argmax(dim=1) == classes
    return float(right.double().mean())


def walk() -> Iterator[Shown]:
    """Forward, backward, a step, forward again on 5 rows; then a training on 8,000."""
    inputs, classes = gaussian_quantiles(5, seed=0)
    layers = network((3, 4, 2), seed=0)
    yield Shown("inputs", inputs, "5 samples of 3 features")
    yield Shown("classes", classes, "1: farther from the middle than the median")
    yield Shown("W1", layers[0].weight, "from 3 features to 4 units")
    passed = forward(layers, inputs)
    yield Shown("hidden", passed.activations[1], "tanh(inputs W1 + b1)")
    yield Shown("scores", passed.scores, "hidden W2 + b2")
    yield Shown("predicted", passed.predicted, "softmax of the scores")
    yield Shown("loss", loss_of(passed.predicted, classes), "mean of -ln of the right class's")
    slopes = backward(layers, passed, classes)
    yield Shown("gradient at W2", slopes[1].weight, "hidden^T (predicted - truth) / 5")
    yield Shown(
        "gradient at b2", slopes[1].bias, "sum over the samples of (predicted - truth) / 5"
    )
    yield Shown(
        "gradient at W1",
        slopes[0].weight,
        "inputs^T of what W2 passes back, times 1 - hidden^2",
    )
    again = forward(moved(layers, slopes, rate=0.5), inputs)
    yield Shown(
        "loss after a step", loss_of(again.predicted, classes), "step size 0.5: it fell"
    )
    inputs, classes = gaussian_quantiles(10_000, seed=0)
    learnt = train(
        network((3, 4, 4, 2), seed=0),
        inputs[:8_000],
        classes[:8_000],
        epochs=20,
        batch_size=50,
        rate=0.1,
        seed=0,
    )
    unseen = accuracy(learnt, inputs[8_000:], classes[8_000:])
    yield Shown(
        "accuracy", f"{unseen:.2f}", "on 2,000 unseen points, after 20 epochs of 4 + 4 units"
    )
