"""Where own data lies and how it is read, from the words of a command line."""

from pathlib import Path
from typing import cast, get_args

from pydantic import ValidationError

from configs.data import Format, OwnFile, SqlSource
from storage.errors import InputError


def adopted(
    path: Path,
    home: Path,
    *,
    target_file: Path | None,
    format: str | None,
    query: str | None,
    encoding: str,
    problem: str | None = None,
) -> OwnFile:
    """A file of the user's, or two that are aligned, copied into the home folder.

    Raises:
        InputError: If it cannot be used.
    """
    from corpora.own_files import adopt_aligned_files, adopt_own_file, running_format

    if target_file is None:
        kind = format_named(format)
        if kind is None and problem == "language_modelling":
            kind = running_format(path)
        return adopt_own_file(
            path, own=home / "own", format=kind, query=query, encoding=encoding
        )
    if query is not None or format not in (None, "aligned"):
        raise InputError("--target-file goes with lines of text, without --format or --query")
    return adopt_aligned_files(path, target_file, own=home / "own", encoding=encoding)


def sql_source(connection: str, query: str) -> SqlSource:
    """The query over the server whose address the environment variable holds.

    Raises:
        InputError: If the connection is no name; it may be an address with a password, so no
            message repeats it.
    """
    try:
        return SqlSource(environment=connection, query=query)
    except ValidationError:
        raise InputError(
            "--connection takes the name of the environment variable that holds the address, "
            "never the address itself; and --query one SELECT"
        ) from None


def format_named(name: str | None) -> Format | None:
    """The format of this name; None for None.

    Raises:
        InputError: If there is none.
    """
    for known in get_args(Format):
        if name == known:
            return cast(Format, known)
    if name is None:
        return None
    raise InputError(f"there is no format {name!r}; use {', '.join(get_args(Format))}")
