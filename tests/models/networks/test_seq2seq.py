"""What holds of every network that writes one sentence while reading another."""

import pytest
import torch
from torch import Tensor

from configs.networks import GRUEncoderDecoderConfig, TransformerConfig
from models.networks.build import Seq2SeqNetwork, Seq2SeqSizes, build_network
from models.networks.decoders import PlainDecoder
from tests.models.networks.every_seq2seq import EVERY

BOS = 2
SIZES = Seq2SeqSizes(source_vocabulary=11, target_vocabulary=9)
SOURCE = torch.tensor([[4, 5, 6, 7], [8, 9, 0, 0]])
SOURCE_LENGTHS = torch.tensor([4, 2])
TARGET_IN = torch.tensor([[BOS, 4, 5], [BOS, 6, 0]])
MASK = torch.tensor([[True, True, True], [True, True, False]])


@pytest.fixture(params=EVERY)
def config(request: pytest.FixtureRequest) -> GRUEncoderDecoderConfig | TransformerConfig:
    return EVERY[request.param]


@pytest.fixture
def network(config: GRUEncoderDecoderConfig | TransformerConfig) -> Seq2SeqNetwork:
    return network_of(config)


def network_of(config: GRUEncoderDecoderConfig | TransformerConfig) -> Seq2SeqNetwork:
    """In double precision, so that two ways to the same numbers meet."""
    torch.manual_seed(1)
    return build_network(config, SIZES).double()


def score(network: Seq2SeqNetwork) -> Tensor:
    logits: Tensor = network(SOURCE, SOURCE_LENGTHS, TARGET_IN, MASK)
    return logits


def test_logits_are_of_real_positions_only_row_after_row(network: Seq2SeqNetwork) -> None:
    second = network(SOURCE[1:, :2], SOURCE_LENGTHS[1:], TARGET_IN[1:, :2], MASK[1:, :2])
    assert score(network).shape == (5, 9)
    torch.testing.assert_close(score(network)[3:], second)


def test_what_stands_on_padding_changes_nothing(network: Seq2SeqNetwork) -> None:
    source = torch.where(SOURCE == 0, 10, SOURCE)
    target_in = torch.where(MASK, TARGET_IN, 8)
    torch.testing.assert_close(network(source, SOURCE_LENGTHS, target_in, MASK), score(network))


def test_stepping_gives_the_scores_of_the_whole_sentence(network: Seq2SeqNetwork) -> None:
    state = network.start(SOURCE, SOURCE_LENGTHS)
    stepped = []
    for t in range(3):
        scores, state = network.step(TARGET_IN[:, t], state)
        stepped.append(scores)
    torch.testing.assert_close(torch.stack(stepped, dim=1)[MASK], score(network))


def test_no_position_sees_the_words_after_it(network: Seq2SeqNetwork) -> None:
    other_end = TARGET_IN.clone()
    other_end[0, 2] = 7
    changed = network(SOURCE, SOURCE_LENGTHS, other_end, MASK)
    torch.testing.assert_close(changed[[0, 1, 3, 4]], score(network)[[0, 1, 3, 4]])
    assert not torch.allclose(changed[2], score(network)[2])


def test_the_source_reaches_every_position(network: Seq2SeqNetwork) -> None:
    other = SOURCE.clone()
    other[0, 0] = 10
    changed = network(other, SOURCE_LENGTHS, TARGET_IN, MASK)
    assert (changed[:3] != score(network)[:3]).any(dim=1).all()
    torch.testing.assert_close(changed[3:], score(network)[3:])


def test_every_parameter_learns(network: Seq2SeqNetwork) -> None:
    score(network).square().sum().backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().sum() > 0, name


def test_every_number_is_stored_once(network: Seq2SeqNetwork) -> None:
    stored = {tensor.data_ptr() for tensor in network.state_dict().values()}
    assert len(stored) == len(network.state_dict())


def test_attention_is_a_share_of_real_words(network: Seq2SeqNetwork) -> None:
    state = network.start(SOURCE, SOURCE_LENGTHS)
    assert state.attention is None
    _, state = network.step(TARGET_IN[:, 0], state)
    if isinstance(network.decoder, PlainDecoder):
        assert state.attention is None
        return
    assert state.attention is not None
    assert (state.attention[1, 2:] == 0).all()
    assert (state.attention[0] > 0).all()
    torch.testing.assert_close(state.attention.sum(dim=1), torch.ones(2).double())


def test_rows_are_left_out_repeated_and_exchanged(network: Seq2SeqNetwork) -> None:
    state = network.start(SOURCE, SOURCE_LENGTHS)
    _, state = network.step(TARGET_IN[:, 0], state)
    expected, _ = network.step(TARGET_IN[:, 1], state)
    rows = torch.tensor([1, 0, 1])
    scores, after = network.step(TARGET_IN[rows, 1], state.select(rows))
    torch.testing.assert_close(scores, expected[rows])
    assert after.rows == 3


def test_hypotheses_of_one_sentence_change_places(network: Seq2SeqNetwork) -> None:
    twice = network.start(SOURCE, SOURCE_LENGTHS).select(torch.tensor([0, 0]))
    _, state = network.step(torch.tensor([4, 5]), twice)
    expected, _ = network.step(torch.tensor([6, 6]), state)
    swapped, _ = network.step(torch.tensor([6, 6]), state.reorder(torch.tensor([1, 0])))
    torch.testing.assert_close(swapped, expected[[1, 0]])
    assert not torch.allclose(swapped, expected)


def test_dropout_is_silent_in_evaluation_and_acts_in_training(
    config: GRUEncoderDecoderConfig | TransformerConfig,
) -> None:
    network = network_of(config.model_copy(update={"dropout": 0.5}))
    assert not torch.allclose(score(network), score(network))
    network.eval()
    torch.testing.assert_close(score(network), score(network))


def test_autocast_leaves_the_scores_near(network: Seq2SeqNetwork) -> None:
    network.float()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rough = score(network)
    torch.testing.assert_close(rough.float(), score(network), rtol=0.05, atol=0.1)


def test_autocast_leaves_the_gradients_near(network: Seq2SeqNetwork) -> None:
    network.float()
    found = []
    for rough in (False, True):
        network.zero_grad()
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=rough):
            logits = score(network)
        logits.float().square().mean().backward()
        found.append(torch.cat([each.grad.flatten() for each in network.parameters()]))
    assert (found[1] - found[0]).norm() < 0.05 * found[0].norm()


def test_a_layer_starts_from_its_own_or_from_the_top() -> None:
    both = [
        network_of(EVERY["plain, two layers"].model_copy(update={"decoder_start": start}))
        for start in ("same_layer", "top_layer")
    ]
    final = both[0].encoder(SOURCE, SOURCE_LENGTHS).final.transpose(0, 1)  # (B, L, H)
    (same,), (top,) = (network.start(SOURCE, SOURCE_LENGTHS).written for network in both)
    torch.testing.assert_close(same, final)
    torch.testing.assert_close(top, final[:, [1, 1]])


def test_parameters_are_those_that_the_sizes_say() -> None:
    E, H, V = 5, 6, 9  # noqa: N806 - as in the papers
    words = (11 + V) * E
    gru = 3 * H * (E + H + 2)  # three gates, two biases
    assert parameters("plain") == words + 2 * gru + (H + 1) * V
    assert parameters("plain, tied") == words + 2 * gru + H * E + V

    both, encoder = 2 * H, 2 * gru
    bridge, keys, energy = (both + 1) * H, both * H, H
    gates = 3 * H * (E + 1) + 3 * H * both + 4 * H * (H + 1)  # of word, context, state
    readout = (H + both + E + 1) * H
    decoder = keys + energy + gates + readout
    assert parameters("bahdanau, both ways") == words + encoder + bridge + decoder + (H + 1) * V


def parameters(name: str) -> int:
    return sum(parameter.numel() for parameter in network_of(EVERY[name]).parameters())


def test_logits_are_the_callers_to_overwrite(network: Seq2SeqNetwork) -> None:
    state = network.start(SOURCE, SOURCE_LENGTHS)
    with torch.no_grad():
        logits, after = network.step(TARGET_IN[:, 0], state)
        expected, _ = network.step(TARGET_IN[:, 1], after)
        logits.fill_(float("nan"))
        again, _ = network.step(TARGET_IN[:, 1], after)
    torch.testing.assert_close(again, expected)
    assert not torch.isnan(again).any()


@pytest.mark.parametrize("name", [name for name, config in EVERY.items() if config.tied])
def test_tied_words_learn_to_be_read_and_to_be_scored(name: str) -> None:
    network = network_of(EVERY[name])
    optimizer = torch.optim.Adam(network.parameters(), lr=0.02)
    wanted = torch.tensor([4, 5, 3, 6, 3])
    losses = []
    for _ in range(60):
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(score(network), wanted)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.1 < 1 < losses[0]
    matrices = [t for t in network.state_dict().values() if t.shape[0] == 9 and t.ndim == 2]
    assert len(matrices) == 1


def test_a_transformer_reads_and_writes_any_length() -> None:
    network = network_of(EVERY["transformer"])
    source = torch.randint(4, 11, (1, 3000))
    logits = network(
        source, torch.tensor([3000]), source[:, :50] % 9, torch.ones(1, 50, dtype=torch.bool)
    )
    assert logits.isfinite().all()


def test_parameters_of_a_transformer_and_of_luongs_are_those_that_the_sizes_say() -> None:
    D, F, V = 8, 12, 9  # noqa: N806 - as in the papers
    attention, norm = 4 * D * (D + 1), 2 * D
    feedforward = (D + 1) * F + (F + 1) * D
    encoder, decoder = (
        attention + feedforward + 2 * norm,
        2 * attention + feedforward + 3 * norm,
    )
    assert parameters("transformer") == (11 + V) * D + encoder + decoder + 2 * norm + V

    E, H = 5, 6  # noqa: N806
    gru = 3 * H * (E + H + 2)
    readout = (2 * H + 1) * H
    assert parameters("luong") == (11 + V) * E + 2 * gru + H * H + readout + (H + 1) * V
