"""Files of rows in the formats people keep them in, written a window at a time.

Formats follow the suffixes: `.csv`, `.tsv`, `.jsonl`, `.parquet`, and `.txt` for the
predictions alone, one a line.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import IO, Protocol

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from storage.errors import InputError

LINES = ".txt"
Metadata = Mapping[bytes, bytes]


class RowWriter(Protocol):
    """Takes rows of the same columns, window by window."""

    def write(self, rows: pa.Table) -> None:
        """Append rows."""

    def note(self, metadata: Metadata) -> None:
        """Keep key-value metadata with the rows, where the format has a place for it."""


Opener = Callable[[IO[bytes]], AbstractContextManager[RowWriter]]


def require_writable(path: Path) -> None:
    """Refuse a folder, or a file of no known format, before any work is done for it.

    Raises:
        InputError: If it is a folder, or the suffix is not that of a known format.
    """
    if path.is_dir():
        raise InputError(f"{path} is a folder; name a file in it for the answers")
    suffix = path.suffix.lower()
    if suffix in _OPENERS:
        return
    known = ", ".join(sorted(_OPENERS))
    raise InputError(f"{path.name} ends in {suffix or 'no suffix'}; use one of {known}")


def holds_lines(path: Path) -> bool:
    """Whether the file holds nothing but a prediction a line."""
    return path.suffix.lower() == LINES


def row_writer(file: IO[bytes], *, suffix: str) -> AbstractContextManager[RowWriter]:
    """A writer of the format that the suffix names; what it wrote is whole when it closes."""
    return _OPENERS[suffix.lower()](file)


class _Delimited:
    def __init__(self, file: IO[bytes], separator: str) -> None:
        self._file = file
        self._separator = separator
        self._header = True

    def write(self, rows: pa.Table) -> None:
        frame = _flat(rows).to_pandas(integer_object_nulls=True)
        text = frame.to_csv(sep=self._separator, index=False, header=self._header)
        self._file.write(text.encode("utf-8"))
        self._header = False

    def note(self, metadata: Metadata) -> None:
        """A delimited file has no place for it."""


class _JsonLines:
    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def write(self, rows: pa.Table) -> None:
        if not rows.num_rows:
            return
        text = rows.to_pandas(integer_object_nulls=True).to_json(
            orient="records",
            lines=True,
            force_ascii=False,
            date_format="iso",
            date_unit="us",
            double_precision=15,
        )
        self._file.write(text.replace("\\/", "/").encode("utf-8"))  # slashes need no escape

    def note(self, metadata: Metadata) -> None:
        """JSON lines have no place for it."""


class _Lines:
    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def write(self, rows: pa.Table) -> None:
        texts = pc.replace_substring_regex(
            rows["prediction"], pattern="[\\r\\n]", replacement=" "
        )
        self._file.write("".join(f"{text}\n" for text in texts.to_pylist()).encode("utf-8"))

    def note(self, metadata: Metadata) -> None:
        """Lines have no place for it."""


class _Parquet:
    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._writer: pq.ParquetWriter | None = None

    def write(self, rows: pa.Table) -> None:
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._file, rows.schema, compression="zstd")
        if rows.num_rows:
            self._writer.write_table(rows.cast(self._writer.schema))

    def note(self, metadata: Metadata) -> None:
        if self._writer is not None:
            self._writer.add_key_value_metadata(dict(metadata))

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()


@contextmanager
def _delimited(file: IO[bytes], *, separator: str) -> Iterator[RowWriter]:
    yield _Delimited(file, separator)


@contextmanager
def _json_lines(file: IO[bytes]) -> Iterator[RowWriter]:
    yield _JsonLines(file)


@contextmanager
def _lines(file: IO[bytes]) -> Iterator[RowWriter]:
    yield _Lines(file)


@contextmanager
def _parquet(file: IO[bytes]) -> Iterator[RowWriter]:
    writer = _Parquet(file)
    try:
        yield writer
    finally:
        writer.close()


def _flat(rows: pa.Table) -> pa.Table:
    """Lists and mappings as JSON, for formats whose cells are text."""
    for place, field in enumerate(rows.schema):
        if pa.types.is_nested(field.type):
            cells = [
                None if value is None else json.dumps(value, ensure_ascii=False, default=str)
                for value in rows.column(place).to_pylist()
            ]
            rows = rows.set_column(place, field.name, pa.array(cells, pa.large_string()))
    return rows


_OPENERS: Mapping[str, Opener] = {
    ".csv": partial(_delimited, separator=","),
    ".tsv": partial(_delimited, separator="\t"),
    ".jsonl": _json_lines,
    ".parquet": _parquet,
    LINES: _lines,
}
