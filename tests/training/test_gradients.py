"""Gradients at earlier states against their definition, and where they vanish."""

import math

import numpy as np
import pytest
import torch

from models.networks.language_models import RecurrentLanguageModel
from training.gradients import gradient_figure, gradient_norms


def network_of(cell: str, hidden: int = 8) -> RecurrentLanguageModel:
    torch.manual_seed(0)
    return RecurrentLanguageModel(
        10,
        cell=cell,  # type: ignore[arg-type]
        layers=1,
        embedding_dim=4,
        hidden_dim=hidden,
        dropout=0.0,
        recurrent_dropout=0.0,
    ).double()


def test_norms_of_a_simple_network_are_products_of_its_jacobians() -> None:
    network, steps = network_of("rnn_tanh"), 5
    ids = torch.tensor([[4, 5, 6, 7, 8, 9, 4]])
    found = gradient_norms(network, ids)
    with torch.no_grad():
        states = [
            network(ids[:, :place], network.start(1))[1][0][:, 0] for place in range(1, 7)
        ]
        logits = network.scores(states[-1])
        late = logits.softmax(1)
        late[0, 4] -= 1
        gradient = late @ network.scores.weight
        weight = network.layers[0].layer.weight_hh_l0  # type: ignore[union-attr,index]
        expected = []
        for state in reversed(states[1:]):
            gradient = (gradient * (1 - state**2)) @ weight  # type: ignore[operator]
            expected.append(gradient.norm())
    assert len(found) == steps
    assert found == pytest.approx([float(each) for each in reversed(expected)])


def test_a_simple_network_forgets_and_one_with_open_gates_does_not() -> None:
    ids = torch.randint(4, 10, (6, 41), generator=torch.Generator().manual_seed(1))
    simple, gated = network_of("rnn_tanh"), network_of("lstm")
    with torch.no_grad():
        bias = gated.layers[0].layer.bias_hh_l0  # type: ignore[union-attr,index]
        bias[8:16] += 8.0  # type: ignore[index]
    falls = [gradient_norms(each, ids) for each in (simple, gated)]
    assert falls[0][0] / falls[0][-1] < 1e-6
    assert falls[1][0] / falls[1][-1] > 0.3


def test_no_gradient_stays_on_the_network() -> None:
    network = network_of("gru")
    gradient_norms(network, torch.tensor([[4, 5, 6]]))
    assert all(parameter.grad is None for parameter in network.parameters())


def test_the_picture_has_a_curve_for_each_model() -> None:
    figure = gradient_figure({"a": np.geomspace(1, 1e-5, 20), "b": np.ones(20)})
    (axes,) = figure.axes
    assert [line.get_label() for line in axes.get_lines()] == ["a", "b"]
    assert axes.get_yscale() == "log"
    assert math.isclose(axes.get_lines()[0].get_ydata()[-1], 1e-5)  # type: ignore[index]
