"""The recurrence of additive attention over a known target, with its gradients by hand.

Autograd would make each weight's gradient as often as there are words, and add them up. Here
the way back goes through the words once for what depends on the word after, and then makes
the gradients of weights and of the encoder's shares in one product each.
"""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.autograd.function import FunctionCtx, once_differentiable

from models.networks.attention import attention_weights


class Source(NamedTuple):
    """What the steps read of the source.

    Attributes:
        keys: (B, S, A).
        gates: (B, S, 3H), the encoder states' shares of reset, update and new.
        mask: (B, S) bool, True on real tokens; each row needs one.
    """

    keys: Tensor
    gates: Tensor
    mask: Tensor


class StateWeights(NamedTuple):
    """By what a state goes on.

    Attributes:
        weight: (3H + A, H), rows for reset, update, new and the query.
        bias: (3H + A,).
        energy: (A,), what a comparison of query and key is scored by.
    """

    weight: Tensor
    bias: Tensor
    energy: Tensor

    def to(self, dtype: torch.dtype) -> "StateWeights":
        """The same in another precision."""
        return StateWeights(*(each.to(dtype) for each in self))


class Step(NamedTuple):
    """One step, with all that the way back asks for.

    Attributes:
        before: (B, H), the state before the word.
        new_of_state: (B, H), that state's share of the new one.
        compared: (B, S, A).
        look: (B, S) weights on the source.
        reset: (B, H).
        update: (B, H), the share of the state before that stays.
        new: (B, H).
        after: (B, H), the state after the word.
    """

    before: Tensor
    new_of_state: Tensor
    compared: Tensor
    look: Tensor
    reset: Tensor
    update: Tensor
    new: Tensor
    after: Tensor


def go_on(word: Tensor, before: Tensor, source: Source, weights: StateWeights) -> Step:
    """Look at the source from the state before, and go on to the next state.

    Args:
        word: (B, 3H), the word's share of reset, update and new.
        before: (B, H).
        source: What is looked at.
        weights: Of the same precision as all the rest.
    """
    H = before.shape[1]  # noqa: N806 - an axis
    of_state = torch.addmm(weights.bias, before, weights.weight.t())  # (B, 3H + A)
    gates, new_of_state, query = of_state.tensor_split((2 * H, 3 * H), dim=1)
    compared = (query.unsqueeze(1) + source.keys).tanh_()  # (B, S, A)
    # softmax gives float32 under autocast
    look = attention_weights(compared @ weights.energy, source.mask).to(word.dtype)
    inputs = torch.baddbmm(word.unsqueeze(1), look.unsqueeze(1), source.gates).squeeze(1)
    of_gates, of_new = inputs.tensor_split((2 * H,), dim=1)
    reset, update = torch.sigmoid(of_gates + gates).chunk(2, dim=1)
    new = torch.tanh(torch.addcmul(of_new, reset, new_of_state))
    after = torch.lerp(new, before, update)
    return Step(before, new_of_state, compared, look, reset, update, new, after)


def recur(
    words: Tensor, first: Tensor, source: Source, weights: StateWeights
) -> tuple[Tensor, Tensor]:
    """Go on over all words of known targets.

    Args:
        words: (B, T, 3H) shares of the gates.
        first: (B, H), where to start.
        source: What is looked at.
        weights: Of any precision; the words' is taken.

    Returns:
        (B, T, S) weights on the source and the (B, T, H) states.
    """
    dtype = words.dtype
    with torch.autocast(words.device.type, enabled=False):
        looks, states = _Recurrence.apply(  # type: ignore[no-untyped-call]
            torch.is_grad_enabled(), words, first.to(dtype), *source, *weights.to(dtype)
        )
    return looks, states


class _Recurrence(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: FunctionCtx, keep: bool, words: Tensor, first: Tensor, *tensors: Tensor
    ) -> tuple[Tensor, Tensor]:
        source, weights = Source(*tensors[:3]), StateWeights(*tensors[3:])
        looks, states = [], []
        kept: list[Tensor] = []
        state = first
        for word in words.unbind(1):
            step = go_on(word, state, source, weights)
            state = step.after
            looks.append(step.look)
            states.append(state)
            if keep:
                kept += step
        if keep:
            ctx.save_for_backward(*tensors, *kept)
        return torch.stack(looks, dim=1), torch.stack(states, dim=1)

    @staticmethod
    @once_differentiable
    def backward(
        ctx: FunctionCtx, of_looks: Tensor, of_states: Tensor
    ) -> tuple[Tensor | None, ...]:
        saved: tuple[Tensor, ...] = ctx.saved_tensors  # type: ignore[attr-defined]
        source, weights, kept = Source(*saved[:3]), StateWeights(*saved[3:6]), saved[6:]
        steps = [Step(*kept[at : at + 8]) for at in range(0, len(kept), 8)]
        of_keys, of_energy = torch.zeros_like(source.keys), torch.zeros_like(weights.energy)
        of_after = torch.zeros_like(steps[0].after)
        through_inputs, through_state = [], []
        for number in range(len(steps) - 1, -1, -1):
            back = _back(
                steps[number],
                of_states[:, number] + of_after,
                of_looks[:, number],
                source,
                weights,
            )
            of_keys += back.of_compared
            of_energy += back.of_scores.flatten() @ steps[number].compared.flatten(0, 1)
            of_after = torch.addmm(back.of_before, back.of_state, weights.weight)
            through_inputs.append(back.of_inputs)
            through_state.append(back.of_state)
        of_words = torch.stack(through_inputs[::-1], dim=1)  # (B, T, 3H)
        of_state = torch.cat(through_state[::-1])  # (T * B, 3H + A)
        of_weight = of_state.t() @ torch.cat([step.before for step in steps])
        of_gates = torch.stack([step.look for step in steps], dim=2) @ of_words  # (B, S, 3H)
        of_source = (of_keys, of_gates, None)
        return None, of_words, of_after, *of_source, of_weight, of_state.sum(dim=0), of_energy


class _Back(NamedTuple):
    """Gradients that one step passes on.

    Attributes:
        of_before: (B, H), of the state before, but for its products.
        of_inputs: (B, 3H), of what word and context give the gates.
        of_state: (B, 3H + A), of the state's products.
        of_scores: (B, S).
        of_compared: (B, S, A), before the tanh.
    """

    of_before: Tensor
    of_inputs: Tensor
    of_state: Tensor
    of_scores: Tensor
    of_compared: Tensor


def _back(
    step: Step, of_after: Tensor, of_look: Tensor, source: Source, weights: StateWeights
) -> _Back:
    """The way back through :func:`go_on`, from gradients of what it gave."""
    of_before = of_after * step.update
    of_new = (of_after - of_before) * (1 - step.new.square())
    of_update = of_after * (step.before - step.new) * step.update * (1 - step.update)
    of_reset = of_new * step.new_of_state * step.reset * (1 - step.reset)
    of_inputs = torch.cat([of_reset, of_update, of_new], dim=1)

    of_look = of_look + (source.gates @ of_inputs.unsqueeze(2)).squeeze(2)  # (B, S)
    weighted = step.look * of_look
    of_scores = weighted - step.look * weighted.sum(dim=1, keepdim=True)
    slope = step.compared.square().neg_().add_(1).mul_(weights.energy)
    of_compared = slope.mul_(of_scores.unsqueeze(2))  # (B, S, A)

    of_query = of_compared.sum(dim=1)
    of_state = torch.cat([of_reset, of_update, of_new * step.reset, of_query], dim=1)
    return _Back(of_before, of_inputs, of_state, of_scores, of_compared)
