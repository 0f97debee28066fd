"""Sources of rows to predict, in the formats people keep them in, read a window at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, Self

import pyarrow as pa
import pyarrow.parquet as pq

from configs.data import Format, OwnFile, SqlSource
from corpora.lines import LineBlock, line_blocks
from corpora.own_files import check_kind, format_of
from corpora.readers import opened
from corpora.readers_quoted import quoted_rows
from corpora.readers_text import line_rows
from corpora.rows import EveryColumn, Rows, Wanted, line_numbers, no_rejected_rows
from corpora.tables import part_paths
from storage.errors import CorpusFormatError, InputError
from storage.files import file_digest
from training.json_windows import json_windows
from training.sqlite_windows import sqlite_windows
from training.windows import Window, cut, require_text, text_column, window_of

WINDOW_ROWS = 20_000
"""Rows predicted together, sorted by length among themselves; and the work a kill loses."""
_BATCH_BYTES = 64_000_000
_BLOCK_BYTES = 1 << 20
_LINE_FORMATS = ("csv", "tsv", "lines", "jsonl")


class RowSource(Protocol):
    """Where rows to predict come from."""

    def fetch(self, folder: Path) -> "FetchedRows":
        """Bring the rows to this machine; what is no file here goes below the folder."""


@dataclass(frozen=True)
class QueryRows:
    """Rows of a query over a database server.

    Attributes:
        sql: The query, and the name under which the address is kept.
        address: The address itself, which may hold a password: never shown.
        column: Which column holds the texts; None takes `text`, `source` or the only one.
    """

    sql: SqlSource
    address: str = field(repr=False)
    column: str | None = None

    def fetch(self, folder: Path) -> "FetchedRows":
        """Ask the server; what an earlier attempt fetched is asked for anew.

        Raises:
            InputError: If the query fails.
            EnvironmentProblem: If the server cannot be reached.
        """
        from corpora.sql import snapshot

        facts = snapshot(self.sql, self.address, folder)
        return FetchedRows(
            path=folder,
            name=self.sql.shown,
            sha256=facts.digest,
            format="parquet",
            query=self.sql.query,
            column=self.column,
        )


@dataclass(frozen=True)
class FetchedRows:
    """Rows to predict, on this machine.

    Attributes:
        path: The file; for the rows of a server's query, the folder of their Parquet parts.
        name: How messages and the lineage call it.
        sha256: Digest of the content.
        format: How it is read.
        query: SQL query, for SQLite files; for a server's rows the query they came from.
        encoding: Of text formats.
        column: Which column holds the texts; None takes `text`, `source` or the only one.
        window_rows: Most rows of a window.
    """

    path: Path
    name: str
    sha256: str
    format: Format
    query: str | None = None
    encoding: str = "utf-8"
    column: str | None = None
    window_rows: int = WINDOW_ROWS

    @classmethod
    def of_file(
        cls,
        path: Path,
        *,
        format: Format | None = None,
        query: str | None = None,
        encoding: str = "utf-8",
        column: str | None = None,
    ) -> Self:
        """The rows of a file of the user's; None for the format goes by the name's ending.

        Raises:
            InputError: If there is no such file, or nothing tells how to read it.
        """
        if not path.is_file():
            raise InputError(f"--output goes with a file of texts, but there is no file {path}")
        kind = format or format_of(path)
        check_kind(path, kind, query)
        return cls(path, path.name, file_digest(path), kind, query, encoding, column)

    @classmethod
    def of_own(cls, file: OwnFile, path: Path, *, column: str | None = None) -> Self:
        """The rows of an adopted file, which lies at the path."""
        return cls(path, file.name, file.sha256, file.format, file.query, file.encoding, column)

    def fetch(self, folder: Path) -> "FetchedRows":
        """The rows themselves."""
        return self

    def windows(self) -> Iterator[Window]:
        """All rows in order, some at a time; the same content gives the same windows.

        Raises:
            CorpusFormatError: If the file is damaged, wrongly encoded, or holds no rows.
            InputError: If a column cannot be used; the message names what can.
        """
        for window in self._read():
            yield from cut(window, self.window_rows)

    def count(self) -> int:
        """Lines of a text file, rows of a table, 0 where nobody knows: what `end` runs to.

        Raises:
            CorpusFormatError: If a table is damaged.
        """
        if self.format == "parquet":
            with self._damage_told():
                return sum(pq.read_metadata(path).num_rows for path in self._tables())
        if self.format not in _LINE_FORMATS or self.path.suffix.lower() == ".gz":
            return 0
        with self.path.open("rb") as file:
            blocks = iter(lambda: file.read(_BLOCK_BYTES), b"")
            return sum(block.count(b"\n") for block in blocks) + 1

    def _read(self) -> Iterator[Window]:
        match self.format:
            case "parquet":
                return self._parquet()
            case "sqlite":
                return sqlite_windows(
                    self.path,
                    self.query or "",
                    self.column,
                    name=self.name,
                    window_rows=self.window_rows,
                )
            case "csv" | "tsv" | "lines":
                return self._delimited()
            case "jsonl":
                return json_windows(self._blocks, self.column, name=self.name)
            case _:
                raise InputError(
                    f"{self.name} is read as {self.format}, which has no rows to predict; use "
                    f"csv, tsv, jsonl, parquet, sqlite or lines of text: of sentences, their "
                    f"words with spaces between"
                )

    def _blocks(self) -> Iterator[LineBlock]:
        with opened(self.path) as stream:
            yield from line_blocks(stream, name=self.name, encoding=self.encoding)

    def _delimited(self) -> Iterator[Window]:
        for rows in self._rows_of(self._blocks()):
            columns = rows.columns
            if not columns:
                continue
            # lines have one column, whatever that of the training data was called
            wanted = None if self.format == "lines" else self.column
            text = text_column(list(columns), wanted, name=self.name)
            rejected = rows.rejected.sort_by("line")
            yield window_of(columns, rows.lines, rejected, text=text)

    def _rows_of(self, blocks: Iterator[LineBlock]) -> Iterator[Rows]:
        if self.format == "lines":
            return line_rows(blocks, Wanted({"text": "text"}), name=self.name)
        kind = "csv" if self.format == "csv" else "tsv"
        return quoted_rows(blocks, EveryColumn(), kind=kind, name=self.name)  # type: ignore[arg-type]

    def _tables(self) -> list[Path]:
        return part_paths(self.path) if self.path.is_dir() else [self.path]

    def _parquet(self) -> Iterator[Window]:
        first = 1
        for path in self._tables():
            with self._damage_told(), pq.ParquetFile(path) as file:
                schema = file.schema_arrow
                text = text_column(schema.names, self.column, name=self.name)
                require_text(schema.field(text).type, text, name=self.name)
                # an empty table still has columns, which the output wants to have too
                yield window_of(
                    dict(zip(schema.names, schema.empty_table().columns, strict=True)),
                    line_numbers(first, 0),
                    no_rejected_rows(),
                    text=text,
                )
                for batch in file.iter_batches(self._batch_rows(file)):
                    lines = line_numbers(first, len(batch))
                    columns = dict(zip(schema.names, batch.columns, strict=True))
                    yield window_of(columns, lines, no_rejected_rows(), text=text)
                    first += len(batch)

    @contextmanager
    def _damage_told(self) -> Iterator[None]:
        try:
            yield
        except (pa.ArrowInvalid, OSError) as error:
            raise CorpusFormatError(
                f"{self.name} cannot be read as Parquet: {error}"
            ) from error

    def _batch_rows(self, file: pq.ParquetFile) -> int:
        """Rows of a batch: fewer where they are long, so that memory stays bounded."""
        groups = [file.metadata.row_group(number) for number in range(file.num_row_groups)]
        sizes = [group.total_byte_size / max(group.num_rows, 1) for group in groups]
        return max(1, min(self.window_rows, int(_BATCH_BYTES / max([*sizes, 1]))))
