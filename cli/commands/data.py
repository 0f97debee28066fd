"""Words of the data commands."""

from pathlib import Path
from typing import Annotated

import typer

from cli.options import (
    AsJson,
    Debug,
    Encoding,
    Experiment,
    Format,
    NamedColumns,
    Query,
    Set,
    TargetFile,
    with_columns,
)

commands = typer.Typer(help="The data of an experiment: add to it, list its versions.")


@commands.command("add")
@with_columns
def data_add(
    experiment: Experiment,
    file: Annotated[Path, typer.Argument(help="CSV, TSV, JSONL, Parquet, SQLite or a folder.")],
    columns: NamedColumns = None,
    target_file: TargetFile = None,
    format_: Format = None,
    query: Query = None,
    encoding: Encoding = "utf-8",
    set_: Set = None,
    reason: Annotated[str, typer.Option(help="Why; kept with the version.")] = "",
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Check a file and add its rows as a new data version, which later runs use."""
    from cli.data import NewFile, run_data_add
    from cli.failures import explained

    with explained(debug=debug):
        new = NewFile(file, columns or {}, format_, query, encoding, target_file)
        run_data_add(experiment, new, settings=set_ or (), reason=reason, as_json=as_json)


@commands.command("list")
def data_list(
    experiment: Experiment, set_: Set = None, as_json: AsJson = False, debug: Debug = False
) -> None:
    """List the versions of an experiment's data."""
    from cli.data import run_data_list
    from cli.failures import explained

    with explained(debug=debug):
        run_data_list(experiment, settings=set_ or (), as_json=as_json)
