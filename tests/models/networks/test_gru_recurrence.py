"""Our way through time against torch's, values and gradients."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models.networks.gru_recurrence import gru_recurrence
from models.networks.layers import FusedLayer


def own(layer: nn.GRU, inputs: Tensor, state: Tensor) -> Tensor:
    gates = F.linear(inputs.transpose(0, 1), layer.weight_ih_l0, layer.bias_ih_l0)
    return gru_recurrence(gates, state, layer.weight_hh_l0, layer.bias_hh_l0).transpose(0, 1)


@pytest.mark.parametrize(
    ("rows", "steps", "size"), [(1, 1, 1), (3, 7, 4), (2, 1, 5), (1, 9, 3)]
)
def test_states_and_gradients_are_torchs(rows: int, steps: int, size: int) -> None:
    torch.manual_seed(rows + steps + size)
    layer = nn.GRU(5, size, batch_first=True).double()
    upstream = torch.randn(rows, steps, size, dtype=torch.double)
    found = []
    for way in (own, lambda layer, inputs, state: layer(inputs, state.unsqueeze(0))[0]):
        torch.manual_seed(1)
        inputs = torch.randn(rows, steps, 5, dtype=torch.double, requires_grad=True)
        state = torch.randn(rows, size, dtype=torch.double, requires_grad=True)
        states = way(layer, inputs, state)
        wanted = [inputs, state, *layer.parameters()]
        found.append([states, *torch.autograd.grad(states, wanted, upstream)])
    for mine, torchs in zip(*found, strict=True):
        torch.testing.assert_close(mine, torchs)


def test_what_comes_in_is_left_as_it_was() -> None:
    gates, state = torch.randn(4, 2, 9), torch.randn(2, 3)
    copies = gates.clone(), state.clone()
    weight, bias = torch.randn(9, 3), torch.randn(9)
    gru_recurrence(gates, state, weight, bias)
    torch.testing.assert_close((gates, state), copies)


def test_a_table_of_vectors_gives_what_the_vectors_give() -> None:
    torch.manual_seed(0)
    layer = FusedLayer("gru", 6, hidden_dim=4, recurrent_dropout=0.0).double()
    vectors = torch.randn(10, 6, dtype=torch.double, requires_grad=True)
    ids, state = torch.randint(0, 10, (3, 8)), (torch.randn(3, 4, dtype=torch.double),)
    found = []
    for states, after in (
        layer.read(vectors, ids, state),
        layer(F.embedding(ids, vectors), state),
    ):
        torch.testing.assert_close(states[:, -1], after[0])
        gradients = torch.autograd.grad(states.sum(), [vectors, *layer.parameters()])
        found.append([states, *gradients])
    assert layer.has_own_way
    with torch.no_grad():
        assert not layer.has_own_way
        plain, _ = layer.read(vectors, ids, state)
    torch.testing.assert_close(plain, found[0][0])
    for folded, vectorwise in zip(*found, strict=True):
        torch.testing.assert_close(folded, vectorwise)
