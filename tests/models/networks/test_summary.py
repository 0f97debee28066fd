"""What a network is made of: every parameter once, counted as the formula says."""

import pytest
import torch
from torch import nn

from configs.experiment import ExperimentConfig
from configs.shipped import preset_names
from models.networks.build import (
    ClassifierSizes,
    LanguageModelSizes,
    Network,
    Seq2SeqSizes,
    Sizes,
    TaggerSizes,
    build_network,
)
from models.networks.gates import weights_by_gate
from models.networks.layers import LayerName, layer_of
from models.networks.summary import summarised
from models.networks.time_aware import ForgettingLSTM, TimeAwareLSTM


def network_of(preset: str) -> Network:
    experiment = ExperimentConfig.model_validate({"preset": preset})
    small = {name: 8 for name in ("hidden_dim", "model_dim", "feedforward_dim", "dense_dim")}
    names = type(experiment.network).model_fields
    network = experiment.network.model_copy(
        update={name: size for name, size in small.items() if name in names}
    )
    sizes: dict[str, Sizes] = {
        "classification": ClassifierSizes(vocabulary=20, classes=3),
        "events": ClassifierSizes(vocabulary=20, classes=3),
        "tagging": TaggerSizes(vocabulary=20, characters=9, tags=4),
        "language_modelling": LanguageModelSizes(vocabulary=20),
        "translation": Seq2SeqSizes(source_vocabulary=20, target_vocabulary=21),
    }
    return build_network(network, sizes[experiment.data.problem])


@pytest.mark.parametrize("preset", preset_names())
def test_every_number_is_counted_once_and_as_the_formula_says(preset: str) -> None:
    network = network_of(preset)
    layers = summarised(network)
    assert sum(layer.numbers for layer in layers) == sum(
        p.numel() for p in network.parameters()
    )
    for layer in layers:
        formula = layer.formula.replace("·", "*").replace(",", "")
        assert eval(formula) == layer.numbers  # noqa: S307 - a sum of products


@pytest.mark.parametrize("preset", preset_names())
def test_gates_hold_every_number_once(preset: str) -> None:
    network = network_of(preset)
    found = weights_by_gate(network)
    assert sum(one.values.numel() for one in found) == sum(
        p.numel() for p in network.parameters()
    )


@pytest.mark.parametrize(
    ("cell", "gates"),
    [
        ("rnn_tanh", {"new"}),
        ("gru", {"reset", "update", "new"}),
        ("gru_reset_before", {"reset", "update", "new"}),
        ("lstm", {"input", "forget", "new", "output"}),
        ("peephole_lstm", {"input", "forget", "new", "output"}),
    ],
)
def test_cells_have_their_gates(cell: LayerName, gates: set[str]) -> None:
    layer = layer_of(cell, 5, hidden_dim=3, recurrent_dropout=0.0)
    found = weights_by_gate(layer)
    assert {one.gate for one in found} == gates
    assert {tuple(one.values.shape) for one in found if one.part == "W"} == {(3, 5)}
    assert {tuple(one.values.shape) for one in found if one.part == "U"} == {(3, 3)}


@pytest.mark.parametrize("kind", [ForgettingLSTM, TimeAwareLSTM])
def test_cells_that_feel_time_have_their_gates(
    kind: type[ForgettingLSTM] | type[TimeAwareLSTM],
) -> None:
    layer = kind(5, 3)
    found = weights_by_gate(layer)
    of_lstm = [one.gate for one in found if one.part == "W"]
    assert of_lstm == ["input", "forget", "new", "output"]
    assert ("short term" in {one.gate for one in found}) == (kind is TimeAwareLSTM)
    assert sum(one.values.numel() for one in found) == sum(
        p.numel() for p in layer.parameters()
    )


def test_torchs_gates_come_in_torchs_order() -> None:
    """With all else at 0, an input reaches the state through the candidate alone."""
    layer = nn.GRU(1, 1, batch_first=True)
    new = {one.part: one.values for one in weights_by_gate(layer) if one.gate == "new"}
    for parameter in layer.parameters():
        parameter.data.zero_()
    new["W"].fill_(1.0)  # the same storage as the layer's
    states, _ = layer(torch.ones(1, 1, 1))
    assert float(states.detach()) == pytest.approx(0.5 * torch.tensor(1.0).tanh().item())
