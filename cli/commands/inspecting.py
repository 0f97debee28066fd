"""Words of the commands that look into networks."""

from pathlib import Path
from typing import Annotated

import typer

from cli.options import AsJson, Debug

commands = typer.Typer(help="Look into a trained network.")


@commands.callback()
def inspect() -> None:
    """Look into a trained network."""


@commands.command()
def gradients(
    models: Annotated[list[str], typer.Argument(help="Registered language models.")],
    steps: Annotated[int, typer.Option(min=2, max=2_000, help="How far back.")] = 60,
    text: Annotated[
        str | None, typer.Option(help="What they read; else what each writes itself.")
    ] = None,
    output: Annotated[Path, typer.Option(help="Where the picture goes.")] = Path(
        "gradients.png"
    ),
    version: Annotated[str, typer.Option(help="Version or alias.")] = "champion",
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """How far back a loss reaches: the gradient's norm at every earlier step, and a picture."""
    from cli.failures import explained
    from cli.inspecting import run_gradients

    with explained(debug=debug):
        run_gradients(
            models, steps=steps, text=text, output=output, version=version, as_json=as_json
        )


@commands.command()
def principles(
    name: Annotated[str | None, typer.Argument(help="Which; none lists them.")] = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Losses, a GRU, a perceptron and more by hand: each quantity with its shape."""
    from cli.failures import explained
    from cli.principles import run_principles

    with explained(debug=debug):
        run_principles(name, as_json=as_json)
