"""Words of the commands that look into networks."""

from pathlib import Path
from typing import Annotated

import typer

from cli.options import AsJson, Debug

Model = Annotated[str, typer.Argument(help="Name of a registered model.")]
Version = Annotated[str, typer.Option(help="Version or alias.")]

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
    version: Version = "champion",
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
def summary(
    model: Model, version: Version = "champion", as_json: AsJson = False, debug: Debug = False
) -> None:
    """The layers of a network: shapes, how many numbers each learns, how that is counted."""
    from cli.failures import explained
    from cli.network_views import run_summary

    with explained(debug=debug):
        run_summary(model, version=version, as_json=as_json)


@commands.command()
def weights(
    model: Model, version: Version = "champion", as_json: AsJson = False, debug: Debug = False
) -> None:
    """The weights gate by gate: W, U and b with shapes and spread."""
    from cli.failures import explained
    from cli.network_views import run_weights

    with explained(debug=debug):
        run_weights(model, version=version, as_json=as_json)


@commands.command()
def layer(
    model: Model,
    layer: Annotated[str, typer.Option(help="Its path, as `inspect summary` lists it.")],
    text: Annotated[str, typer.Option(help="What the network reads.")],
    output: Annotated[
        Path | None, typer.Option(help="Where the array goes; the picture beside it.")
    ] = None,
    version: Version = "champion",
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """What a layer gives for a text, as an array and as a picture."""
    from cli.failures import explained
    from cli.network_views import run_layer

    with explained(debug=debug):
        run_layer(model, layer, text, output=output, version=version, as_json=as_json)


@commands.command()
def words(
    model: Model,
    text: Annotated[str, typer.Argument(help="A text, or a file that holds one.")],
    most: Annotated[int, typer.Option(min=1, max=1_000, help="Words of each class.")] = 8,
    version: Version = "champion",
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Which words of a text speak for which class, and which against it."""
    from cli.failures import explained
    from cli.network_views import run_words

    with explained(debug=debug):
        run_words(model, text, most=most, version=version, as_json=as_json)


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
