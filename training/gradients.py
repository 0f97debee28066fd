"""How far back a language model learns: the gradient of a late loss at every earlier state.

Where the norms fall by the same factor with every step, nothing is learnt over more than some
steps (Hochreiter 1991; Pascanu et al. 2013, section 2).
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from models.language_modelling import LanguagePredictor
from models.networks.language_models import RecurrentLanguageModel
from models.writing import AskedText
from storage.errors import InputError
from training.figures import new_figure, save_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WINDOWS = 32
"""Stretches of text that the norms are the mean of."""


def norms_of(
    predictor: LanguagePredictor, *, steps: int, text: str | None = None
) -> NDArray[np.float64]:
    """(steps,) norms by distance, from 1 step back; see :func:`gradient_norms`.

    Args:
        predictor: On the processor.
        steps: How far back.
        text: What it reads; None: what it writes itself.

    Raises:
        InputError: If the text is too short.
    """
    length = steps + 2  # the last two: what is read, and what is predicted from it
    if text is None:
        asked = AskedText(WINDOWS * length)
        text = "".join(predictor.write("", asked))
    ids = predictor.known_ids(text)
    windows = min(WINDOWS, len(ids) // length)
    if not windows:
        raise InputError(
            f"the text has {len(ids):,} known tokens, and {steps} steps take {length:,}; "
            "give a longer text, or fewer steps"
        )
    cut = torch.tensor(ids[: windows * length]).view(windows, length)
    return gradient_norms(predictor.network, cut)[::-1].copy()


def gradient_norms(network: RecurrentLanguageModel, ids: Tensor) -> NDArray[np.float64]:
    """Norm of the gradient of the last token's loss at each state that led to it.

    Args:
        network: On the processor.
        ids: (B, T + 2) int64, stretches of text, each read from an empty state.

    Returns:
        (T,) Euclidean norms at the states after the first T tokens, over all layers and, of
        LSTMs, over state and memory; mean over B.
    """
    state, states = network.start(len(ids)), []
    for place in range(ids.shape[1] - 2):
        _, state = network(ids[:, place : place + 1], state)
        for part in state:
            part.retain_grad()
        states.append(state)
    logits, _ = network(ids[:, -2:-1], state)
    loss = F.cross_entropy(logits[:, -1], ids[:, -1], reduction="sum")
    loss.backward()  # type: ignore[no-untyped-call]
    network.zero_grad(set_to_none=True)
    norms = [_norm(each) for each in states]
    return torch.stack(norms).mean(dim=1).double().numpy()


def _norm(state: tuple[Tensor, ...]) -> Tensor:
    """(B,) norm of the gradient at a state."""
    grads = [torch.zeros_like(p) if p.grad is None else p.grad for p in state]
    flat = torch.cat([grad.flatten(1) for grad in grads], dim=1)
    norms: Tensor = torch.linalg.vector_norm(flat, dim=1)
    return norms


def draw_gradients(norms: Mapping[str, NDArray[np.float64]], path: Path) -> None:
    """Draw the norms of several models, by how many steps back.

    Args:
        norms: (steps,) of each, by name.
        path: Where the picture goes.
    """
    save_figure(gradient_figure(norms), path)


def gradient_figure(norms: Mapping[str, NDArray[np.float64]]) -> "Figure":
    """The norms relative to that one step back, on a logarithmic axis."""
    figure = new_figure(width=7.2, height=4.0)
    axes = figure.subplots()
    for name, values in norms.items():
        steps = np.arange(1, len(values) + 1)
        axes.plot(steps, values / values[0], label=name, linewidth=1.6)
    axes.set_yscale("log")
    axes.set_xlabel("steps back from the loss")
    axes.set_ylabel("gradient at the state, one step back = 1")
    axes.set_title("How far back the gradient reaches")
    axes.grid(color="#e6e6e6", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)
    return figure
