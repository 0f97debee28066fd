"""Gradients by hand against numeric slopes and autograd, with padding and without."""

import torch
from torch import Tensor

from models.networks.additive_recurrence import Source, StateWeights, go_on, recur

REAL = torch.tensor([[True, True, True, True], [True, True, False, False]])


def drawn() -> list[Tensor]:
    """Words, first state, keys, gates, weight, bias, energy: B 2, T 2, S 4, H 3, A 2."""
    torch.manual_seed(0)
    shapes = [(2, 2, 9), (2, 3), (2, 4, 2), (2, 4, 9), (11, 3), (11,), (2,)]
    return [torch.randn(shape, dtype=torch.float64, requires_grad=True) for shape in shapes]


def by_hand(*drawn: Tensor) -> tuple[Tensor, Tensor]:
    words, first, keys, gates, *weights = drawn
    return recur(words, first, Source(keys, gates, REAL), StateWeights(*weights))


def by_autograd(*drawn: Tensor) -> tuple[Tensor, Tensor]:
    words, state, keys, gates, *weights = drawn
    steps = []
    for word in words.unbind(1):
        step = go_on(word, state, Source(keys, gates, REAL), StateWeights(*weights))
        state = step.after
        steps.append(step)
    return (
        torch.stack([step.look for step in steps], dim=1),
        torch.stack([step.after for step in steps], dim=1),
    )


def test_gradients_are_the_slopes() -> None:
    assert torch.autograd.gradcheck(by_hand, drawn())


def test_gradients_are_those_of_the_steps_one_by_one() -> None:
    both = []
    for way in (by_hand, by_autograd):
        parts = drawn()
        looks, states = way(*parts)
        (looks.square().sum() + states.cos().sum()).backward()
        both.append([looks, states, *(part.grad for part in parts)])
    for ours, expected in zip(*both, strict=True):
        torch.testing.assert_close(ours, expected)


def test_padding_gets_no_gradient() -> None:
    parts = drawn()
    looks, states = by_hand(*parts)
    (looks.square().sum() + states.sum()).backward()
    for of_source in (parts[2].grad, parts[3].grad):
        assert of_source is not None
        assert (of_source[1, 2:] == 0).all()
        assert (of_source[1, :2] != 0).all()


def test_states_are_the_same_where_no_gradient_is_wanted() -> None:
    parts = drawn()
    with torch.no_grad():
        _, states = by_hand(*parts)
    assert states.grad_fn is None
    torch.testing.assert_close(states, by_hand(*parts)[1].detach())
