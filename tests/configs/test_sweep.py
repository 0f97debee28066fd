"""What a sweep may search is known before anything runs."""

from typing import Any

import pytest

from configs.experiment import ExperimentConfig
from configs.messages import ConfigError, read_experiment
from configs.shipped import changed, merged, preset_names


def demo(ranges: Any) -> ExperimentConfig:
    return read_experiment({"preset": "demo", "sweep": {"ranges": ranges}})


@pytest.mark.parametrize("name", preset_names())
def test_the_own_values_of_every_preset_lie_within_its_ranges(name: str) -> None:
    experiment = read_experiment({"preset": name})
    assert experiment.sweep.searched
    for path, value in experiment.searched_values().items():
        assert value in experiment.sweep.searched[path]


@pytest.mark.parametrize(
    ("ranges", "message"),
    [
        ({"network.hiden_dim": {"low": 1, "high": 9}}, "did you mean 'network.hidden_dim'?"),
        (
            {"network.dropout": {"low": 0.0, "high": 1.5}},
            "network.dropout cannot be 1.5: input should be less than 1",
        ),
        (
            {"network.layers": {"low": 1, "high": 40.5}},
            "network.layers cannot be 40.5: input should be a valid integer",
        ),
        ({"network.cell": {"choices": ["gru", "rnn"]}}, "network.cell cannot be 'rnn'"),
        ({"data.rows": {"low": 10, "high": 99}}, "it would change what is compared"),
        ({"data": {"rows": {"low": 10, "high": 99}}}, "data.rows cannot be searched"),
        ({"promotion.metric": {"choices": ["accuracy", "macro_f1"]}}, "what is compared"),
        ({"training.monitor": {"choices": ["loss", "headline"]}}, "trials are compared by"),
        ({"training.seed": {"low": 0, "high": 9}}, "would let luck win"),
        ({"training.device": {"choices": ["cpu", "cuda"]}}, "no property of the model"),
        ({"network.kind": {"choices": ["a", "b"]}}, "sweep each by itself"),
        ({"network.dropout": {"low": 0.5, "high": 0.1}}, "low (0.5) must be below high (0.1)"),
        ({"training.epochs": {"low": 1}}, "give low and high, or choices"),
        ({"training.weight_decay": {"low": 0.0, "high": 1.0, "log": True}}, "above 0"),
        ({"training.epochs": {"low": 1, "high": 10, "step": 4}}, "multiple of 4"),
        ({"network.hidden_dim": {"low": 8, "high": 64}}, "null takes away what a preset has"),
        ({"network.cell": {"choices": ["gru"]}}, "at least two different values"),
    ],
)
def test_a_range_that_cannot_be_searched_says_why(ranges: Any, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        demo(ranges)
    assert message in str(caught.value)


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        demo({"network.dropout": {"high": 2.0}, "training.seed": {"choices": [1, 2]}})
    assert "network.dropout" in str(caught.value)
    assert "training.seed" in str(caught.value)


def test_losses_of_other_vocabularies_are_never_compared() -> None:
    ranges = {"text.min_frequency": {"low": 1, "high": 5}}
    values = {"preset": "translation-demo", "sweep": {"ranges": ranges}}
    assert read_experiment(values).sweep.searched
    with pytest.raises(ConfigError, match="losses cannot be compared"):
        read_experiment({**values, "training": {"monitor": "loss"}})


def test_differences_reach_into_the_ranges_of_a_preset() -> None:
    changes = {
        "training": {"learning_rate": {"high": 0.02}},
        "network": {"dropout": None, "hidden_dim": {"low": 8, "high": 64}},
    }
    searched = demo(changes).sweep.searched
    rate = searched["training.learning_rate"]
    assert (rate.low, rate.high, rate.log) == (0.001, 0.02, True)
    assert searched["network.hidden_dim"].choices is None
    assert "network.dropout" not in searched
    again = read_experiment(demo(changes).model_dump(mode="json"))
    assert again.sweep.searched == searched


def test_values_are_set_as_if_by_hand() -> None:
    by_hand = read_experiment({"preset": "demo", "network": {"dropout": 0.4, "layers": 2}})
    values = {"network.dropout": 0.4, "network.layers": 2}
    assert read_experiment({"preset": "demo"}).with_values(values) == by_hand


def test_what_changed_laid_over_the_base_is_the_whole() -> None:
    base = {"a": 1, "b": {"c": 2, "d": 3}, "n": {"kind": "x", "e": 4}}
    whole = {"a": 1, "b": {"c": 2, "d": 5}, "n": {"kind": "y", "f": 6}, "g": None}
    assert changed(base, whole) == {"b": {"d": 5}, "n": {"kind": "y", "f": 6}, "g": None}
    assert merged(base, changed(base, whole)) == whole
