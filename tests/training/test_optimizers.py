"""Adam of rows is torch's own for sparse gradients, number by number."""

import torch
from torch import nn

from training.optimizers import RowAdam


def test_rows_move_as_torchs_adam_for_sparse_gradients_moves_them() -> None:
    torch.manual_seed(0)
    ours, theirs = (nn.EmbeddingBag(40, 3, mode="sum", sparse=True) for _ in range(2))
    theirs.load_state_dict(ours.state_dict())
    row_adam = RowAdam(ours.parameters(), lr=0.1)
    sparse_adam = torch.optim.SparseAdam(list(theirs.parameters()), lr=0.1)
    for _ in range(20):
        words, wanted = torch.randint(30, (8, 4)), torch.randn(8, 3)
        for bags, optimizer in ((ours, row_adam), (theirs, sparse_adam)):
            optimizer.zero_grad()
            (bags(words) - wanted).square().sum().backward()
            optimizer.step()
    torch.testing.assert_close(ours.weight, theirs.weight)


def test_rows_without_a_gradient_stand_still_and_what_was_learned_comes_back() -> None:
    torch.manual_seed(0)
    bags = nn.EmbeddingBag(9, 2, mode="sum", sparse=True)
    before = bags.weight.detach().clone()
    optimizer = RowAdam(bags.parameters(), lr=0.1)
    bags(torch.tensor([[1, 2, 2]])).sum().backward()
    optimizer.step()
    moved = (bags.weight != before).any(dim=1)
    assert moved.tolist() == [number in (1, 2) for number in range(9)]
    again = RowAdam(bags.parameters(), lr=0.1)
    again.load_state_dict(optimizer.state_dict())
    state = again.state[bags.weight]
    assert state["step"] == 1
    assert torch.equal(state["exp_avg"], optimizer.state[bags.weight]["exp_avg"])
