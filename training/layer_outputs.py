"""What a layer gives out for a text: the numbers, and a picture of them."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from models.classifying import ClassificationPredictor
from models.event_predicting import EventPredictor
from models.language_modelling import LanguagePredictor
from models.predictors import Predictor
from models.tagging import TaggingPredictor
from storage.errors import InputError
from training.figures import new_figure, save_figure, shortened

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_MOST_NAMED = 60
_MOST_LISTED = 30


def outputs_by_layer(predictor: Predictor, text: str) -> dict[str, NDArray[np.float32]]:
    """What every layer gave out while the text was answered, in the order of the network.

    Args:
        predictor: On the processor.
        text: One text.

    Returns:
        By the layer's path, what it gave: the text's own axis of length 1 is left out, so most
        are (T, D) or (D,). Of a layer that was asked several times, as a decoder is, all
        answers of one shape follow one another, (calls, …). What is computed without calling
        a layer, as a product that is looked up, is not there.
    """
    network = predictor.network
    given: dict[str, list[Tensor]] = {}
    hooks = [
        module.register_forward_hook(_Keep(given.setdefault(name, [])))
        for name, module in network.named_modules()
        if name
    ]
    try:
        if isinstance(predictor, LanguagePredictor):
            predictor.surprise([text])
        else:
            predictor.predict([text])
    finally:
        for hook in hooks:
            hook.remove()
    return {name: _together(outputs) for name, outputs in given.items() if outputs}


def outputs_of(predictor: Predictor, layer: str, text: str) -> NDArray[np.float32]:
    """What one layer gave out; see :func:`outputs_by_layer`.

    Raises:
        InputError: If no layer of that path was asked.
    """
    outputs = outputs_by_layer(predictor, text)
    if layer not in outputs:
        shown = ", ".join(list(outputs)[:_MOST_LISTED])
        raise InputError(f"no layer {layer!r} gave anything for this text; these did: {shown}")
    return outputs[layer]


def draw_outputs(
    outputs: NDArray[np.float32], path: Path, *, title: str, words: Sequence[str] = ()
) -> None:
    """Draw outputs of at most two axes, the last one down.

    Args:
        outputs: (T, D) or (D,); more axes are laid one behind the other.
        path: Where the picture goes.
        title: What it is of.
        words: T names, where there are so many.
    """
    save_figure(outputs_figure(outputs, title=title, words=words), path)


def outputs_figure(
    outputs: NDArray[np.float32], *, title: str, words: Sequence[str] = ()
) -> "Figure":
    """See :func:`draw_outputs`."""
    columns = outputs.reshape(-1, outputs.shape[-1] if outputs.ndim else 1)  # (T, D)
    largest = float(np.abs(columns).max(initial=0)) or 1.0
    figure = new_figure(width=min(16.0, 3.0 + 0.35 * len(columns)), height=5.2)
    axes = figure.subplots()
    image = axes.imshow(columns.T, cmap="RdBu_r", vmin=-largest, vmax=largest, aspect="auto")
    if len(words) == len(columns) <= _MOST_NAMED:
        names = [shortened(word) for word in words]
        axes.set_xticks(range(len(names)), names, rotation=60, ha="right")
    axes.set_ylabel("feature")
    axes.set_title(title, fontsize=10)
    axes.spines[:].set_visible(False)
    figure.colorbar(image, ax=axes, fraction=0.05, pad=0.02).outline.set_visible(False)
    return figure


def shown_words(predictor: Predictor, text: str) -> list[str]:
    """What stands at each place that a network reads of the text, as people read it."""
    match predictor:
        case ClassificationPredictor():
            return predictor.words_of(predictor.encode([text]).ids)
        case EventPredictor():
            return predictor.words_of(predictor.encode([text])[0].ids)
        case TaggingPredictor():
            return text.split()
        case LanguagePredictor() if predictor.tokenizer == "characters":
            return list(text)
        case _:
            return []


class _Keep:
    """A hook that keeps the first tensor of what a layer gives."""

    def __init__(self, kept: list[Tensor]) -> None:
        self._kept = kept

    def __call__(self, _module: nn.Module, _inputs: object, output: object) -> None:
        while isinstance(output, tuple) and output:
            output = output[0]
        if isinstance(output, Tensor):
            self._kept.append(output.detach().float())


def _together(outputs: list[Tensor]) -> NDArray[np.float32]:
    alike = [one for one in outputs if one.shape == outputs[0].shape]
    whole = alike[0] if len(alike) == 1 else torch.stack(alike)
    array: NDArray[np.float32] = whole.numpy()
    return array.squeeze(tuple(axis for axis, size in enumerate(array.shape[:-1]) if size == 1))
