"""Rows as readers hand them on: whole columns of text, and apart from them what was refused."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import cast

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from corpora.word_lists import WORD_COLUMNS, ungapped, untagged
from storage.errors import InputError

CHUNK_ROWS = 100_000
_EXCERPT_CHARACTERS = 80


@dataclass(frozen=True)
class RawChunk:
    """Up to 100,000 rows as they stand in the source.

    Attributes:
        frame: The problem's columns (Arrow-backed strings), file, and line (int64, from 1; in
            tables the number of the row).
        rejected: Table of what cannot be a row: file, line, reason, excerpt.
        skipped: What of the source is no part of a row, and how much of it, by kind.
    """

    frame: pd.DataFrame
    rejected: pa.Table
    skipped: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Rows:
    """Rows in Arrow columns, on their way from a format's reader.

    Attributes:
        columns: Our names to strings, null where the source has no value.
        lines: int64, where each row begins.
        rejected: Table of line, reason, excerpt.
        files: File of each row; None where all come from the one being read.
        skipped: As in :class:`RawChunk`.
    """

    columns: Mapping[str, pa.Array]
    lines: pa.Array
    rejected: pa.Table
    files: pa.Array | None = None
    skipped: Mapping[str, int] = field(default_factory=dict)


class MissingColumn(InputError):
    """A wanted column is not in the source, or twice.

    Args:
        message: With the columns that are there.
        column: Our name of it.
    """

    def __init__(self, message: str, *, column: str) -> None:
        super().__init__(message)
        self.column = column


@dataclass(frozen=True)
class Wanted:
    """Which columns to read: our names to those in the source."""

    columns: Mapping[str, str]

    def positions(self, held: list[str], file: str) -> dict[str, int]:
        """Where the wanted columns stand among those the file holds.

        Raises:
            MissingColumn: If one is not there, or twice; the message names the columns there.
        """
        found = {}
        for ours, theirs in self.columns.items():
            if held.count(theirs) != 1:
                problem = _column_problem(ours, theirs, held, file)
                raise MissingColumn(problem, column=ours)
            found[ours] = held.index(theirs)
        return found


@dataclass(frozen=True)
class EveryColumn:
    """All columns of the source, under their own names."""

    def positions(self, held: list[str], file: str) -> dict[str, int]:
        """Where each column stands among those the file holds.

        Raises:
            InputError: If a name is there twice, or missing.
        """
        for name in held:
            if held.count(name) != 1 or not name:
                shown = f"columns named {name!r}" if name else "columns without a name"
                raise InputError(f"{file} has {held.count(name)} {shown}; rename them")
        return {name: position for position, name in enumerate(held)}


def _column_problem(ours: str, theirs: str, held: list[str], file: str) -> str:
    if theirs in held:
        return f"{file} has {held.count(theirs)} columns named {theirs!r}; rename one"
    near = get_close_matches(theirs, held, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]!r}? " if near else ""
    shown = ", ".join(repr(name[:40]) for name in held[:20]) + (", …" if len(held) > 20 else "")
    way_out = f"name the right one in data.columns.{ours} (--{ours}-column)"
    if ours in ("source", "target") and len(held) in (2, 3):
        way_out += ", or read a tab-separated file without a header by --format pairs"
    return f"{file} has no column {theirs!r}; {hint}it has {shown or 'none'}; {way_out}"


def rejected_rows(lines: pa.Array, reason: str | pa.Array, excerpts: pa.Array) -> pa.Table:
    """A table of refused rows; the excerpts are cut to 80 characters."""
    reasons = pa.repeat(pa.scalar(reason), len(lines)) if isinstance(reason, str) else reason
    return pa.table(
        {
            "line": lines.cast(pa.int64()),
            "reason": reasons.cast(pa.large_string()),
            "excerpt": pc.utf8_slice_codeunits(
                excerpts.cast(pa.large_string()), 0, _EXCERPT_CHARACTERS
            ),
        }
    )


def no_rejected_rows() -> pa.Table:
    """The empty table of refused rows."""
    return rejected_rows(pa.array([], pa.int64()), "", pa.array([], pa.large_string()))


def chunks_of(
    rows: Rows, *, file: str, labels: tuple[tuple[str, str], ...] = ()
) -> Iterator[RawChunk]:
    """Refuse rows without a value, give classes their names, and hand on data frames.

    Args:
        rows: From a reader.
        file: The file they come from.
        labels: Readable names of the classes, as (written, name) pairs.
    """
    files = (
        rows.files if rows.files is not None else pa.repeat(pa.scalar(file), len(rows.lines))
    )
    table = pa.table(
        {**rows.columns, "file": files.cast(pa.large_string()), "line": rows.lines}
    )
    if "label" in rows.columns:
        label = _class_names(table["label"], labels)
        table = table.set_column(table.column_names.index("label"), "label", label)
    table, incomplete = _split_complete(table, list(rows.columns))
    rejected = rows.rejected.append_column(
        "file", pa.repeat(pa.scalar(file, pa.large_string()), len(rows.rejected))
    ).select(["file", "line", "reason", "excerpt"])
    refused = pa.concat_tables([rejected, incomplete]).sort_by("line")
    none = refused.slice(0, 0)
    for start in range(0, max(len(table), 1), CHUNK_ROWS):
        frame = table.slice(start, CHUNK_ROWS).to_pandas()
        yield RawChunk(frame, refused, rows.skipped) if start == 0 else RawChunk(frame, none)


def gathered(parts: Iterator[tuple[str, Rows]]) -> Iterator[Rows]:
    """Rows of many small files in fewer pieces, each row with its file's name.

    Args:
        parts: Name of a file, and rows of it, which may name files of their own.
    """
    waiting: list[tuple[str, Rows]] = []
    count = 0
    for name, rows in parts:
        waiting.append((name, rows))
        count += len(rows.lines)
        if count >= CHUNK_ROWS:
            yield _together(waiting)
            waiting, count = [], 0
    if waiting:
        yield _together(waiting)


def _together(parts: list[tuple[str, Rows]]) -> Rows:
    each = [rows for _, rows in parts]
    names = [
        pa.repeat(pa.scalar(name), len(rows.lines)) if rows.files is None else rows.files
        for name, rows in parts
    ]
    skipped: Counter[str] = Counter()
    for rows in each:
        skipped.update(rows.skipped)
    return Rows(
        {
            ours: pa.concat_arrays([rows.columns[ours] for rows in each])
            for ours in each[0].columns
        },
        pa.concat_arrays([rows.lines for rows in each]),
        pa.concat_tables([rows.rejected for rows in each]),
        files=pa.concat_arrays(names),
        skipped=skipped,
    )


def _class_names(label: pa.ChunkedArray, labels: tuple[tuple[str, str], ...]) -> pa.Array:
    """Labels without surrounding space; a blank one is none; unknown ones stay as written."""
    bare = pc.utf8_trim_whitespace(label.combine_chunks())
    named = pc.if_else(pc.equal(bare, ""), None, bare)
    for written, name in labels:
        named = pc.if_else(pc.equal(bare, written), name, named)
    return named


def _split_complete(table: pa.Table, columns: list[str]) -> tuple[pa.Table, pa.Table]:
    """Rows with usable values in all columns, and the others with the reason."""
    reasons = pa.nulls(len(table), pa.large_string())
    for name in reversed(columns):
        column = table[name].combine_chunks()
        zero = pc.fill_null(pc.match_substring(column, "\0"), False)
        reasons = pc.if_else(zero, f"zero byte in {name}", reasons)
        reasons = pc.if_else(pc.is_null(column), f"no {name}", reasons)
    if set(WORD_COLUMNS) <= set(columns):
        words, tags = (table[name].combine_chunks() for name in WORD_COLUMNS)
        reasons = pc.coalesce(reasons, untagged(words, tags))
    if {"events", "gaps"} <= set(columns):
        events, gaps = (table[name].combine_chunks() for name in ("events", "gaps"))
        reasons = pc.coalesce(reasons, ungapped(events, gaps))
    whole = pc.is_null(reasons)
    if pc.all(whole).as_py():
        return table, _incomplete(table.slice(0, 0), columns, reasons.slice(0, 0))
    broken = pc.invert(whole)
    return table.filter(whole), _incomplete(
        table.filter(broken), columns, reasons.filter(broken)
    )


def _incomplete(table: pa.Table, columns: list[str], reasons: pa.Array) -> pa.Table:
    values = [pc.fill_null(table[name].combine_chunks(), "") for name in columns]
    excerpts = pc.binary_join_element_wise(*values, pa.scalar("\t", pa.large_string()))
    refused = rejected_rows(table["line"].combine_chunks(), reasons, excerpts)
    return refused.append_column("file", table["file"]).select(
        ["file", "line", "reason", "excerpt"]
    )


def line_numbers(first: int, count: int) -> pa.Array:
    """So many consecutive numbers."""
    return pa.array(np.arange(first, first + count, dtype=np.int64))


def counted(mask: pa.Array) -> int:
    """How many are True."""
    return cast(int, pc.sum(mask).as_py() or 0)


def spelt(value: object) -> str | None:
    """A single value as text, as Arrow spells a whole column of its kind."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, float):
        text: str = pa.scalar(value).cast(pa.string()).as_py()
        return text
    return json.dumps(value)
