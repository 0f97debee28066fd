"""Tables on disk: folders of Parquet parts of a fixed row count, read as pandas frames.

Rows added to a source only add to the last part and make new ones, so old parts and what was
computed from them stay. Text comes back as pandas' Arrow-backed `str`.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from configs.data import Problem
from storage.errors import InputError
from storage.files import atomic_write

ROWS_PER_PART = 100_000
CONTENT: dict[Problem, tuple[str, ...]] = {
    "classification": ("text", "label"),
    "events": ("case", "events", "gaps", "label"),
    "tagging": ("tokens", "tags"),
    "language_modelling": ("text",),
    "translation": ("source", "target"),
}
"""What a row says, by problem; beside it stand `id`, its number in the source, and `group`."""


def table_schema(problem: Problem) -> pa.Schema:
    """Columns and types of a split table of the problem."""
    text = [(name, pa.large_string()) for name in ("group", *CONTENT[problem])]
    return pa.schema([("id", pa.int64()), *text])


class PartWriter:
    """Takes rows as they come and writes parts of a fixed row count, each atomically.

    Args:
        folder: Where the parts go.
        schema: Columns and types; rows are cast to it.
        rows_per_part: Rows of every part but the last.
        digested: Text columns that `digest` is taken of.

    Attributes:
        rows: Rows taken so far.
    """

    def __init__(
        self,
        folder: Path,
        schema: pa.Schema,
        *,
        rows_per_part: int = ROWS_PER_PART,
        digested: Sequence[str] = (),
    ) -> None:
        self.rows = 0
        self._digested = digested
        self._folder = folder
        self._schema = schema
        self._rows_per_part = rows_per_part
        self._parts = 0
        self._waiting: list[pa.Table] = []
        self._waiting_rows = 0
        self._digest = hashlib.sha256()

    def add(self, table: pa.Table) -> None:
        """Take rows; whole parts are written at once."""
        if not table.num_rows:
            return
        self.rows += table.num_rows
        self._waiting.append(table.select(self._schema.names).cast(self._schema))
        self._waiting_rows += table.num_rows
        if self._waiting_rows < self._rows_per_part:
            return
        waiting, start = pa.concat_tables(self._waiting), 0
        while waiting.num_rows - start >= self._rows_per_part:
            self._write(waiting.slice(start, self._rows_per_part))
            start += self._rows_per_part
        rest = waiting.slice(start)
        self._waiting, self._waiting_rows = [rest], rest.num_rows

    def close(self) -> None:
        """Write what is left; a table without rows still gets one part, for its columns."""
        rest = pa.concat_tables([self._schema.empty_table(), *self._waiting])
        if rest.num_rows or not self._parts:
            self._write(rest)
        self._waiting, self._waiting_rows = [], 0

    @property
    def digest(self) -> str:
        """sha256 of the digested columns, whatever the file format made of them."""
        return self._digest.hexdigest()

    def _write(self, part: pa.Table) -> None:
        with atomic_write(self._folder / f"part-{self._parts:05d}.parquet") as file:
            pq.write_table(part, file, compression="zstd", use_dictionary=["label"])
        self._parts += 1
        for name in self._digested:
            add_content(self._digest, part.column(name).combine_chunks())


def write_parts(
    folder: Path, frames: Iterable[pd.DataFrame], *, rows_per_part: int = ROWS_PER_PART
) -> int:
    """Write frames of the same columns as one table; returns the number of rows.

    Raises:
        ValueError: If there is no frame at all: the columns would be unknown.
    """
    writer: PartWriter | None = None
    for frame in frames:
        table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata()
        if writer is None:
            writer = PartWriter(folder, table.schema, rows_per_part=rows_per_part)
        writer.add(table)
    if writer is None:
        raise ValueError(f"no frame to write to {folder}; give at least an empty one")
    writer.close()
    return writer.rows


def read_table(folder: Path, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """The whole table, or some of its columns.

    Raises:
        InputError: If the folder holds no part.
    """
    parts = [pq.read_table(path, columns=_listed(columns)) for path in part_paths(folder)]
    frame: pd.DataFrame = pa.concat_tables(parts).to_pandas()
    return frame


def iter_parts(folder: Path, columns: Sequence[str] | None = None) -> Iterator[pd.DataFrame]:
    """The table part by part, so that memory does not grow with it.

    Raises:
        InputError: If the folder holds no part.
    """
    for path in part_paths(folder):
        yield pq.read_table(path, columns=_listed(columns)).to_pandas()


def count_rows(folder: Path) -> int:
    """Rows of the table, from the parts' footers alone."""
    return sum(pq.read_metadata(path).num_rows for path in part_paths(folder))


def part_paths(folder: Path) -> list[Path]:
    """The table's parts in order.

    Raises:
        InputError: If there is none.
    """
    paths = sorted(folder.glob("part-*.parquet"))
    if not paths:
        raise InputError(f"{folder} holds no table: there is no part-00000.parquet in it")
    return paths


def rows_digest(frame: pd.DataFrame, problem: Problem) -> str:
    """sha256 of a split's rows, as `split_digests` in the manifest of its tables has it.

    Args:
        frame: Its rows in their order, row numbers and further columns aside.
        problem: Which columns say what a row says.
    """
    digest = hashlib.sha256()
    names = [name for name in table_schema(problem).names if name != "id"]
    for first in range(0, len(frame), ROWS_PER_PART):
        part = frame[names].iloc[first : first + ROWS_PER_PART]
        for name in names:
            column = pa.chunked_array([pa.array(part[name], pa.large_string())])
            add_content(digest, column.combine_chunks())
    return digest.hexdigest()


def _listed(columns: Sequence[str] | None) -> list[str] | None:
    return None if columns is None else list(columns)


def add_content(digest: "hashlib._Hash", column: pa.Array) -> None:
    """Lengths, then the bytes of all values, so that no two tables of the same rows differ."""
    digest.update(pc.binary_length(column).to_numpy(zero_copy_only=False).astype("<i8"))
    if len(column):
        offsets = np.frombuffer(column.buffers()[1], dtype=np.int64)[column.offset :]
        digest.update(memoryview(column.buffers()[2])[offsets[0] : offsets[len(column)]])
