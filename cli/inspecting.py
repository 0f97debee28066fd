"""The inspect commands: looks into a trained network."""

from collections.abc import Sequence
from pathlib import Path

from cli.console import console, print_json, print_table
from cli.registered import registered
from configs.settings import Settings
from storage.errors import InputError

_TOLD_STEPS = (2, 5, 10, 20, 50, 100, 200, 500)


def run_gradients(
    models: Sequence[str],
    *,
    steps: int,
    text: str | None,
    output: Path,
    version: str,
    as_json: bool,
) -> None:
    """Print and draw how the gradient of a loss fades with the steps back.

    Raises:
        InputError: If one of the models reads no running text.
    """
    from models.language_modelling import LanguagePredictor
    from models.predictors import load_predictor
    from training.gradients import draw_gradients, norms_of

    settings = Settings.from_environment()
    norms = {}
    for model in models:
        found = registered(settings, model, version)
        predictor = load_predictor(found.folder)
        if not isinstance(predictor, LanguagePredictor):
            raise InputError(f"{model} is no language model; its states belong to no steps")
        norms[model] = norms_of(predictor, steps=steps, text=text)
    draw_gradients(norms, output)
    told = [step for step in _TOLD_STEPS if step <= steps]
    if as_json:
        print_json({"norms": {n: v.tolist() for n, v in norms.items()}, "picture": str(output)})
        return
    rows = [
        (name, *(f"{values[step - 1] / values[0]:.2g}" for step in told))
        for name, values in norms.items()
    ]
    heads = ("gradient left after", *(f"{step} steps" for step in told))
    out = console()
    print_table(out, "", heads, rows)
    out.print(f"  Picture: {output}")
