"""Windows of a SQLite query: types are those of the values, as SQLite gives columns none."""

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from corpora.rows import line_numbers, no_rejected_rows, rejected_rows, spelt
from corpora.sqlite import SqliteReader, sqlite_reader
from storage.errors import CorpusFormatError, InputError
from training.windows import Window, text_column, window_of

Value = bytes | int | float | None
_NUMBERS = {
    frozenset(["integer"]): pa.int64(),
    frozenset(["real"]): pa.float64(),
    frozenset(["integer", "real"]): pa.float64(),
}
"""Types of columns by the kinds of their values, null aside; all others become text."""


def sqlite_windows(
    path: Path, query: str, wanted: str | None, *, name: str, window_rows: int
) -> Iterator[Window]:
    """All rows of one SELECT over the file.

    Args:
        path: The file.
        query: The SELECT.
        wanted: Column of the texts, where it was named.
        name: How messages call the file.
        window_rows: Most rows of a window.

    Raises:
        CorpusFormatError: If it is no SQLite file, or the query fails.
        InputError: If no column can be used, or the query takes too long.
    """
    try:
        with sqlite_reader(path, name=name) as database:
            cursor = database.execute(query)
            names = [entry[0] for entry in cursor.description or ()]
            _check(names, name)
            text = text_column(names, wanted, name=f"the query over {name}")
            types = _types(database, query, names, at_once=window_rows)
            yield _window(names, types, [], first=1, text=text)
            first = 1
            for rows in database.batches(cursor, window_rows):
                yield _window(names, types, rows, first=first, text=text)
                first += len(rows)
    except (sqlite3.Error, sqlite3.Warning) as error:
        raise CorpusFormatError(
            f"{name} cannot be read by {query!r}: {error}; the query must be one SELECT"
        ) from error


def _check(names: list[str], file: str) -> None:
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise InputError(
            f"the query over {file} gives {names.count(twice[0])} columns named {twice[0]!r}; "
            f"rename them by AS"
        )


def _types(
    database: SqliteReader, query: str, names: Sequence[str], *, at_once: int
) -> list[pa.DataType]:
    """The type of each column over all rows, so that windows agree."""
    quoted = ['"' + name.replace('"', '""') + '"' for name in names]
    kinds = ", ".join(f"typeof({name})" for name in quoted)
    asked = f"select distinct {kinds} from (\n{query.strip().rstrip(';')}\n)"
    found = [set[str]() for _ in names]
    for rows in database.batches(database.execute(asked), at_once):
        for column, values in zip(found, zip(*rows, strict=True), strict=True):
            column.update(value.decode() for value in values if isinstance(value, bytes))
    return [_NUMBERS.get(frozenset(kind - {"null"}), pa.large_string()) for kind in found]


def _window(
    names: Sequence[str],
    types: Sequence[pa.DataType],
    rows: Sequence[Sequence[Value]],
    *,
    first: int,
    text: str,
) -> Window:
    values: Sequence[Sequence[Value]] = list(zip(*rows, strict=True)) or [()] * len(names)
    lines = line_numbers(first, len(rows))
    place = names.index(text)
    reasons = _problems(values[place])
    columns = {
        name: _column(cells, kind)
        for name, kind, cells in zip(names, types, values, strict=True)
    }
    columns[text] = columns[text].cast(pa.large_string())
    if reasons is None:
        return window_of(columns, lines, no_rejected_rows(), text=text)
    refused = pc.is_valid(reasons)
    rejected = rejected_rows(
        lines.filter(refused),
        reasons.filter(refused),
        pc.fill_null(columns[text].filter(refused), ""),
    )
    kept = pc.invert(refused)
    left = {name: column.filter(kept) for name, column in columns.items()}
    return window_of(left, lines.filter(kept), rejected, text=text)


def _column(cells: Sequence[Value], kind: pa.DataType) -> pa.Array:
    if not pa.types.is_large_string(kind):
        return pa.array(cells, kind)
    try:
        return pa.array(cells, pa.large_binary()).cast(pa.large_string())
    except (pa.ArrowTypeError, pa.ArrowInvalid):
        texts = [
            c.decode("utf-8", "replace") if isinstance(c, bytes) else spelt(c) for c in cells
        ]
        return pa.array(texts, pa.large_string())


def _problems(cells: Sequence[Value]) -> pa.Array | None:
    """Why cells are no texts; None where nothing is wrong, found without a look at each."""
    try:
        pa.array(cells, pa.large_binary()).cast(pa.large_string())
    except (pa.ArrowTypeError, pa.ArrowInvalid):
        return pa.array([_problem(cell) for cell in cells], pa.large_string())
    return None


def _problem(cell: Value) -> str | None:
    if cell is None:
        return None
    if not isinstance(cell, bytes):
        return f"{cell!r} is a number, not text"
    try:
        cell.decode("utf-8")
    except UnicodeDecodeError:
        return "text is not UTF-8"
    return None
