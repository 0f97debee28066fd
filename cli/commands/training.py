"""Words of the commands that train, check and show."""

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
    Level,
    Name,
    NamedColumns,
    Problem,
    Query,
    Set,
    TargetFile,
    Told,
    with_columns,
)

commands = typer.Typer()


@commands.command()
@with_columns
def train(
    target: Annotated[str | None, typer.Argument(help="Preset, or a YAML file.")] = None,
    set_: Set = None,
    data: Data = None,
    problem: Problem = None,
    columns: NamedColumns = None,
    target_file: TargetFile = None,
    level: Level = None,
    told: Told = None,
    format_: Format = None,
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
            target_file,
            level,
            told,
        )
        run_train(request, seeds=seeds, reason=reason, as_json=as_json, debug=debug)


@commands.command()
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


@commands.command()
@with_columns
def sweep(
    target: Annotated[
        str | None, typer.Argument(help="Preset, YAML file, or experiment run before.")
    ] = None,
    trials: Annotated[
        int | None, typer.Option(min=1, help="Trials in all; those done before count.")
    ] = None,
    parallel: Annotated[int | None, typer.Option(min=1, help="Trials at a time.")] = None,
    set_: Set = None,
    data: Data = None,
    problem: Problem = None,
    columns: NamedColumns = None,
    target_file: TargetFile = None,
    level: Level = None,
    told: Told = None,
    name: Name = None,
    reason: Annotated[str, typer.Option(help="Why; kept with the run.")] = "",
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Search settings within sweep.ranges; the best on validation is evaluated, registered."""
    from cli.experiments import Request
    from cli.failures import explained
    from cli.sweep import run_sweep

    with explained(debug=debug):
        request = Request(
            target,
            data,
            problem,
            columns,
            name=name,
            settings=tuple(set_ or ()),
            target_file=target_file,
            level=level,
            told=told,
        )
        run_sweep(
            request,
            trials=trials,
            parallel=parallel,
            reason=reason,
            as_json=as_json,
            debug=debug,
        )


@commands.command()
@with_columns
def check(
    data: Annotated[Path, typer.Argument(help="The file to check.")],
    problem: Problem = None,
    columns: NamedColumns = None,
    target_file: TargetFile = None,
    level: Level = None,
    told: Told = None,
    format_: Format = None,
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
        request = Request(
            None,
            data,
            problem,
            columns,
            format_,
            query,
            encoding,
            settings=tuple(set_ or ()),
            target_file=target_file,
            level=level,
            told=told,
        )
        run_check(request, as_json=as_json)


@commands.command()
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


@commands.command()
def sync(debug: Debug = False) -> None:
    """Bring into MLflow what could not be logged or registered while it was away."""
    from cli.failures import explained
    from cli.sync import run_sync

    with explained(debug=debug):
        run_sync()
