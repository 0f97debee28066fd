from typing import get_args

import pytest
import torch
from torch import Tensor

from models.networks.layers import (
    FusedLayer,
    LayerName,
    PeepholeLSTM,
    ResetBeforeGRU,
    layer_of,
    state_mask,
)

E, H, B, T = 3, 4, 2, 5
CELLS: tuple[LayerName, ...] = get_args(LayerName)
every_cell = pytest.mark.parametrize("cell", CELLS)


@pytest.fixture
def inputs() -> Tensor:
    torch.manual_seed(5)
    return torch.randn(B, T, E, dtype=torch.float64)


def made(cell: LayerName, *, recurrent_dropout: float = 0.0):
    torch.manual_seed(6)
    layer = layer_of(cell, E, hidden_dim=H, recurrent_dropout=recurrent_dropout).double()
    state = tuple(torch.randn(B, H, dtype=torch.float64) for _ in range(layer.parts))
    return layer, state


@every_cell
def test_a_text_may_be_read_piece_by_piece(cell: LayerName, inputs: Tensor):
    layer, state = made(cell)
    whole, end = layer(inputs, state)
    first, middle = layer(inputs[:, :2], state)
    second, last = layer(inputs[:, 2:], middle)
    torch.testing.assert_close(torch.cat([first, second], dim=1), whole)
    torch.testing.assert_close(last, end)
    torch.testing.assert_close(end[0], whole[:, -1])


@every_cell
def test_gradients_agree_with_finite_differences(cell: LayerName, inputs: Tensor):
    layer, state = made(cell)
    given = [inputs.requires_grad_(), *(part.requires_grad_() for part in state)]
    assert torch.autograd.gradcheck(lambda x, *s: layer(x, s)[0], given)


def test_reset_comes_before_the_product_as_in_the_equations(inputs: Tensor):
    layer, (hidden,) = made("gru_reset_before")
    assert isinstance(layer, ResetBeforeGRU)
    found, _ = layer(inputs, (hidden,))
    w_r, w_z, w_n = layer.inputs.weight.chunk(3)
    b_r, b_z, b_n = layer.inputs.bias.chunk(3)
    u_r, u_z = layer.gates.weight.chunk(2)
    for step in range(T):  # Cho et al. 2014, equations 5 to 8
        x = inputs[:, step]
        r = torch.sigmoid(x @ w_r.T + b_r + hidden @ u_r.T)
        z = torch.sigmoid(x @ w_z.T + b_z + hidden @ u_z.T)
        new = torch.tanh(x @ w_n.T + b_n + (r * hidden) @ layer.new.weight.T)
        hidden = z * hidden + (1 - z) * new
        torch.testing.assert_close(found[:, step], hidden)


def test_peepholes_see_the_memory_as_in_the_equations(inputs: Tensor):
    layer, (hidden, memory) = made("peephole_lstm")
    assert isinstance(layer, PeepholeLSTM)
    found, _ = layer(inputs, (hidden, memory))
    w, b = layer.inputs.weight.chunk(4), layer.inputs.bias.chunk(4)
    u, p = layer.states.weight.chunk(4), layer.peepholes
    for step in range(T):
        x = inputs[:, step]
        i, f, g, o = (x @ w[k].T + b[k] + hidden @ u[k].T for k in range(4))
        before = memory
        memory = torch.sigmoid(f + p[1] * before) * before
        memory = memory + torch.sigmoid(i + p[0] * before) * torch.tanh(g)
        hidden = torch.sigmoid(o + p[2] * memory) * torch.tanh(memory)
        torch.testing.assert_close(found[:, step], hidden)


def test_without_peepholes_it_is_torchs_own_lstm(inputs: Tensor):
    layer, state = made("peephole_lstm")
    torch.nn.init.zeros_(layer.peepholes)
    theirs = torch.nn.LSTM(E, H, batch_first=True).double()
    with torch.no_grad():
        theirs.weight_ih_l0.copy_(layer.inputs.weight)
        theirs.weight_hh_l0.copy_(layer.states.weight)
        theirs.bias_ih_l0.copy_(layer.inputs.bias)
        theirs.bias_hh_l0.zero_()
    expected, _ = theirs(inputs, tuple(part.unsqueeze(0) for part in state))
    torch.testing.assert_close(layer(inputs, state)[0], expected)


@every_cell
def test_recurrent_dropout_is_for_training_alone(cell: LayerName, inputs: Tensor):
    layer, state = made(cell, recurrent_dropout=0.5)
    plain, _ = made(cell)
    torch.testing.assert_close(layer.eval()(inputs, state), plain(inputs, state))
    layer.train()
    assert not torch.equal(layer(inputs, state)[0], layer(inputs, state)[0])


def test_fused_cells_drop_weights_for_a_whole_batch(inputs: Tensor):
    layer, state = made("gru", recurrent_dropout=0.5)
    assert isinstance(layer, FusedLayer)
    same = inputs[:1].expand(B, T, E)
    started = tuple(part[:1].expand(B, H) for part in state)
    first, second = layer.train()(same, started)[0]
    assert torch.equal(first, second)


def test_own_cells_drop_parts_of_each_rows_state_for_all_steps(inputs: Tensor):
    torch.manual_seed(7)
    mask = state_mask(torch.zeros(B, 400), share=0.25)
    assert mask is not None
    assert mask.shape == (B, 400)
    assert mask.unique().tolist() == [0.0, pytest.approx(4 / 3)]
    assert not torch.equal(mask[0], mask[1])
    assert state_mask(torch.zeros(B, 4), share=0.0) is None
