"""Commands asked of a first version, in this process."""

from pathlib import Path

from typer.testing import CliRunner

from cli.main import app


def ran(*arguments: str | Path) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of a command on version 1."""
    result = CliRunner().invoke(app, [*map(str, arguments), "--version", "1"])
    return result.exit_code, result.stdout, result.stderr
