"""Words of the commands about registered models."""

from pathlib import Path
from typing import Annotated

import typer

from cli.options import (
    AsJson,
    Connection,
    Data,
    Debug,
    Encoding,
    Format,
    NamedColumns,
    Query,
    Set,
    TextColumn,
    with_columns,
)

commands = typer.Typer()


@commands.command()
def predict(
    model: Annotated[str, typer.Argument(help="Name of a registered model.")],
    text: Annotated[
        str | None, typer.Argument(help="A text, or with --output a file of rows.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(help="Answers to a file's rows: csv, tsv, jsonl, parquet; txt for lines."),
    ] = None,
    text_column: TextColumn = None,
    format_: Format = None,
    query: Query = None,
    connection: Connection = None,
    encoding: Encoding = "utf-8",
    version: Annotated[str, typer.Option(help="Version or alias.")] = "champion",
    beam: Annotated[
        int | None, typer.Option(help="Translators: hypotheses kept while writing.")
    ] = None,
    n_best: Annotated[
        int, typer.Option(help="Translators: best answers to one text, each with its score.")
    ] = 1,
    max_tokens: Annotated[
        int | None, typer.Option(help="Translators: longest answer, in tokens.")
    ] = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Answer for one text; with --output for every row of a file or a database."""
    from cli.failures import explained
    from cli.predict import RowsAsked, run_predict
    from models.asked_decoding import AskedDecoding

    with explained(debug=debug):
        asked = RowsAsked(text, connection, query, format_, encoding, text_column)
        decoding = AskedDecoding(beam, max_tokens, n_best)
        run_predict(
            model, asked, output=output, version=version, decoding=decoding, as_json=as_json
        )


@commands.command()
def generate(
    model: Annotated[str, typer.Argument(help="Name of a registered language model.")],
    prompt: Annotated[str, typer.Option(help="What the text begins with.")] = "",
    length: Annotated[int, typer.Option(help="Characters, or words, to write.")] = 500,
    temperature: Annotated[
        float | None,
        typer.Option(help="Below 1, likely ones are likelier; 0: the best alone. Else 0.8."),
    ] = None,
    top_k: Annotated[int | None, typer.Option(help="Draw from so many best.")] = None,
    top_p: Annotated[
        float | None,
        typer.Option(help="Draw from the fewest best that are together so likely."),
    ] = None,
    beam: Annotated[
        int | None, typer.Option(help="Search the likeliest text with so many hypotheses.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Same seed, same text. Else 0.")] = None,
    version: Annotated[str, typer.Option(help="Version or alias.")] = "champion",
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Let a language model write on from a prompt."""
    from cli.failures import explained
    from cli.generate import asked_text, run_generate

    with explained(debug=debug):
        drawing = {"temperature": temperature, "top_k": top_k, "top_p": top_p, "seed": seed}
        asked = asked_text(length, beam, drawing)
        run_generate(model, prompt, asked, version=version, as_json=as_json)


@commands.command()
@with_columns
def monitor(
    target: Annotated[str, typer.Argument(help="Preset, YAML file, or name of a model.")],
    data: Data = None,
    columns: NamedColumns = None,
    format_: Format = None,
    query: Query = None,
    encoding: Encoding = "utf-8",
    set_: Set = None,
    reason: Annotated[str, typer.Option(help="Why; kept with the run.")] = "",
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Compare new data with what the champion learnt; exit code 1 when it has drifted."""
    from cli.experiments import Request
    from cli.failures import explained
    from cli.monitor import run_monitor

    with explained(debug=debug):
        request = Request(
            target, data, None, columns, format_, query, encoding, None, tuple(set_ or ())
        )
        code = run_monitor(request, reason=reason, as_json=as_json)
    raise typer.Exit(code)


@commands.command()
def compare(
    model: Annotated[str, typer.Argument(help="Name of a registered model.")],
    first: Annotated[str, typer.Option(help="Version, alias or run that stands.")] = "champion",
    second: Annotated[
        str | None, typer.Option(help="Version, alias or run; else the newest challenger.")
    ] = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Did it get better, and can I trust it? Two models on the second's test rows."""
    from cli.compare import run_compare
    from cli.failures import explained

    with explained(debug=debug):
        run_compare(model, first=first, second=second, as_json=as_json)


@commands.command()
def promote(
    model: Annotated[str, typer.Argument(help="Name of a registered model.")],
    version: Annotated[int, typer.Option(min=1, help="The version to promote.")],
    reason: Annotated[str, typer.Option(help="Why; kept for good.")],
    force: Annotated[
        bool, typer.Option("--force", help="Promote it whatever the rule says.")
    ] = False,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Make a version the champion; exit code 1 when the rule refuses it."""
    from cli.failures import explained
    from cli.promotion import run_promote

    with explained(debug=debug):
        run_promote(model, version, reason=reason, force=force, as_json=as_json)


@commands.command()
def rollback(
    model: Annotated[str, typer.Argument(help="Name of a registered model.")],
    reason: Annotated[str, typer.Option(help="Why; kept for good.")],
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Undo the last promotion: the champion before becomes champion again."""
    from cli.failures import explained
    from cli.promotion import run_rollback

    with explained(debug=debug):
        run_rollback(model, reason=reason, as_json=as_json)


@commands.command()
def lineage(
    of: Annotated[
        str, typer.Argument(help="model@alias, model/3, a run's id, a digest, a scored file.")
    ],
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """From data, run, model version, alias or prediction file to all the others."""
    from cli.failures import explained
    from cli.lineage import run_lineage

    with explained(debug=debug):
        run_lineage(of, as_json=as_json)


@commands.command()
def reproduce(
    run: Annotated[str, typer.Argument(help="A run's id, here or in MLflow.")],
    here: Annotated[
        bool, typer.Option("--here", help="Run the present code, not that of the run's commit.")
    ] = False,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Do a run once more, from its commit, data and seeds; exit code 1 if it differs."""
    from cli.failures import explained
    from cli.reproduce import run_reproduce

    with explained(debug=debug):
        run_reproduce(run, here=here, as_json=as_json)
