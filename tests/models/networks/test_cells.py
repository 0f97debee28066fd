import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from models.networks.cells import CellName, Recurrence

LENGTHS = torch.tensor([3, 5, 1])


def twin_of(recurrence: Recurrence, kind: type[nn.LSTM] | type[nn.GRU]) -> nn.LSTM | nn.GRU:
    """PyTorch's own stack with the same weights, to be read packed."""
    first = recurrence.forwards[0]
    stack = kind(
        first.input_size,
        first.hidden_size,
        num_layers=len(recurrence.forwards),
        bidirectional=bool(recurrence.backwards),
        batch_first=True,
    )
    weights = {}
    for suffix, readers in (("", recurrence.forwards), ("_reverse", recurrence.backwards)):
        for number, reader in enumerate(readers):
            for name, value in reader.state_dict().items():
                weights[name.replace("_l0", f"_l{number}{suffix}")] = value
    stack.load_state_dict(weights)
    return stack


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("bidirectional", [True, False])
@pytest.mark.parametrize(("cell", "kind"), [("lstm", nn.LSTM), ("gru", nn.GRU)])
def test_the_layers_read_what_pytorch_reads_from_packed_texts(
    cell: CellName, kind: type[nn.LSTM] | type[nn.GRU], bidirectional: bool, layers: int
):
    torch.manual_seed(0)
    recurrence = Recurrence(
        cell, 4, hidden_dim=3, layers=layers, bidirectional=bidirectional, dropout=0.0
    )
    inputs = torch.randn(3, 5, 4)
    packed = pack_padded_sequence(inputs, LENGTHS, batch_first=True, enforce_sorted=False)
    states, final = twin_of(recurrence, kind)(packed)
    states, _ = pad_packed_sequence(states, batch_first=True)
    read = recurrence(inputs, LENGTHS)
    real = torch.arange(5) < LENGTHS.unsqueeze(1)
    torch.testing.assert_close(read.states[real], states[real])
    torch.testing.assert_close(read.final, final[0] if isinstance(final, tuple) else final)


def test_nothing_flows_from_or_to_padding():
    torch.manual_seed(0)
    recurrence = Recurrence("lstm", 4, hidden_dim=3, layers=2, bidirectional=True, dropout=0.0)
    inputs = torch.randn(3, 5, 4, requires_grad=True)
    real = torch.arange(5) < LENGTHS.unsqueeze(1)
    read = recurrence(inputs, LENGTHS)
    (read.states[real].square().sum() + read.final.square().sum()).backward()
    assert inputs.grad is not None
    assert inputs.grad[~real].abs().sum() == 0
    assert (inputs.grad[real].abs().sum(dim=1) > 0).all()


def test_dropout_acts_between_layers_only():
    torch.manual_seed(0)
    inputs, lengths = torch.randn(1, 5, 4), torch.tensor([5])
    for layers, same in ((1, True), (2, False)):
        recurrence = Recurrence(
            "gru", 4, hidden_dim=3, layers=layers, bidirectional=False, dropout=0.5
        )
        first, second = (recurrence(inputs, lengths).states for _ in range(2))
        assert torch.equal(first, second) is same


@pytest.mark.parametrize("bidirectional", [False, True])
def test_layers_may_narrow(bidirectional: bool):
    torch.manual_seed(0)
    reader = Recurrence(
        "gru",
        8,
        hidden_dim=16,
        layers=3,
        bidirectional=bidirectional,
        dropout=0.0,
        halving=True,
    )
    assert [layer.hidden_size for layer in reader.forwards] == [16, 8, 4]
    read = reader(torch.randn(2, 5, 8), torch.tensor([5, 3]))
    directions = 2 if bidirectional else 1
    assert read.states.shape == (2, 5, 4 * directions)
    assert read.final.shape == (directions, 2, 4)
    torch.testing.assert_close(read.final[0, 1], read.states[1, 2, :4])
