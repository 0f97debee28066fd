import torch
from torch import Tensor

from configs.networks import GRUEncoderDecoderConfig
from models.networks.build import Seq2SeqSizes, build_network
from models.networks.seq2seq import GRUEncoderDecoder

BOS = 2
SIZES = Seq2SeqSizes(source_vocabulary=11, target_vocabulary=9)
SOURCE = torch.tensor([[4, 5, 6, 7], [8, 9, 0, 0]])
SOURCE_LENGTHS = torch.tensor([4, 2])
TARGET_IN = torch.tensor([[BOS, 4, 5], [BOS, 6, 0]])
MASK = torch.tensor([[True, True, True], [True, True, False]])


def network_of(*, layers: int = 1, dropout: float = 0.0) -> GRUEncoderDecoder:
    torch.manual_seed(1)
    config = GRUEncoderDecoderConfig(
        layers=layers, embedding_dim=5, hidden_dim=6, dropout=dropout
    )
    return build_network(config, SIZES)


def score(network: GRUEncoderDecoder) -> Tensor:
    logits: Tensor = network(SOURCE, SOURCE_LENGTHS, TARGET_IN, MASK)
    return logits


def test_logits_are_of_real_positions_only_row_after_row():
    network = network_of()
    second = network(SOURCE[1:, :2], SOURCE_LENGTHS[1:], TARGET_IN[1:, :2], MASK[1:, :2])
    assert score(network).shape == (5, 9)
    torch.testing.assert_close(score(network)[3:], second)


def test_encoder_and_decoder_are_blind_to_padding():
    network = network_of(layers=2)
    source = torch.where(SOURCE == 0, 10, SOURCE)
    target_in = torch.where(MASK, TARGET_IN, 8)
    torch.testing.assert_close(network(source, SOURCE_LENGTHS, target_in, MASK), score(network))


def test_stepping_gives_the_scores_of_the_whole_sentence():
    network = network_of(layers=2)
    state = network.start(SOURCE, SOURCE_LENGTHS)
    stepped = []
    for t in range(3):
        scores, state = network.step(TARGET_IN[:, t], state)
        stepped.append(scores)
    torch.testing.assert_close(torch.stack(stepped, dim=1)[MASK], score(network))


def test_selected_rows_go_on_as_they_would_have():
    network = network_of(layers=2)
    _, state = network.step(TARGET_IN[:, 0], network.start(SOURCE, SOURCE_LENGTHS))
    scores, _ = network.step(TARGET_IN[:, 1], state)
    rows = torch.tensor([1, 0, 1])
    selected = state.select(rows)
    assert selected.rows == 3
    torch.testing.assert_close(network.step(TARGET_IN[rows, 1], selected)[0], scores[rows])


def test_no_position_sees_the_words_after_it():
    network = network_of()
    other_end = TARGET_IN.clone()
    other_end[0, 2] = 7
    changed = network(SOURCE, SOURCE_LENGTHS, other_end, MASK)
    torch.testing.assert_close(changed[[0, 1, 3, 4]], score(network)[[0, 1, 3, 4]])
    assert not torch.allclose(changed[2], score(network)[2])


def test_the_source_reaches_every_position():
    network = network_of()
    other = SOURCE.clone()
    other[0, 0] = 10
    changed = network(other, SOURCE_LENGTHS, TARGET_IN, MASK)
    assert (changed[:3] != score(network)[:3]).any(dim=1).all()
    torch.testing.assert_close(changed[3:], score(network)[3:])


def test_every_parameter_learns():
    network = network_of(layers=2)
    score(network).square().sum().backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().sum() > 0, name


def test_parameters_are_those_that_the_sizes_say():
    gru = 3 * 6 * (5 + 6 + 2)  # three gates, two biases
    words = (11 + 9) * 5
    scores = (6 + 1) * 9
    assert sum(p.numel() for p in network_of().parameters()) == words + 2 * gru + scores


def test_dropout_is_silent_in_evaluation_and_acts_in_training():
    network = network_of(dropout=0.5, layers=2)
    assert not torch.allclose(score(network), score(network))
    network.eval()
    torch.testing.assert_close(score(network), score(network))
