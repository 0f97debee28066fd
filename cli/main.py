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
Query = Annotated[
    str | None, typer.Option(help="SQL query, for a SQLite file or with --connection.")
]
Connection = Annotated[
    str | None,
    typer.Option(
        help="Environment variable that holds a PostgreSQL address; goes with --query.",
        metavar="VARIABLE",
    ),
]
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
    connection: Connection = None,
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
            target,
            data,
            problem,
            columns,
            format_,
            query,
            encoding,
            name,
            tuple(set_ or ()),
            connection,
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
    text: Annotated[
        str | None, typer.Argument(help="A text, or with --output a file of rows.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help="Answers to a file's rows: csv, tsv, jsonl, parquet.")
    ] = None,
    text_column: TextColumn = None,
    format_: Annotated[str | None, typer.Option("--format")] = None,
    query: Query = None,
    connection: Connection = None,
    encoding: Encoding = "utf-8",
    version: Annotated[str, typer.Option(help="Version or alias.")] = "champion",
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Answer for one text; with --output for every row of a file or a database."""
    from cli.failures import explained
    from cli.predict import RowsAsked, run_predict

    with explained(debug=debug):
        asked = RowsAsked(text, connection, query, format_, encoding, text_column)
        run_predict(model, asked, output=output, version=version, as_json=as_json)


@app.command()
def monitor(
    target: Annotated[str, typer.Argument(help="Preset, YAML file, or name of a model.")],
    data: Data = None,
    text_column: TextColumn = None,
    label_column: LabelColumn = None,
    source_column: SourceColumn = None,
    target_column: TargetColumn = None,
    format_: Annotated[str | None, typer.Option("--format")] = None,
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
        columns = {
            "text": text_column,
            "label": label_column,
            "source": source_column,
            "target": target_column,
        }
        request = Request(
            target, data, None, columns, format_, query, encoding, None, tuple(set_ or ())
        )
        code = run_monitor(request, reason=reason, as_json=as_json)
    raise typer.Exit(code)


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


data_app = typer.Typer(help="The data of an experiment: add to it, list its versions.")
app.add_typer(data_app, name="data", no_args_is_help=True)
Experiment = Annotated[str, typer.Argument(help="Preset, YAML file, or experiment run before.")]


@data_app.command("add")
def data_add(
    experiment: Experiment,
    file: Annotated[Path, typer.Argument(help="CSV, TSV, JSONL, Parquet, SQLite or a folder.")],
    text_column: TextColumn = None,
    label_column: LabelColumn = None,
    source_column: SourceColumn = None,
    target_column: TargetColumn = None,
    format_: Annotated[str | None, typer.Option("--format")] = None,
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
        columns = {
            "text": text_column,
            "label": label_column,
            "source": source_column,
            "target": target_column,
        }
        new = NewFile(file, columns, format_, query, encoding)
        run_data_add(experiment, new, settings=set_ or (), reason=reason, as_json=as_json)


@data_app.command("list")
def data_list(
    experiment: Experiment, set_: Set = None, as_json: AsJson = False, debug: Debug = False
) -> None:
    """List the versions of an experiment's data."""
    from cli.data import run_data_list
    from cli.failures import explained

    with explained(debug=debug):
        run_data_list(experiment, settings=set_ or (), as_json=as_json)


@app.command()
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


@app.command()
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


@app.command()
def sync(debug: Debug = False) -> None:
    """Bring into MLflow what could not be logged or registered while it was away."""
    from cli.failures import explained
    from cli.sync import run_sync

    with explained(debug=debug):
        run_sync()


@app.command()
def up(
    database: Annotated[
        str | None,
        typer.Option(
            envvar="SEQFLOW_DATABASE",
            show_envvar=True,
            help="PostgreSQL behind both servers: postgresql://user:password@host:5432.",
        ),
    ] = None,
    debug: Debug = False,
) -> None:
    """Start Prefect, MLflow and a worker on this machine, and deploy everything."""
    from cli.failures import explained
    from cli.services import run_up

    with explained(debug=debug):
        run_up(database)


@app.command()
def down(debug: Debug = False) -> None:
    """Stop what `seqflow up` started."""
    from cli.failures import explained
    from cli.services import run_down

    with explained(debug=debug):
        run_down()


@app.command()
def doctor(
    fix: Annotated[bool, typer.Option("--fix", help="Mend what can be mended safely.")] = False,
    clean: Annotated[
        bool, typer.Option("--clean", help="Free space; what registered models need stays.")
    ] = False,
    keep_days: Annotated[
        float | None, typer.Option(min=0, help="--clean: keep what was used since [30].")
    ] = None,
    target_gb: Annotated[
        float | None, typer.Option(min=0, help="--clean: stop when the home is so small.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="--clean: only say what would go.")
    ] = False,
    debug: Debug = False,
) -> None:
    """Look for what is known to break, mend it with --fix, free space with --clean."""
    from cli.clean import Wish, run_clean
    from cli.failures import explained
    from cli.services import run_doctor

    with explained(debug=debug):
        if clean:
            run_clean(Wish(keep_days, target_gb, dry_run))
        else:
            run_doctor(fix=fix)


def main() -> None:
    """Entry point of the console script."""
    app()


if __name__ == "__main__":
    main()
