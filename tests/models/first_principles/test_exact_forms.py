"""Losses, word numbers, attention, masks and parameter counts: published and torch's values."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F

from models.first_principles import attention, masks, parameters
from models.first_principles.losses import BITS, cross_entropy, softmax, sparse_cross_entropy
from models.first_principles.masks import Dropped
from models.first_principles.word_index import to_numbers, word_index
from models.networks.attention import AdditiveAttention
from models.networks.dropouts import channel_mask

SCORES = {
    (0.05, 0.1, 0.07, 0.9, 0.2, 0.08, 0.001): (
        *(0.1169, 0.1229, 0.1192, 0.2735, 0.1358, 0.1204, 0.1113),
    ),
    (0.001, 0.002, 0.5, 0.3, 0.234, 0.05, 0.007): (
        *(0.1203, 0.1204, 0.1981, 0.1622, 0.1518, 0.1263, 0.1210),
    ),
}


def doubles(*values: float) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)


@pytest.mark.parametrize("scores", SCORES)
def test_softmax_of_published_scores(scores: tuple[float, ...]) -> None:
    expected = doubles(*SCORES[scores])
    torch.testing.assert_close(softmax(doubles(*scores)), expected, rtol=0, atol=5e-5)


@pytest.mark.parametrize(
    ("chance", "bits"), [(0.2, 2.3219), (0.2735, 1.8704), (0.1203, 3.0553), (0.7, 0.5146)]
)
def test_bits_of_published_chances(chance: float, bits: float) -> None:
    predicted = doubles(chance, 1 - chance)
    sparse = sparse_cross_entropy(torch.tensor(0), predicted, base=BITS)
    assert float(sparse) == pytest.approx(bits, abs=5e-5)
    whole = cross_entropy(doubles(1, 0), predicted, base=BITS)
    assert float(whole) == pytest.approx(bits, abs=5e-5)


def test_cross_entropy_of_the_published_distribution() -> None:
    found = cross_entropy(doubles(1, 0, 0, 0), doubles(0.7, 0.2, 0.05, 0.05), base=BITS)
    assert float(found) == pytest.approx(0.5146, abs=5e-5)


def test_what_is_not_true_may_be_held_impossible() -> None:
    assert float(cross_entropy(doubles(1, 0), doubles(1, 0))) == 0
    assert float(cross_entropy(doubles(1, 0), doubles(0, 1))) == math.inf


@given(st.lists(st.floats(-700, 700), min_size=2, max_size=9), st.integers(0, 1))
def test_losses_are_torchs(scores: list[float], chosen: int) -> None:
    logits, classes = doubles(*scores).unsqueeze(0), torch.tensor([chosen])
    torch.testing.assert_close(softmax(logits), logits.softmax(dim=1))
    expected = F.nll_loss(logits.softmax(dim=1).log(), classes)
    torch.testing.assert_close(sparse_cross_entropy(classes, softmax(logits))[0], expected)


def test_words_are_numbered_by_frequency_then_order() -> None:
    index = word_index(
        ["if you say yes, I will delightfully agree. If you say no, I will painfully do so."]
    )
    assert len(index) == 12
    assert to_numbers("if you say so", index) == [1, 2, 3, 12]
    assert to_numbers("I hope you agree", index) == [4, 2, 8]


def test_attention_by_hand_is_the_networks() -> None:
    torch.manual_seed(0)
    fast = AdditiveAttention(key_dim=5, attention_dim=3).double()
    memory, query = torch.randn(1, 4, 5).double(), torch.randn(1, 3).double()
    real = torch.tensor([True, True, False, True])
    keys = fast.project_keys(memory)
    by_hand = attention.scores(query[0], keys[0], fast.energy.weight[0])
    # the network adds the same bias to every score, which softmax takes away again
    found = fast(query, keys, real.unsqueeze(0))[0]
    torch.testing.assert_close(found, attention.weights_of(by_hand, real))
    assert found[2] == 0


@pytest.mark.parametrize(
    ("dropped", "alike"), [("each", ()), ("channels", (1,)), ("steps", (2,)), ("rows", (1, 2))]
)
def test_what_is_dropped_together_has_one_mask(
    dropped: Dropped, alike: tuple[int, ...]
) -> None:
    batch = torch.ones(64, 5, 7, dtype=torch.float64)
    draw = torch.Generator().manual_seed(0)
    kept = masks.drop(batch, share=0.5, dropped=dropped, draw=draw)
    assert set(kept.unique().tolist()) == {0.0, 2.0}
    for axis in (1, 2):
        same = bool((kept == kept.narrow(axis, 0, 1)).all())
        assert same == (axis in alike)


def test_the_networks_mask_of_channels_is_that_shape() -> None:
    mask = channel_mask(3, 7, share=0.5, device=torch.device("cpu"))
    assert masks.mask_shape(3, 5, 7, dropped="channels") == (3, 1, 7)
    assert mask.unsqueeze(1).shape == (3, 1, 7)


def count(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def test_published_counts() -> None:
    grus = [parameters.gru(*sizes, biases=1) for sizes in ((8, 16), (16, 8), (8, 4))]
    assert grus == [1_200, 600, 156]
    assert parameters.embedding(100, 8) + sum(grus) + parameters.dense(4, 1) == 2_761
    assert parameters.gru(256, 100) == 107_400
    assert parameters.embedding(90, 256) + 107_400 + parameters.dense(100, 90) == 139_530
    bilstm = 2 * parameters.lstm(64, 64, biases=1)
    assert bilstm == 66_048
    dense = parameters.dense(128, 64) + parameters.dense(64, 1)
    assert parameters.embedding(5_272, 64) + bilstm + dense == 411_777
    bigru = 2 * parameters.gru(128, 256)
    assert bigru == 592_896
    assert parameters.embedding(9_001, 128) + bigru + parameters.dense(512, 39) == 1_765_031


def test_formulas_count_torchs_layers() -> None:
    assert parameters.gru(8, 16) == count(nn.GRU(8, 16))
    assert parameters.lstm(8, 16) == count(nn.LSTM(8, 16))
    assert parameters.recurrent(8, 16, gates=1, biases=2) == count(nn.RNN(8, 16))
    assert parameters.dense(8, 16) == count(nn.Linear(8, 16))
    assert parameters.embedding(8, 16) == count(nn.Embedding(8, 16))
