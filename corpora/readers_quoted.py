"""Reader of CSV and TSV with quoting; a stray quotation mark costs one line, not the rest."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from corpora.lines import MAX_LINE_BYTES, LineBlock, without_blank_lines
from corpora.readers_text import split_fields
from corpora.rows import Rows, Wanted, no_rejected_rows, rejected_rows
from storage.errors import CorpusFormatError

MAX_ROW_LINES = 1_000
"""Lines that one row with quoted line feeds may span."""


@dataclass(frozen=True)
class _Dialect:
    """How this file separates fields.

    Attributes:
        delimiter: Between fields.
        width: Fields of a row, as many as the header has.
        positions: Where the wanted columns stand.
        literal: Read a line whose quoting is broken, but whose field count fits, as it
            stands: many TSV files know no quoting.
    """

    delimiter: str
    width: int
    positions: dict[str, int]
    literal: bool


class _Broken(NamedTuple):
    """Why no row could be parsed, and whether the lines ran out before it ended."""

    reason: str
    ran_out: bool


def quoted_rows(
    blocks: Iterator[LineBlock], wanted: Wanted, *, kind: Literal["csv", "tsv"], name: str
) -> Iterator[Rows]:
    """Rows under a header; fields may be quoted and then hold delimiters and line feeds.

    Lines without a quotation mark are split whole columns at a time. The others are parsed
    strictly, one row at a time; where that fails only the line at hand is refused, and
    reading goes on with the next.

    Raises:
        CorpusFormatError: If there is no header.
        InputError: If a wanted column is not in it.
    """
    csv.field_size_limit(MAX_LINE_BYTES)
    dialect: _Dialect | None = None
    waiting = None
    for block in blocks:
        joined = _joined(waiting, block)
        if dialect is None:
            dialect, joined = _read_header(joined, wanted, kind=kind, name=name)
        rows, waiting = _read_block(joined, dialect, last=False)
        yield rows
    if dialect is None:
        raise CorpusFormatError(f"{name} is empty; it needs a header with the column names")
    if waiting is not None:
        yield _read_block(waiting, dialect, last=True)[0]


def _joined(waiting: LineBlock | None, block: LineBlock) -> LineBlock:
    if waiting is None:
        return block
    return LineBlock(
        pa.concat_arrays([waiting.lines, block.lines]),
        pa.concat_arrays([waiting.numbers, block.numbers]),
        pa.concat_tables([waiting.rejected, block.rejected]),
    )


def _read_header(
    block: LineBlock, wanted: Wanted, *, kind: Literal["csv", "tsv"], name: str
) -> tuple[_Dialect, LineBlock]:
    start = 0
    while start < len(block.lines) and not block.lines[start].as_py().strip():
        start += 1
    first = block.lines[start].as_py() if start < len(block.lines) else ""
    delimiter = _delimiter(first, kind)
    row = _parse(block.lines, start, delimiter)
    if isinstance(row, _Broken) or not first:
        raise CorpusFormatError(
            f"{name}: the header with the column names cannot be read: {first[:80]!r}"
        )
    fields, taken = row
    names = [field.strip() for field in fields]
    dialect = _Dialect(
        delimiter, len(names), wanted.positions(names, name), literal=kind == "tsv"
    )
    end = start + taken
    return dialect, LineBlock(block.lines[end:], block.numbers[end:], block.rejected)


def _delimiter(header: str, kind: Literal["csv", "tsv"]) -> str:
    """CSV written where the comma is the decimal sign has semicolons."""
    if kind == "tsv":
        return "\t"
    return ";" if header.count(";") > header.count(",") else ","


@dataclass
class _Parsed:
    """Rows with quotation marks, and what happened to their lines."""

    indices: list[int] = field(default_factory=list)
    fields: list[list[str]] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)


def _read_block(
    block: LineBlock, dialect: _Dialect, *, last: bool
) -> tuple[Rows, LineBlock | None]:
    """Rows of the block, and its last lines if a row begins there that may go on."""
    quoted = pc.match_substring(block.lines, '"')
    marked = np.flatnonzero(quoted.to_numpy(zero_copy_only=False))
    parsed, used, end = _parse_marked(block.lines, marked, dialect, last=last)
    waiting = None
    if end < len(block.lines):
        waiting = LineBlock(block.lines[end:], block.numbers[end:], no_rejected_rows())
        block = LineBlock(block.lines[:end], block.numbers[:end], block.rejected)
    plain = LineBlock(
        block.lines.filter(pa.array(~used[:end])),
        block.numbers.filter(pa.array(~used[:end])),
        block.rejected,
    )
    rows = split_fields(
        without_blank_lines(plain),
        dialect.delimiter,
        dialect.positions,
        least=dialect.width,
        most=dialect.width,
    )
    return _merged(rows, parsed, block, dialect), waiting


def _parse_marked(
    lines: pa.Array, marked: np.ndarray, dialect: _Dialect, *, last: bool
) -> tuple[_Parsed, np.ndarray, int]:
    """Parse the rows that begin at lines with a quotation mark.

    Returns:
        The rows; which lines they took, as a mask; and where the lines begin that have to
        wait for those that follow.
    """
    parsed = _Parsed()
    used = np.zeros(len(lines), dtype=bool)
    for index in marked.tolist():
        if used[index]:
            continue
        row = _parse(lines, index, dialect.delimiter)
        if isinstance(row, _Broken) and row.ran_out and not last:
            return parsed, used, index
        fields, taken = _judged(row, lines[index].as_py(), dialect)
        used[index : index + taken] = True
        if isinstance(fields, str):
            parsed.refused.append(index)
            parsed.reasons.append(fields)
        else:
            parsed.indices.append(index)
            parsed.fields.append(fields)
    return parsed, used, len(lines)


def _judged(
    row: tuple[list[str], int] | _Broken, line: str, dialect: _Dialect
) -> tuple[list[str] | str, int]:
    """The fields and how many lines they took, or why the one line is refused."""
    whole = not isinstance(row, _Broken) and len(row[0]) == dialect.width
    if dialect.literal and not (whole and row[1] == 1):
        fields = line.split(dialect.delimiter)
        if len(fields) == dialect.width:
            return fields, 1
    if isinstance(row, _Broken):
        return row.reason, 1
    return row if whole else (f"{len(row[0])} fields instead of {dialect.width}", 1)


def _parse(lines: pa.Array, start: int, delimiter: str) -> tuple[list[str], int] | _Broken:
    """The row that begins at a line and how many lines it takes."""
    feed = _Feed(lines, start)
    reader = csv.reader(feed, delimiter=delimiter, strict=True)
    try:
        fields = next(reader)
    except csv.Error as error:
        return _Broken(f"broken quoting: {error}", feed.ran_out)
    return fields, reader.line_num


class _Feed:
    """Lines from a place on, as many as one row may take."""

    def __init__(self, lines: pa.Array, start: int) -> None:
        self._lines = lines
        self._next = start
        self._end = start + MAX_ROW_LINES
        self._size = 0
        self.ran_out = False

    def __iter__(self) -> "_Feed":
        return self

    def __next__(self) -> str:
        self.ran_out = self._next >= len(self._lines)
        if self.ran_out or self._next == self._end or self._size > MAX_LINE_BYTES:
            raise StopIteration
        line: str = self._lines[self._next].as_py()
        self._next += 1
        self._size += len(line)
        return f"{line}\n"


def _merged(rows: Rows, parsed: _Parsed, block: LineBlock, dialect: _Dialect) -> Rows:
    """Put the parsed rows back between the others, in the file's order."""
    rejected = rows.rejected
    if parsed.refused:
        at = pa.array(parsed.refused, pa.int64())
        refused = rejected_rows(
            block.numbers.take(at), pa.array(parsed.reasons), block.lines.take(at)
        )
        rejected = pa.concat_tables([rejected, refused])
    if not parsed.indices:
        return Rows(rows.columns, rows.lines, rejected)
    numbers = pa.concat_arrays(
        [rows.lines, block.numbers.take(pa.array(parsed.indices, pa.int64()))]
    )
    order = pc.sort_indices(numbers)
    columns = {}
    for name, position in dialect.positions.items():
        values = pa.array([fields[position] for fields in parsed.fields], pa.large_string())
        columns[name] = pa.concat_arrays([rows.columns[name], values]).take(order)
    return Rows(columns, numbers.take(order), rejected)
