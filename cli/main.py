"""The `seqflow` command: what there is to type; each command's module does the work."""

import typer

from cli.commands import data, inspecting, models, servers, training

app = typer.Typer(
    name="seqflow",
    help="Text data in; a validated, trained, evaluated, tracked and promoted model out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for part in (training, models, servers):
    app.add_typer(part.commands)
app.add_typer(data.commands, name="data", no_args_is_help=True)
app.add_typer(inspecting.commands, name="inspect", no_args_is_help=True)


def main() -> None:
    """Entry point of the console script."""
    app()


if __name__ == "__main__":
    main()
