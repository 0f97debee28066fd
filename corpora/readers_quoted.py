"""Reader of CSV and TSV with quoting; a stray quotation mark costs one line, not the rest."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from corpora.lines import MAX_LINE_BYTES, LineBlock, appended, joined, without_blank_lines
from corpora.readers_text import split_fields
from corpora.rows import EveryColumn, Rows, Wanted, no_rejected_rows, rejected_rows
from storage.errors import CorpusFormatError

MAX_ROW_LINES = 1_000
"""Lines that one row with quoted line feeds may span."""

_WIDEST_PATTERN = 100
_NEVER = r"[^\s\S]"


@dataclass(frozen=True)
class _Dialect:
    """How this file separates fields.

    Attributes:
        delimiter: Between fields.
        width: Fields of a row, as many as the header has.
        positions: Where the wanted columns stand.
        literal: Marks may be letters, as many TSV files know no quoting: a line of as many
            fields is read as it stands if its quoting is broken, or had no reason.
    """

    delimiter: str
    width: int
    positions: dict[str, int]
    literal: bool

    @property
    def regular_row(self) -> str:
        """Pattern of a whole row whose fields are quoted entirely or not at all.

        It grows with the width; of a very wide file all quoted rows are read one by one.
        """
        if self.width > _WIDEST_PATTERN:
            return _NEVER
        delimiter = re.escape(self.delimiter)
        cell = rf'(?:"(?:[^"\r]|"")*"|[^"\r{delimiter}]*)'
        return rf"\A{cell}(?:{delimiter}{cell}){{{self.width - 1}}}\z"


class _Broken(NamedTuple):
    """Why no row could be parsed, and whether the lines ran out before it ended."""

    reason: str
    ran_out: bool


def quoted_rows(
    blocks: Iterator[LineBlock],
    wanted: Wanted | EveryColumn,
    *,
    kind: Literal["csv", "tsv"],
    name: str,
) -> Iterator[Rows]:
    """Rows under a header; fields may be quoted and then hold delimiters and line feeds.

    Lines without a quotation mark, and lines quoted well, are read whole columns at a time.
    The others (a row over several lines, a stray mark) are parsed strictly one by one; where
    that fails only the line at hand is refused, and reading goes on with the next.

    Raises:
        CorpusFormatError: If there is no header.
        InputError: If a wanted column is not in it.
    """
    csv.field_size_limit(MAX_LINE_BYTES)
    dialect: _Dialect | None = None
    waiting = None
    for block in blocks:
        block = block if waiting is None else appended(waiting, block)
        if dialect is None:
            header = _read_header(block, wanted, kind=kind, name=name)
            if header is None:
                waiting = without_blank_lines(block)
                continue
            dialect, block = header
        rows, waiting = _read_block(block, dialect, last=False)
        yield rows
    if dialect is None:
        raise CorpusFormatError(f"{name} has no header; its first row must name the columns")
    if waiting is not None:
        yield _read_block(waiting, dialect, last=True)[0]


def _read_header(
    block: LineBlock, wanted: Wanted | EveryColumn, *, kind: Literal["csv", "tsv"], name: str
) -> tuple[_Dialect, LineBlock] | None:
    """What the first row says, and the lines after it; None if it is not there as a whole."""
    filled = without_blank_lines(block)
    if not len(filled.lines):
        return None
    delimiter = _delimiter(filled.lines[0].as_py(), kind)
    row = _parse(filled.lines, 0, delimiter)
    if isinstance(row, _Broken):
        if row.ran_out:
            return None
        raise CorpusFormatError(f"{name}: the header cannot be read: {row.reason}")
    names = [field.strip() for field in row[0]]
    positions = wanted.positions(names, name)
    end = block.numbers.index(filled.numbers[row[1] - 1]).as_py() + 1
    rest = LineBlock(block.lines[end:], block.numbers[end:], block.rejected)
    # who quotes names without need quotes every field
    literal = kind == "tsv" and '"' not in filled.lines[0].as_py()
    return _Dialect(delimiter, len(names), positions, literal=literal), rest


def _delimiter(header: str, kind: Literal["csv", "tsv"]) -> str:
    """CSV written where the comma is the decimal sign has semicolons."""
    if kind == "tsv":
        return "\t"
    return ";" if header.count(";") > header.count(",") else ","


@dataclass
class _Parsed:
    """Rows that had to be parsed one by one, and what happened to their lines."""

    indices: list[int] = field(default_factory=list)
    fields: list[list[str]] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)


def _read_block(
    block: LineBlock, dialect: _Dialect, *, last: bool
) -> tuple[Rows, LineBlock | None]:
    """Rows of the block, and its last lines if a row begins there that may go on."""
    marked = pc.match_substring(block.lines, '"')
    if dialect.literal:
        marked = pc.and_not(marked, _letters_only(block.lines, dialect))
    regular = pc.and_(marked, pc.match_substring_regex(block.lines, dialect.regular_row))
    irregular = np.flatnonzero(pc.and_not(marked, regular).to_numpy(zero_copy_only=False))
    parsed, used, end = _parse_irregular(block.lines, irregular, dialect, last=last)
    waiting = None
    if end < len(block.lines):
        waiting = LineBlock(block.lines[end:], block.numbers[end:], no_rejected_rows())
        block = LineBlock(block.lines[:end], block.numbers[:end], block.rejected)
        marked, regular, used = marked[:end], regular[:end], used[:end]
    free = pa.array(~used)
    plain = without_blank_lines(_chosen(block, pc.and_not(free, marked)))
    width = dialect.width
    rows = split_fields(plain, dialect.delimiter, dialect.positions, least=width, most=width)
    quoted = _read_regular(_chosen(block, pc.and_(free, regular)), dialect)
    return _merged(rows, quoted, _one_by_one(parsed, block, dialect)), waiting


def _letters_only(lines: pa.Array, dialect: _Dialect) -> pa.Array:
    """Lines whose marks are letters: none is doubled, and no field needs to be quoted."""
    fields = pc.add(pc.count_substring(lines, dialect.delimiter), 1)
    doubled = pc.match_substring(lines, '""')
    return pc.and_not(pc.equal(fields, dialect.width), doubled)


def _chosen(block: LineBlock, mask: pa.Array) -> LineBlock:
    return LineBlock(block.lines.filter(mask), block.numbers.filter(mask), block.rejected)


def _read_regular(block: LineBlock, dialect: _Dialect) -> Rows:
    """Rows on one line each, known to be quoted well: Arrow reads them together."""
    if not len(block.lines):
        return Rows({}, block.numbers, no_rejected_rows())
    names = [str(position) for position in range(dialect.width)]
    data = joined(block.lines)
    table = pa_csv.read_csv(
        pa.BufferReader(data),
        read_options=pa_csv.ReadOptions(
            column_names=names, block_size=data.size + 1, use_threads=False
        ),
        parse_options=pa_csv.ParseOptions(
            delimiter=dialect.delimiter, newlines_in_values=False, ignore_empty_lines=False
        ),
        convert_options=pa_csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.large_string()), strings_can_be_null=False
        ),
    )
    columns = {
        name: table.column(position).combine_chunks()
        for name, position in dialect.positions.items()
    }
    return Rows(columns, block.numbers, no_rejected_rows())


def _parse_irregular(
    lines: pa.Array, irregular: np.ndarray, dialect: _Dialect, *, last: bool
) -> tuple[_Parsed, np.ndarray, int]:
    """Parse the rows that begin at lines with unusual or unfinished quoting.

    Returns:
        The rows; which lines they took, as a mask; and where the lines begin that have to
        wait for those that follow.
    """
    parsed = _Parsed()
    used = np.zeros(len(lines), dtype=bool)
    for index in irregular.tolist():
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


def _one_by_one(parsed: _Parsed, block: LineBlock, dialect: _Dialect) -> Rows:
    refused = pa.array(parsed.refused, pa.int64())
    rejected = rejected_rows(
        block.numbers.take(refused),
        pa.array(parsed.reasons, pa.large_string()),
        block.lines.take(refused),
    )
    columns = {
        name: pa.array([fields[position] for fields in parsed.fields], pa.large_string())
        for name, position in dialect.positions.items()
    }
    return Rows(columns, block.numbers.take(pa.array(parsed.indices, pa.int64())), rejected)


def _merged(*parts: Rows) -> Rows:
    """Rows of one block, read in different ways, in the order of its lines."""
    rejected = pa.concat_tables([part.rejected for part in parts])
    filled = [part for part in parts if len(part.lines)]
    if len(filled) <= 1:
        rows = filled[0] if filled else parts[0]
        return Rows(rows.columns, rows.lines, rejected)
    lines = pa.concat_arrays([part.lines for part in filled])
    order = pc.sort_indices(lines)
    columns = {
        name: pa.concat_arrays([part.columns[name] for part in filled]).take(order)
        for name in filled[0].columns
    }
    return Rows(columns, lines.take(order), rejected)
