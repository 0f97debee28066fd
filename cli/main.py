"""The `seqflow` command: parses words, calls the command's module, explains errors."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    name="seqflow",
    help="Text data in; a validated, trained, evaluated, tracked and promoted model out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]
Set = Annotated[
    list[str] | None, typer.Option("--set", help="A setting, as training.epochs=3; repeatable.")
]
Name = Annotated[str | None, typer.Option(help="Name of the model; own data: the file's stem.")]
Data = Annotated[
    Path | None, typer.Option(help="Own data: CSV, TSV, JSONL, Parquet, SQLite or a folder.")
]
Problem = Annotated[str | None, typer.Option(help="classification or translation.")]
TextColumn = Annotated[str | None, typer.Option(help="Column of the text.")]
LabelColumn = Annotated[str | None, typer.Option(help="Column of the class.")]
SourceColumn = Annotated[str | None, typer.Option(help="Column to translate from.")]
TargetColumn = Annotated[str | None, typer.Option(help="Column to translate to.")]
Format = Annotated[
    str | None, typer.Option(help="csv, tsv, lines, jsonl, parquet, folder, sqlite.")
]
Query = Annotated[str | None, typer.Option(help="SQL query for a SQLite file.")]
Encoding = Annotated[str, typer.Option(help="Text encoding of the data.")]


@app.command()
def train(
    target: Annotated[str | None, typer.Argument(help="Preset, or a YAML file.")] = None,
    set_: Set = None,
    data: Data = None,
    problem: Problem = None,
    text_column: TextColumn = None,
    label_column: LabelColumn = None,
    source_column: SourceColumn = None,
    target_column: TargetColumn = None,
    format_: Annotated[str | None, typer.Option("--format")] = None,
    query: Query = None,
    encoding: Encoding = "utf-8",
    name: Name = None,
    seeds: Annotated[int, typer.Option(min=1, max=100, help="Train this many seeds.")] = 1,
    reason: Annotated[str, typer.Option(help="Why; kept with the run.")] = "",
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Train a model: download, preprocess, tokenize, validate, train, evaluate, register."""
    from cli.experiments import Request
    from cli.failures import explained
    from cli.train import run_train

    with explained(debug=debug):
        columns = {
            "text": text_column,
            "label": label_column,
            "source": source_column,
            "target": target_column,
        }
        request = Request(
            target, data, problem, columns, format_, query, encoding, name, tuple(set_ or ())
        )
        run_train(request, seeds=seeds, reason=reason, as_json=as_json, debug=debug)


@app.command()
def retrain(
    target: Annotated[str, typer.Argument(help="Preset, or a YAML file.")],
    set_: Set = None,
    remote: Annotated[
        bool, typer.Option("--remote", help="Through the deployment of `seqflow up`.")
    ] = False,
    reason: Annotated[str, typer.Option(help="Why; kept with the run.")] = "",
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Train again, here or through the deployment, saying why."""
    from cli.experiments import Request
    from cli.failures import explained
    from cli.train import run_retrain

    with explained(debug=debug):
        request = Request(target=target, settings=tuple(set_ or ()))
        run_retrain(request, remote=remote, reason=reason, as_json=as_json, debug=debug)


@app.command()
def check(
    data: Annotated[Path, typer.Argument(help="The file to check.")],
    problem: Problem = "classification",
    text_column: TextColumn = None,
    label_column: LabelColumn = None,
    source_column: SourceColumn = None,
    target_column: TargetColumn = None,
    format_: Annotated[str | None, typer.Option("--format")] = None,
    query: Query = None,
    encoding: Encoding = "utf-8",
    set_: Set = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Put own data through the gate alone; exit code 1 when something critical fails."""
    from cli.check import run_check
    from cli.experiments import Request
    from cli.failures import explained

    with explained(debug=debug):
        columns = {
            "text": text_column,
            "label": label_column,
            "source": source_column,
            "target": target_column,
        }
        request = Request(
            None, data, problem, columns, format_, query, encoding, None, tuple(set_ or ())
        )
        run_check(request, as_json=as_json)


@app.command()
def predict(
    model: Annotated[str, typer.Argument(help="Name of a registered model.")],
    text: Annotated[str, typer.Argument(help="A text, or a file of texts.")],
    output: Annotated[Path | None, typer.Option(help="Where a file's answers go.")] = None,
    text_column: TextColumn = None,
    version: Annotated[str, typer.Option(help="Version or alias.")] = "champion",
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Answer for one text, or for a file of texts with --output."""
    from cli.failures import explained
    from cli.predict import run_predict

    with explained(debug=debug):
        run_predict(
            model,
            text,
            output=output,
            text_column=text_column,
            version=version,
            as_json=as_json,
        )


@app.command()
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


@app.command()
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


@app.command()
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


@app.command()
def show(
    what: Annotated[str, typer.Argument(help="presets, config or datasets.")] = "presets",
    name: Annotated[str | None, typer.Argument(help="Preset of `show config`.")] = None,
    debug: Debug = False,
) -> None:
    """Show the shipped presets, a preset's whole config, or the datasets."""
    from cli.failures import explained
    from cli.show import run_show

    with explained(debug=debug):
        run_show(what, name)


@app.command()
def sync(debug: Debug = False) -> None:
    """Bring into MLflow what could not be logged or registered while it was away."""
    from cli.failures import explained
    from cli.sync import run_sync

    with explained(debug=debug):
        run_sync()


@app.command()
def up(debug: Debug = False) -> None:
    """Start Prefect, MLflow and a worker on this machine, and deploy everything."""
    from cli.failures import explained
    from cli.services import run_up

    with explained(debug=debug):
        run_up()


@app.command()
def down(debug: Debug = False) -> None:
    """Stop what `seqflow up` started."""
    from cli.failures import explained
    from cli.services import run_down

    with explained(debug=debug):
        run_down()


@app.command()
def doctor(debug: Debug = False) -> None:
    """Look for what is known to break: versions, ports, dead servers, orphaned runs."""
    from cli.failures import explained
    from cli.services import run_doctor

    with explained(debug=debug):
        run_doctor()


def main() -> None:
    """Entry point of the console script."""
    app()


if __name__ == "__main__":
    main()
