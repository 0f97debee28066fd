"""Attention and the decoders that use it, against the formulas of the papers, step by step."""

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.networks.attention import AdditiveAttention, MultiplicativeAttention
from models.networks.decoders import BahdanauDecoder, DecoderSizes, LuongDecoder
from models.networks.positions import sinusoids
from models.networks.state import DecoderState
from models.networks.transformer import DecoderLayer, EncoderLayer, HeadedAttention

MEMORY = torch.randn(2, 4, 6, generator=torch.Generator().manual_seed(0))
REAL = torch.tensor([[True, True, True, True], [True, True, False, False]])
WORDS = torch.randn(2, 3, 5, generator=torch.Generator().manual_seed(1))
FIRST = torch.randn(2, 7, generator=torch.Generator().manual_seed(2))
ALL = torch.ones(2, 3, dtype=torch.bool)
SIZES = DecoderSizes(embedding=5, hidden=7, memory=6, feature=4, layers=1, dropout=0.0)


@pytest.fixture(autouse=True)
def _seed() -> None:
    torch.manual_seed(3)


def test_additive_weights_are_those_of_the_formula() -> None:
    attention = AdditiveAttention(key_dim=6, attention_dim=3)
    query = torch.randn(2, 3)
    weights = attention(query, attention.project_keys(MEMORY), REAL)
    for row, length in enumerate((4, 2)):
        energies = torch.stack(
            [
                attention.energy.weight[0] @ torch.tanh(query[row] + attention.keys.weight @ h)
                for h in MEMORY[row, :length]
            ]
        )
        torch.testing.assert_close(weights[row, :length], energies.softmax(dim=0))
    assert (weights[1, 2:] == 0).all()


def test_multiplicative_weights_are_those_of_the_formula() -> None:
    attention = MultiplicativeAttention(key_dim=6, query_dim=7)
    queries = torch.randn(2, 3, 7)
    weights = attention(queries, attention.project_keys(MEMORY), REAL)  # (B, T, S)
    scores = queries[1, 2] @ (attention.keys.weight @ MEMORY[1, :2].T)
    torch.testing.assert_close(weights[1, 2, :2], scores.softmax(dim=0))
    assert (weights[1, :, 2:] == 0).all()


def test_the_additive_decoder_is_a_gru_fed_with_the_context_of_its_last_state() -> None:
    decoder = BahdanauDecoder(SIZES)
    cell = nn.GRUCell(5 + 6, 7)
    with torch.no_grad():
        cell.weight_ih.copy_(
            torch.cat([decoder.word_gates.weight, decoder.context_gates.weight], dim=1)
        )
        cell.bias_ih.copy_(decoder.word_gates.bias)
        cell.weight_hh.copy_(decoder.state_gates.weight[: 3 * 7])
        cell.bias_hh.copy_(decoder.state_gates.bias[: 3 * 7])
    features = []
    hidden = FIRST
    for word in WORDS.unbind(1):
        query = F.linear(hidden, decoder.state_gates.weight, decoder.state_gates.bias)[:, 21:]
        keys = decoder.attention.project_keys(MEMORY)
        weights = decoder.attention(query, keys, REAL)
        context = torch.einsum("bs,bsm->bm", weights, MEMORY)
        hidden = cell(torch.cat([word, context], dim=1), hidden)
        seen = torch.cat([hidden, context, word], dim=1)
        features.append(F.linear(seen, decoder.readout.weight, decoder.readout.bias).tanh())
    expected = torch.stack(features, dim=1).flatten(0, 1)
    torch.testing.assert_close(decoder.write(WORDS, state_of(decoder), ALL), expected)


def test_the_multiplicative_decoder_looks_from_each_state_of_a_plain_gru() -> None:
    decoder = LuongDecoder(SIZES)
    states, _ = decoder.recurrence(WORDS, FIRST.unsqueeze(0))
    keys = decoder.attention.project_keys(MEMORY)
    expected = []
    for row in range(2):
        for hidden in states[row]:
            scores = (keys[row] @ hidden).masked_fill(~REAL[row], float("-inf"))
            context = scores.softmax(dim=0) @ MEMORY[row]
            seen = torch.cat([context, hidden])
            expected.append(F.linear(seen, decoder.readout.weight, decoder.readout.bias).tanh())
    torch.testing.assert_close(
        decoder.write(WORDS, state_of(decoder), ALL), torch.stack(expected)
    )


def test_heads_attend_as_torchs_own_do() -> None:
    ours = HeadedAttention(model_dim=6, heads=3)
    theirs = nn.MultiheadAttention(6, 3, batch_first=True)
    with torch.no_grad():
        theirs.in_proj_weight.copy_(torch.cat([ours.queries.weight, ours.keys_values.weight]))
        theirs.in_proj_bias.copy_(torch.cat([ours.queries.bias, ours.keys_values.bias]))
        theirs.out_proj.load_state_dict(ours.join.state_dict())
    looking = torch.randn(2, 1, 6)
    keys, values = ours.keys_of(MEMORY)
    expected, weights = theirs(looking, MEMORY, MEMORY, key_padding_mask=~REAL)
    mask = REAL[:, None, None]
    torch.testing.assert_close(ours(looking, keys, values, mask=mask), expected)
    seen, mean = ours.seen(looking, keys, values, mask)
    torch.testing.assert_close(seen, expected)
    torch.testing.assert_close(mean, weights.squeeze(1))


def test_places_far_on_are_those_of_a_longer_sentence() -> None:
    device = torch.device("cpu")
    whole = sinusoids(12, 8, first=0, device=device)
    torch.testing.assert_close(sinusoids(2, 8, first=10, device=device), whole[10:])
    assert len(whole.unique(dim=0)) == 12


def state_of(decoder: BahdanauDecoder | LuongDecoder) -> DecoderState:
    """A start from FIRST, with what the decoder keeps of MEMORY."""
    return DecoderState((FIRST.unsqueeze(1),), decoder.remember(MEMORY), REAL)


def test_gradients_reach_the_source_through_attention() -> None:
    decoder = BahdanauDecoder(SIZES)
    memory: Tensor = MEMORY.clone().requires_grad_()
    state = DecoderState((FIRST.unsqueeze(1),), decoder.remember(memory), REAL)
    decoder.write(WORDS, state, ALL).sum().backward()
    assert memory.grad is not None
    assert (memory.grad[0] != 0).any(dim=1).all()
    assert (memory.grad[1, 2:] == 0).all()


def test_layers_of_the_transformer_are_torchs_own_with_the_norms_first() -> None:
    encoder, decoder = EncoderLayer(6, 3, 8, 0.0), DecoderLayer(6, 3, 8, 0.0)
    options = {"dropout": 0.0, "batch_first": True, "norm_first": True}
    torchs_encoder = nn.TransformerEncoderLayer(6, 3, 8, **options)
    torchs_decoder = nn.TransformerDecoderLayer(6, 3, 8, **options)
    _copy_layer(encoder, torchs_encoder, [(encoder.own, torchs_encoder.self_attn)])
    looks = [(decoder.own, torchs_decoder.self_attn)]
    _copy_layer(
        decoder, torchs_decoder, [*looks, (decoder.look, torchs_decoder.multihead_attn)]
    )
    read = torchs_encoder(MEMORY, src_key_padding_mask=~REAL)
    torch.testing.assert_close(encoder(MEMORY, REAL)[REAL], read[REAL])
    words = torch.randn(2, 3, 6)
    later = torch.ones(3, 3, dtype=torch.bool).triu(1)
    expected = torchs_decoder(words, MEMORY, tgt_mask=later, memory_key_padding_mask=~REAL)
    written = decoder(words, *decoder.look.keys_of(MEMORY), REAL)
    torch.testing.assert_close(written, expected)


def _copy_layer(
    ours: EncoderLayer | DecoderLayer,
    theirs: nn.Module,
    attentions: list[tuple[HeadedAttention, nn.MultiheadAttention]],
) -> None:
    """Give torch's layer our weights, drawn anew so that no norm is a plain one."""
    for parameter in ours.parameters():
        nn.init.normal_(parameter, std=0.5)
    for one, torchs in attentions:
        with torch.no_grad():
            torchs.in_proj_weight.copy_(torch.cat([one.queries.weight, one.keys_values.weight]))
            torchs.in_proj_bias.copy_(torch.cat([one.queries.bias, one.keys_values.bias]))
        torchs.out_proj.load_state_dict(one.join.state_dict())
    norm, first, _, _, second = ours.feedforward
    norms = [ours.own_norm, *([ours.look_norm] if isinstance(ours, DecoderLayer) else []), norm]
    for number, one in enumerate(norms, start=1):
        theirs.get_submodule(f"norm{number}").load_state_dict(one.state_dict())
    theirs.get_submodule("linear1").load_state_dict(first.state_dict())
    theirs.get_submodule("linear2").load_state_dict(second.state_dict())
