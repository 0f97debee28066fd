"""What dropout leaves out, by the shape of its mask; and what padding does without one."""

from collections.abc import Iterator
from typing import Literal

import torch
from torch import Tensor

from models.first_principles.walks import Shown

Dropped = Literal["each", "channels", "steps", "rows"]


def mask_shape(B: int, T: int, E: int, *, dropped: Dropped) -> tuple[int, int, int]:  # noqa: N803
    """Shape of the mask that multiplies a (B, T, E) batch; where it has 1, it repeats.

    Args:
        B: Texts.
        T: Tokens.
        E: Features of a token.
        dropped: each: numbers by themselves (Srivastava et al. 2014). channels: a feature of a
            text, at all its tokens (Tompson et al. 2015, Keras' SpatialDropout1D). steps: whole
            tokens. rows: whole texts.
    """
    return {"each": (B, T, E), "channels": (B, 1, E), "steps": (B, T, 1), "rows": (B, 1, 1)}[
        dropped
    ]


def drop(batch: Tensor, *, share: float, dropped: Dropped, draw: torch.Generator) -> Tensor:
    """The batch with a share of it at 0 and the rest grown, so that its mean stays.

    Args:
        batch: (B, T, E).
        share: 0 to below 1.
        dropped: What is dropped as one.
        draw: Where chance comes from.
    """
    B, T, E = batch.shape  # noqa: N806 - axes
    kept = torch.rand(mask_shape(B, T, E, dropped=dropped), generator=draw) >= share
    return batch * kept / (1 - share)


def walk() -> Iterator[Shown]:
    """Four ways to drop half of a batch, and a mean with padding in it."""
    batch = torch.ones(2, 3, 4, dtype=torch.float64)
    yield Shown("batch", batch, "2 texts of 3 tokens (a row each) with 4 features (columns)")
    kinds: tuple[Dropped, ...] = ("each", "channels", "steps", "rows")
    for dropped in kinds:
        shape = mask_shape(2, 3, 4, dropped=dropped)
        half = drop(batch, share=0.5, dropped=dropped, draw=torch.Generator().manual_seed(1))
        yield Shown(f"dropped {dropped}", half, f"mask of shape {shape}; the rest is doubled")
    states = torch.tensor([[1.0, 2.0], [3.0, 4.0], [0.0, 0.0], [0.0, 0.0]], dtype=torch.float64)
    real = torch.tensor([True, True, False, False])
    yield Shown("states", states, "two tokens and two places of padding")
    yield Shown("mean, padding left in", states.mean(dim=0), "halved by what is not there")
    yield Shown("mean", states[real].mean(dim=0), "over the real tokens")
    right = torch.tensor([True, False, True, True])
    yield Shown(
        "accuracy, padding left in",
        right.double().mean(),
        "a network that always guesses padding right",
    )
    yield Shown("accuracy", right[real].double().mean(), "over the real tokens")
