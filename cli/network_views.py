"""The inspect commands on any network: its layers, their weights, what they give for a text."""

from pathlib import Path
from typing import TYPE_CHECKING

from cli.console import console, print_json, print_table
from cli.registered import registered
from configs.settings import Settings
from storage.files import Json

if TYPE_CHECKING:
    from torch import nn


def run_summary(model: str, *, version: str, as_json: bool) -> None:
    """Print each layer with its shapes, how many numbers it learns, and how that is counted."""
    from models.networks.summary import summarised

    name, network = _network(model, version)
    layers = summarised(network)
    total = sum(layer.numbers for layer in layers)
    if as_json:
        listed: list[Json] = [
            {**layer._asdict(), "shapes": {n: [*shape] for n, shape in layer.shapes.items()}}
            for layer in layers
        ]
        print_json({"model": name, "numbers": total, "layers": listed})
        return
    rows = [
        (
            layer.name,
            layer.kind,
            "  ".join(f"{part} {_shape(shape)}" for part, shape in layer.shapes.items()),
            f"{layer.numbers:,}",
            layer.formula,
        )
        for layer in layers
    ]
    out = console()
    print_table(out, "", ("layer", "kind", "shapes", "numbers", "counted as"), rows)
    out.print(f"  {name}: {total:,} numbers, {total * 4 / 2**20:,.1f} MiB as float32")


def run_weights(model: str, *, version: str, as_json: bool) -> None:
    """Print the weights gate by gate: W from the input, U from the state, b the biases."""
    from models.networks.gates import weights_by_gate

    name, network = _network(model, version)
    weights = weights_by_gate(network)
    rows: list[dict[str, Json]] = [
        {
            "layer": one.layer,
            "gate": one.gate,
            "part": one.part,
            "shape": list(one.values.shape),
            "mean": float(one.values.mean()),
            "deviation": float(one.values.std(correction=0)),
            "smallest": float(one.values.min()),
            "largest": float(one.values.max()),
        }
        for one in weights
    ]
    if as_json:
        print_json({"model": name, "weights": rows})
        return
    figures = ("mean", "deviation", "smallest", "largest")
    shown = [
        (
            *(str(row[key]) for key in ("layer", "gate", "part")),
            _shape(one.values.shape),
            *(f"{row[key]:.3f}" for key in figures),
        )
        for row, one in zip(rows, weights, strict=True)
    ]
    print_table(console(), "", ("layer", "gate", "part", "shape", *figures), shown)


def run_layer(
    model: str, layer: str, text: str, *, output: Path | None, version: str, as_json: bool
) -> None:
    """Print what a layer gives for a text, and write it as an array and a picture.

    Raises:
        InputError: If no such layer gave anything.
    """
    import numpy as np

    from models.predictors import load_predictor
    from storage.files import atomic_write
    from training.layer_outputs import draw_outputs, outputs_of, shown_words

    found = registered(Settings.from_environment(), model, version)
    predictor = load_predictor(found.folder)
    values = outputs_of(predictor, layer, text)
    array = output or Path(f"{model}-{layer}.npy")
    picture = array.with_suffix(".png")
    with atomic_write(array) as file:
        np.save(file, values, allow_pickle=False)
    draw_outputs(values, picture, title=f"{model}: {layer}", words=shown_words(predictor, text))
    facts: dict[str, Json] = {
        "layer": layer,
        "shape": list(values.shape),
        "mean": float(values.mean()),
        "deviation": float(values.std()),
        "array": str(array),
        "picture": str(picture),
    }
    if as_json:
        print_json({**facts, "values": values.tolist()})
        return
    out = console()
    out.print(f"  {layer} gives {_shape(values.shape)}:", markup=False)
    with np.printoptions(precision=3, suppress=True, threshold=200, edgeitems=4):
        out.print(str(values), markup=False, highlight=False)
    out.print(f"  Array: {array}   Picture: {picture}", markup=False)


def run_words(model: str, text: str, *, most: int, version: str, as_json: bool) -> None:
    """Print which words of a text, or of a file, speak for which class.

    Raises:
        InputError: If the model does not classify, or the text has no word.
    """
    from models.classifying import ClassificationPredictor
    from models.predictors import load_predictor
    from storage.errors import InputError
    from training.word_shares import word_shares

    found = registered(Settings.from_environment(), model, version)
    predictor = load_predictor(found.folder)
    if not isinstance(predictor, ClassificationPredictor):
        raise InputError(
            f"{model} does not give a class to a text, where words speak for one; name a model "
            "of classification"
        )
    shares = word_shares(predictor, _text_of(text))
    spoken = shares.strongest(most)
    if as_json:
        print_json({"chances": shares.chances, "words": spoken})
        return
    out = console()
    rows = [
        (
            label,
            f"{shares.chances[label]:.2f}",
            "  ".join(f"{word} {share:+.2f}" for word, share in words["for"]),
            "  ".join(f"{word} {share:+.2f}" for word, share in words["against"]),
        )
        for label, words in spoken.items()
    ]
    print_table(out, "", ("class", "chance", "words for it", "words against it"), rows)
    out.print("  Each figure: how much the class's log-chance falls when the word is left out")


def _network(model: str, version: str) -> "tuple[str, nn.Module]":
    from models.bundle import load_bundle

    found = registered(Settings.from_environment(), model, version)
    return f"{found.version.name} v{found.version.version}", load_bundle(found.folder).network


def _text_of(given: str) -> str:
    """The text itself, or what the file of that name holds."""
    path = Path(given)
    longest = 255
    if len(given) <= longest and "\0" not in given and path.is_file():
        return path.read_text(encoding="utf-8", errors="replace")
    return given


def _shape(shape: tuple[int, ...]) -> str:
    return f"({', '.join(map(str, shape))})"
