"""LSTMs that feel the time between events, against their equations written step by step."""

import math

import pytest
import torch
from torch import Tensor, nn

from models.networks.event_classifiers import EventClassifier, TimeName
from models.networks.time_aware import ForgettingLSTM, TimeAwareLSTM

KINDS: tuple[TimeName, ...] = ("none", "concatenated", "convolution", "forget_gate", "decay")
GAPS = torch.tensor([[0.0, 0.5, 3.0, 40.0], [0.0, 7.0, 0.1, 0.0]], dtype=torch.float64)


def inputs() -> Tensor:
    torch.manual_seed(2)
    return torch.randn(2, 4, 3, dtype=torch.float64)


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def gates(
    layer: ForgettingLSTM | TimeAwareLSTM, x: Tensor, h: list[float]
) -> list[list[float]]:
    """Input, forget, new and output before their functions, unit by unit."""
    size = len(h)
    rows = (
        layer.inputs.weight.tolist(),
        layer.states.weight.tolist(),
        layer.inputs.bias.tolist(),
    )
    sums = [
        bias
        + sum(a * b for a, b in zip(w, x.tolist(), strict=True))
        + sum(a * b for a, b in zip(u, h, strict=True))
        for w, u, bias in zip(*rows, strict=True)
    ]
    return [sums[part * size : (part + 1) * size] for part in range(4)]


def test_the_forget_gate_is_divided_by_one_and_the_gap():
    layer = ForgettingLSTM(3, 2).double()
    states = layer(inputs(), GAPS)
    for row in range(2):
        h, c = [0.0, 0.0], [0.0, 0.0]
        for step in range(4):
            i, f, g, o = gates(layer, inputs()[row, step], h)
            gap = GAPS[row, step].item()
            c = [
                sigmoid(f[u]) / (1 + gap) * c[u] + sigmoid(i[u]) * math.tanh(g[u])
                for u in range(2)
            ]
            h = [sigmoid(o[u]) * math.tanh(c[u]) for u in range(2)]
            assert states[row, step].tolist() == pytest.approx(h, abs=1e-12)


def test_short_term_memory_fades_as_in_baytas_2017():
    layer = TimeAwareLSTM(3, 2).double()
    states = layer(inputs(), GAPS)
    weight, bias = layer.short_term.weight.tolist(), layer.short_term.bias.tolist()
    for row in range(2):
        h, c = [0.0, 0.0], [0.0, 0.0]
        for step in range(4):
            fading = 1 / math.log(math.e + GAPS[row, step].item())
            short = [math.tanh(sum(w * m for w, m in zip(weight[u], c, strict=True)) + bias[u])
                     for u in range(2)]  # fmt: skip
            adjusted = [c[u] - short[u] + short[u] * fading for u in range(2)]
            i, f, g, o = gates(layer, inputs()[row, step], h)
            c = [
                sigmoid(f[u]) * adjusted[u] + sigmoid(i[u]) * math.tanh(g[u]) for u in range(2)
            ]
            h = [sigmoid(o[u]) * math.tanh(c[u]) for u in range(2)]
            assert states[row, step].tolist() == pytest.approx(h, abs=1e-12)


@pytest.mark.parametrize("kind", [ForgettingLSTM, TimeAwareLSTM])
def test_without_gaps_both_are_torchs_lstm(kind: type[ForgettingLSTM] | type[TimeAwareLSTM]):
    layer, torchs = kind(3, 2).double(), nn.LSTM(3, 2, batch_first=True).double()
    with torch.no_grad():
        torchs.weight_ih_l0.copy_(layer.inputs.weight)
        torchs.weight_hh_l0.copy_(layer.states.weight)
        torchs.bias_ih_l0.copy_(layer.inputs.bias)
        torchs.bias_hh_l0.zero_()
    states = layer(inputs(), torch.zeros_like(GAPS))
    torch.testing.assert_close(states, torchs(inputs())[0])


def network_of(time: TimeName, **settings: object) -> EventClassifier:
    torch.manual_seed(1)
    sizes = {"embedding_dim": 5, "hidden_dim": 4, "dense_dim": 3}
    options = {"gap_scale": 1.0, "dropout": 0.0, "auxiliary": False}
    return EventClassifier(9, 3, time=time, **{**sizes, **options, **settings}).double().eval()


def batch(fill: int = 0) -> tuple[Tensor, Tensor, Tensor]:
    ids = torch.tensor([[4, 5, 6, 7], [8, 4, fill, fill]])
    gaps = GAPS.clone()
    gaps[1, 2:] = fill
    return ids, torch.tensor([4, 2]), gaps


@pytest.mark.parametrize("time", KINDS)
def test_scores_are_blind_to_what_stands_behind_the_end(time: TimeName):
    network = network_of(time)
    torch.testing.assert_close(network(*batch()).main, network(*batch(fill=3)).main)


@pytest.mark.parametrize("time", KINDS)
def test_all_but_the_blind_one_feel_a_gap(time: TimeName):
    network = network_of(time, embedding_dim=16, dense_dim=16)
    ids, lengths, gaps = batch()
    gaps[0, 2] += 2
    same = torch.equal(network(ids, lengths, gaps).main[0], network(*batch()).main[0])
    assert same == (time == "none")


@pytest.mark.parametrize("time", KINDS)
def test_gaps_count_in_the_scale(time: TimeName):
    ids, lengths, gaps = batch()
    in_hours = network_of(time)(ids, lengths, gaps).main
    in_minutes = network_of(time, gap_scale=60.0)(ids, lengths, 60 * gaps).main
    torch.testing.assert_close(in_hours, in_minutes)


def test_the_auxiliary_scores_come_straight_from_the_final_state():
    network = network_of("concatenated", auxiliary=True)
    network.dense.weight.data.zero_()
    scores = network(*batch())
    assert scores.auxiliary is not None
    assert scores.auxiliary.shape == (2, 3)
    assert not torch.equal(scores.auxiliary[0], scores.auxiliary[1])
    torch.testing.assert_close(scores.main[0], scores.main[1])
    assert network_of("concatenated")(*batch()).auxiliary is None


def test_a_sequence_of_no_event_is_refused():
    ids, _, gaps = batch()
    with pytest.raises(ValueError, match="0 events has no state"):
        network_of("decay")(ids, torch.tensor([4, 0]), gaps)
