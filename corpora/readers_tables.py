"""Readers of tables and folders: Parquet, SQLite by query, a folder of texts."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from corpora.lines import MAX_LINE_BYTES
from corpora.own_files import texts_in
from corpora.rows import (
    CHUNK_ROWS,
    Rows,
    Wanted,
    counted,
    line_numbers,
    no_rejected_rows,
    rejected_rows,
    spelt,
)
from corpora.sqlite import sqlite_reader
from corpora.word_lists import LIST_COLUMNS, is_list, joined_lists
from storage.errors import CorpusFormatError, InputError

_FOLDER_BYTES = 32_000_000
_PLAIN = ("label", "case", "event", "time")
"""Columns that may be numbers or times, which become text."""


def parquet_rows(path: Path, wanted: Wanted, *, name: str) -> Iterator[Rows]:
    """Rows of a Parquet file, read in batches; labels of any plain type become text.

    Raises:
        CorpusFormatError: If it is no Parquet file or is damaged.
        InputError: If a wanted column is not in it, or does not hold text.
    """
    try:
        with pq.ParquetFile(path) as file:
            wanted.positions(file.schema_arrow.names, name)
            first = 1
            batches = file.iter_batches(CHUNK_ROWS, columns=list(wanted.columns.values()))
            for batch in batches:
                columns = {
                    ours: _text_column(batch.column(theirs), ours, theirs, name)
                    for ours, theirs in wanted.columns.items()
                }
                yield _decoded(columns, line_numbers(first, len(batch)))
                first += len(batch)
    except (pa.ArrowInvalid, OSError) as error:
        raise CorpusFormatError(f"{name} cannot be read as Parquet: {error}") from error


def _text_column(column: pa.Array, ours: str, theirs: str, name: str) -> pa.Array:
    """The column as bytes of text."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if ours in LIST_COLUMNS and is_list(column.type):
        column = joined_lists(column)
    kind = column.type
    textual = (
        pa.types.is_string(kind)
        or pa.types.is_large_string(kind)
        or pa.types.is_string_view(kind)
        or pa.types.is_binary(kind)
        or pa.types.is_large_binary(kind)
        or pa.types.is_null(kind)
    )
    if not textual and (ours not in _PLAIN or pa.types.is_nested(kind)):
        raise InputError(
            f"column {theirs!r} of {name} holds {kind}, not text; name another one in "
            f"data.columns.{ours}"
        )
    return column.cast(pa.large_binary() if textual else pa.large_string())


def sqlite_rows(path: Path, wanted: Wanted, *, query: str, name: str) -> Iterator[Rows]:
    """Rows of one SELECT over a SQLite file, which is opened for reading only.

    Everything but reading is denied to the query: no ATTACH, PRAGMA or change.

    Raises:
        CorpusFormatError: If it is no SQLite file, or the query fails.
        InputError: If the query does not give a wanted column, or computes too long.
    """
    try:
        with sqlite_reader(path, name=name) as database:
            cursor = database.execute(query)
            held = [entry[0] for entry in cursor.description or ()]
            positions = wanted.positions(held, f"the query over {name}")
            first = 1
            for rows in database.batches(cursor, CHUNK_ROWS):
                values = list(zip(*rows, strict=True))
                columns = {ours: _bytes_of(values[at]) for ours, at in positions.items()}
                yield _decoded(columns, line_numbers(first, len(rows)))
                first += len(rows)
    except (sqlite3.Error, sqlite3.Warning) as error:
        raise CorpusFormatError(
            f"{name} cannot be read by {query!r}: {error}; the query must be one SELECT"
        ) from error


def _bytes_of(values: tuple[object, ...]) -> pa.Array:
    """SQLite types values, not columns: only a mixed column is looked at one by one."""
    try:
        column = pa.array(values)
    except (pa.ArrowTypeError, pa.ArrowInvalid):
        texts = [value if isinstance(value, bytes) else spelt(value) for value in values]
        return pa.array(texts, pa.large_binary())
    bare = pa.types.is_binary(column.type) or pa.types.is_null(column.type)
    return column.cast(pa.large_binary() if bare else pa.large_string())


def folder_rows(
    folder: Path, wanted: Wanted, *, name: str, encoding: str = "utf-8"
) -> Iterator[Rows]:
    """Texts `<class>/<text>` in the order of their names; the folder names the class.

    Raises:
        InputError: If anything but text and label is wanted.
    """
    if not wanted.columns.keys() <= {"text", "label"}:
        raise InputError(
            f"{name} is a folder of texts, which gives text and label only, not "
            f"{', '.join(wanted.columns)}"
        )
    waiting: list[Path] = []
    size = 0
    for path in texts_in(folder):
        waiting.append(path)
        size += min(path.stat().st_size, MAX_LINE_BYTES)
        if size >= _FOLDER_BYTES:
            yield _texts(waiting, folder, wanted, encoding)
            waiting, size = [], 0
    yield _texts(waiting, folder, wanted, encoding)


def _texts(paths: list[Path], folder: Path, wanted: Wanted, encoding: str) -> Rows:
    contents = [_in_utf8(_content(path), encoding) for path in paths]
    columns = {
        "text": pa.array(contents, pa.large_binary()),
        "label": pa.array([path.parent.name for path in paths], pa.large_string()),
    }
    files = [f"{folder.name}/{path.relative_to(folder).as_posix()}" for path in paths]
    return _decoded(
        {ours: columns[ours] for ours in wanted.columns},
        pa.repeat(pa.scalar(1, pa.int64()), len(paths)),
        files=pa.array(files, pa.large_string()),
        encoding=encoding,
    )


def _content(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MAX_LINE_BYTES + 1).removeprefix(b"\xef\xbb\xbf")


def _in_utf8(content: bytes, encoding: str) -> bytes:
    """The text in UTF-8; one that is too long, or not in its encoding, is left as it is."""
    if len(content) > MAX_LINE_BYTES:
        return content
    try:
        return content.decode(encoding).encode("utf-8")
    except UnicodeError:
        return content


def _decoded(
    columns: dict[str, pa.Array],
    lines: pa.Array,
    *,
    files: pa.Array | None = None,
    encoding: str = "utf-8",
) -> Rows:
    """Columns of bytes as text; rows that are not UTF-8, or too long, are refused.

    The encoding is named to people: what is in it is UTF-8 by now.
    """
    reasons = pa.nulls(len(lines), pa.large_string())
    for ours, column in columns.items():
        if not pa.types.is_large_binary(column.type):
            continue
        broken = _not_utf8(column)
        long = pc.fill_null(pc.greater(pc.binary_length(column), MAX_LINE_BYTES), False)
        reasons = pc.if_else(long, f"{ours} of more than {MAX_LINE_BYTES:,} bytes", reasons)
        reasons = pc.if_else(broken, f"{ours} is not {encoding.upper()}", reasons)
    whole = pc.is_null(reasons)
    rejected = no_rejected_rows()
    if counted(whole) < len(whole):
        refused = pc.invert(whole)
        first = next(iter(columns.values())).filter(refused)
        excerpts = [_excerpt(value) for value in first.to_pylist()]
        rejected = rejected_rows(
            lines.filter(refused), reasons.filter(refused), pa.array(excerpts, pa.string())
        )
        columns = {name: column.filter(whole) for name, column in columns.items()}
        lines = lines.filter(whole)
        files = None if files is None else files.filter(whole)
    texts = {name: column.cast(pa.large_string()) for name, column in columns.items()}
    return Rows(texts, lines, rejected, files)


def _not_utf8(column: pa.Array) -> pa.Array:
    """Which values are not UTF-8; only a column that has some is looked at one by one."""
    try:
        column.cast(pa.large_string())
    except pa.ArrowInvalid:
        return pa.array([not _is_utf8(value) for value in column.to_pylist()])
    return pa.repeat(pa.scalar(False), len(column))


def _is_utf8(value: bytes | None) -> bool:
    try:
        _ = value is None or value.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _excerpt(value: bytes | None) -> str:
    return (value or b"")[:400].decode("utf-8", "replace")
