"""Words of the commands about servers and their health."""

from typing import Annotated

import typer

from cli.options import (
    Debug,
)

commands = typer.Typer()


@commands.command()
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


@commands.command()
def down(debug: Debug = False) -> None:
    """Stop what `seqflow up` started."""
    from cli.failures import explained
    from cli.services import run_down

    with explained(debug=debug):
        run_down()


@commands.command()
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
    from cli.clean import Wish, require_fitting, run_clean
    from cli.failures import explained
    from cli.services import run_doctor

    with explained(debug=debug):
        wish = Wish(keep_days, target_gb, dry_run)
        require_fitting(wish, clean=clean, fix=fix)
        if clean:
            run_clean(wish)
        else:
            run_doctor(fix=fix)
