"""The GRU in matrix form: every gate, the loss, its gradient by hand, and what it then writes.

Cho et al. 2014 (https://arxiv.org/abs/1406.1078, section 2.3): the reset gate is applied to the
state before the product with the candidate's matrix. cuDNN, Keras and `torch.nn.GRU` apply it
after the product, which the walk shows beside it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Self

import torch
from torch import Tensor

from models.first_principles.losses import softmax, sparse_cross_entropy
from models.first_principles.walks import Shown

TEXT, CHARACTERS = "MathMathMathMathMath", "hatM"
_BATCH, _STEPS = 2, 3


@dataclass(frozen=True)
class Weights:
    """All that is learnt. Axes: V characters, H state.

    Attributes:
        input_z: (V, H), of the update gate; rows are characters.
        input_r: (V, H), of the reset gate.
        input_h: (V, H), of the candidate.
        state_z: (H, H), of the update gate, for the state before.
        state_r: (H, H).
        state_h: (H, H).
        bias_z: (H,).
        bias_r: (H,).
        bias_h: (H,).
        output: (H, V), from the state to scores.
        output_bias: (V,).
    """

    input_z: Tensor
    input_r: Tensor
    input_h: Tensor
    state_z: Tensor
    state_r: Tensor
    state_h: Tensor
    bias_z: Tensor
    bias_r: Tensor
    bias_h: Tensor
    output: Tensor
    output_bias: Tensor

    @classmethod
    def drawn(cls, characters: int, hidden_dim: int, *, seed: int) -> Self:
        """Weights from the standard normal distribution in float64, biases zero."""
        V, H = characters, hidden_dim  # noqa: N806 - axes
        draw = torch.Generator().manual_seed(seed)

        def drawn(*shape: int) -> Tensor:
            return torch.randn(shape, generator=draw).double()

        return cls(
            input_z=drawn(V, H),
            input_r=drawn(V, H),
            input_h=drawn(V, H),
            state_z=drawn(H, H),
            state_r=drawn(H, H),
            state_h=drawn(H, H),
            bias_z=torch.zeros(H, dtype=torch.float64),
            bias_r=torch.zeros(H, dtype=torch.float64),
            bias_h=torch.zeros(H, dtype=torch.float64),
            output=drawn(H, V),
            output_bias=torch.zeros(V, dtype=torch.float64),
        )

    def moved(self, gradient: Self, *, by: float) -> Self:
        """One step of gradient descent."""
        return replace(
            self,
            **{
                field.name: getattr(self, field.name) - by * getattr(gradient, field.name)
                for field in fields(self)
            },
        )


@dataclass(frozen=True)
class Step:
    """One step of a batch.

    Attributes:
        inputs: (B, V), a 1 in the place of the character read.
        before: (B, H), the state before.
        update: (B, H), the share of the state before that stays.
        reset: (B, H), how much of the state before the candidate sees.
        candidate: (B, H), the new state that is offered.
        after: (B, H).
        predicted: (B, V), chances of the next character.
    """

    inputs: Tensor
    before: Tensor
    update: Tensor
    reset: Tensor
    candidate: Tensor
    after: Tensor
    predicted: Tensor


def go_on(weights: Weights, ids: Tensor, before: Tensor) -> Step:
    """Read one character.

    z = σ(x Wz + h Uz + bz), r = σ(x Wr + h Ur + br), c = tanh(x Wh + (r∘h) Uh + bh),
    h' = z∘h + (1-z)∘c, p = softmax(h' Wy + by).

    Args:
        weights: V characters, state of H.
        ids: (B,) int64.
        before: (B, H).
    """
    x, w = torch.eye(len(weights.input_z), dtype=before.dtype)[ids], weights  # (B, V)
    update = torch.sigmoid(x @ w.input_z + before @ w.state_z + w.bias_z)
    reset = torch.sigmoid(x @ w.input_r + before @ w.state_r + w.bias_r)
    candidate = torch.tanh(x @ w.input_h + (reset * before) @ w.state_h + w.bias_h)
    after = update * before + (1 - update) * candidate
    predicted = softmax(after @ w.output + w.output_bias)
    return Step(x, before, update, reset, candidate, after, predicted)


def candidate_reset_after(weights: Weights, step: Step) -> Tensor:
    """(B, H), the candidate where the reset gate comes after the product, as torch has it."""
    of_state = step.before @ weights.state_h
    return torch.tanh(step.inputs @ weights.input_h + step.reset * of_state + weights.bias_h)


def forward(weights: Weights, ids: Tensor, first: Tensor) -> list[Step]:
    """Read a batch character by character.

    Args:
        weights: V characters, state of H.
        ids: (B, T) int64.
        first: (B, H), the state to start from.
    """
    steps: list[Step] = []
    state = first
    for column in ids.unbind(dim=1):
        steps.append(go_on(weights, column, state))
        state = steps[-1].after
    return steps


def loss_of(steps: Sequence[Step], targets: Tensor) -> Tensor:
    """Mean cross-entropy over all characters, natural log; targets (B, T)."""
    predicted = torch.stack([step.predicted for step in steps], dim=1)  # (B, T, V)
    return sparse_cross_entropy(targets, predicted).mean()


def gradient(weights: Weights, steps: Sequence[Step], targets: Tensor) -> Weights:
    """Gradient of :func:`loss_of` at each weight, by the chain rule, last step first.

    Softmax and cross-entropy together have the gradient predicted - truth at the scores.
    """
    w = weights
    sums = {field.name: torch.zeros_like(getattr(w, field.name)) for field in fields(w)}
    from_later = torch.zeros_like(steps[0].before)
    for place in reversed(range(len(steps))):
        step = steps[place]
        truth = torch.eye(len(w.input_z), dtype=from_later.dtype)[targets[:, place]]
        at_scores = (step.predicted - truth) / targets.numel()
        at_after = at_scores @ w.output.T + from_later
        sums["output"] += step.after.T @ at_scores
        sums["output_bias"] += at_scores.sum(dim=0)
        at_c = at_after * (1 - step.update) * (1 - step.candidate**2)
        at_z = at_after * (step.before - step.candidate) * step.update * (1 - step.update)
        at_seen = at_c @ w.state_h.T  # at reset * before
        at_r = at_seen * step.before * step.reset * (1 - step.reset)
        for gate, at, seen in (
            ("z", at_z, step.before),
            ("r", at_r, step.before),
            ("h", at_c, step.reset * step.before),
        ):
            sums[f"input_{gate}"] += step.inputs.T @ at
            sums[f"state_{gate}"] += seen.T @ at
            sums[f"bias_{gate}"] += at.sum(dim=0)
        from_later = (
            at_after * step.update
            + at_seen * step.reset
            + at_z @ w.state_z.T
            + at_r @ w.state_r.T
        )
    return Weights(**sums)


def train(
    weights: Weights, ids: Tensor, targets: Tensor, *, steps: int, rate: float
) -> tuple[Weights, list[float]]:
    """Gradient descent on one batch; the weights and the loss before each step."""
    losses = []
    first = torch.zeros(len(ids), len(weights.state_z), dtype=torch.float64)
    for _ in range(steps):
        read = forward(weights, ids, first)
        losses.append(float(loss_of(read, targets)))
        weights = weights.moved(gradient(weights, read, targets), by=rate)
    return weights, losses


def write(weights: Weights, first: str, *, length: int, seed: int | None = None) -> str:
    """Go on from a character: drawn with a seed, else always the likeliest."""
    draw = None if seed is None else torch.Generator().manual_seed(seed)
    state = torch.zeros(1, len(weights.state_z), dtype=torch.float64)
    written = first
    while len(written) < length:
        step = go_on(weights, torch.tensor([CHARACTERS.index(written[-1])]), state)
        chances = step.predicted[0]
        chosen = (
            chances.argmax() if draw is None else torch.multinomial(chances, 1, generator=draw)
        )
        written, state = written + CHARACTERS[int(chosen)], step.after
    return written


def example() -> tuple[Weights, Tensor, Tensor]:
    """Weights, ids (2, 3) and targets (2, 3) of the walk: "Mat" → "ath" and "hMa" → "Mat"."""
    ids = torch.tensor([CHARACTERS.index(character) for character in TEXT])
    rows = [ids[_STEPS * row : _STEPS * (row + 1) + 1] for row in range(_BATCH)]
    both = torch.stack(rows)
    return Weights.drawn(len(CHARACTERS), 2, seed=1), both[:, :-1], both[:, 1:]


def walk() -> Iterator[Shown]:
    """Three steps of two pieces of "MathMath…", the loss, the way back, training, writing."""
    weights, ids, targets = example()
    first = torch.zeros(len(ids), 2, dtype=torch.float64)
    steps = forward(weights, ids, first)
    yield Shown("ids", ids, "characters h a t M are 0 1 2 3: 'Mat' and 'hMa'")
    yield Shown("Wz", weights.input_z, "one row a character: x Wz picks the row of x")
    yield Shown("Uz", weights.state_z, "what the state before says to the update gate")
    for number, step in enumerate(steps, start=1):
        at = f"step {number}: "
        yield Shown(f"{at}x", step.inputs, "a 1 in the place of the character")
        yield Shown(f"{at}z", step.update, "σ(x Wz + h Uz + bz), the share of h that stays")
        yield Shown(
            f"{at}r", step.reset, "σ(x Wr + h Ur + br), how much of h the candidate sees"
        )
        yield Shown(f"{at}candidate", step.candidate, "tanh(x Wh + (r∘h) Uh + bh)")
        yield Shown(f"{at}h", step.after, "z∘h + (1-z)∘candidate")
        yield Shown(f"{at}predicted", step.predicted, "softmax(h Wy + by), the next character")
        costs = sparse_cross_entropy(targets[:, number - 1], step.predicted)
        yield Shown(f"{at}cross-entropy", costs.mean(), "-ln of the right one's, mean of both")
    yield Shown("loss", loss_of(steps, targets), "mean over the three steps")
    yield from _where_torch_parts(weights, steps[1])
    slopes = gradient(weights, steps, targets)
    yield Shown(
        "gradient at Wz", slopes.input_z, "by the chain rule from the last step to the first"
    )
    yield Shown("gradient at Uz", slopes.state_z, "")
    trained, losses = train(weights, ids, targets, steps=300, rate=1.0)
    told = "  ".join(f"{losses[place]:.4f}" for place in (0, 1, 10, 100, 299))
    yield Shown("loss at steps 0, 1, 10, 100, 299", told, "gradient descent, step size 1")
    yield Shown("writes", write(trained, "M", length=20), "the likeliest character each time")
    yield Shown("writes by chance", write(trained, "M", length=20, seed=1), "drawn, seed 1")


def _where_torch_parts(weights: Weights, step: Step) -> Iterator[Shown]:
    """The second step once more, its reset after the product."""
    candidate = candidate_reset_after(weights, step)
    yield Shown("candidate at step 2, reset after", candidate, "tanh(x Wh + r∘(h Uh) + bh)")
    state = step.update * step.before + (1 - step.update) * candidate
    predicted = softmax(state @ weights.output + weights.output_bias)
    yield Shown(
        "predicted at step 2, reset after", predicted, "here torch.nn.GRU goes another way"
    )
