"""Readers of plain text: fields without quoting, whole lines, JSON lines."""

import json
from collections.abc import Iterator, Mapping

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj

from corpora.lines import LineBlock, joined, without_blank_lines
from corpora.rows import Rows, Wanted, counted, rejected_rows, spelt
from corpora.word_lists import LIST_COLUMNS, is_list, joined_lists
from storage.errors import InputError

_WAYS_OF_PAIRS = " pairs for source, tab, target, or --target-file for a second file of lines"
_LABEL_TYPES = (pa.string(), pa.int64(), pa.bool_())


def delimited_rows(
    blocks: Iterator[LineBlock],
    *,
    columns: tuple[str, ...],
    further_fields: int,
    delimiter: str,
) -> Iterator[Rows]:
    """Fields between delimiters, one row a line; a quotation mark is a letter like any other.

    Args:
        blocks: The file's lines.
        columns: Our names of the first fields.
        further_fields: How many more a row may have.
        delimiter: What stands between fields.
    """
    positions = {name: index for index, name in enumerate(columns)}
    most = len(columns) + further_fields
    for block in map(without_blank_lines, blocks):
        yield split_fields(block, delimiter, positions, least=len(columns), most=most)


def split_fields(
    block: LineBlock, delimiter: str, positions: Mapping[str, int], *, least: int, most: int
) -> Rows:
    """Split lines at each delimiter; those with too few or too many fields are refused."""
    fields = pc.split_pattern(block.lines, delimiter)
    count = pc.list_value_length(fields)
    fits = pc.and_(pc.greater_equal(count, least), pc.less_equal(count, most))
    rejected, numbers = block.rejected, block.numbers
    if counted(fits) < len(fits):
        ragged = pc.invert(fits)
        found = count.filter(ragged).cast(pa.large_string())
        asked = str(least) if least == most else f"{least} to {most}"
        instead = pa.scalar(f" fields instead of {asked}", pa.large_string())
        reasons = pc.binary_join_element_wise(found, instead, pa.scalar("", pa.large_string()))
        refused = rejected_rows(numbers.filter(ragged), reasons, block.lines.filter(ragged))
        rejected = pa.concat_tables([rejected, refused])
        fields, numbers = fields.filter(fits), numbers.filter(fits)
    columns = {name: pc.list_element(fields, index) for name, index in positions.items()}
    return Rows(columns, numbers, rejected)


def line_rows(blocks: Iterator[LineBlock], wanted: Wanted, *, name: str) -> Iterator[Rows]:
    """Each line is a text, empty ones too.

    Raises:
        InputError: If more than one column is wanted: lines have no place for it.
    """
    if len(wanted.columns) != 1:
        raise InputError(
            f"{name} is read as lines, which hold one column, not {len(wanted.columns)} "
            f"({', '.join(wanted.columns)}); use a csv, tsv, jsonl or parquet file, or --format"
            f"{_WAYS_OF_PAIRS if 'target' in wanted.columns else ''}"
        )
    (column,) = wanted.columns
    for block in blocks:
        yield Rows({column: block.lines}, block.numbers, block.rejected)


def json_rows(blocks: Iterator[LineBlock], wanted: Wanted, *, name: str) -> Iterator[Rows]:
    """One JSON object a line; numbers and truth values become text, null is no value.

    Arrow reads a block at once; one that it cannot is read object by object, so that only
    the broken lines are refused.

    Raises:
        InputError: If the first objects lack a wanted column.
    """
    checked = False
    for block in map(without_blank_lines, blocks):
        if not checked and len(block.lines):
            _check_names(block.lines, wanted, name)
            checked = True
        columns = _read_at_once(block.lines, wanted)
        if columns is not None:
            yield Rows(columns, block.numbers, block.rejected)
        else:
            yield _read_one_by_one(block, wanted)


def _check_names(lines: pa.Array, wanted: Wanted, name: str) -> None:
    """The first objects together must have all wanted columns."""
    held: dict[str, None] = {}
    for line in lines.slice(0, 100).to_pylist():
        value = _parsed(line)
        if isinstance(value, dict):
            held.update(dict.fromkeys(value))
    if held:
        wanted.positions(list(held), name)


def _read_at_once(lines: pa.Array, wanted: Wanted) -> dict[str, pa.Array] | None:
    """The columns, or None when Arrow finds anything but one plain object a line."""
    data = joined(lines)
    for kind in _kinds_tried(wanted):
        fields = [
            pa.field(theirs, kind if ours in ("label", *LIST_COLUMNS) else pa.string())
            for ours, theirs in wanted.columns.items()
        ]
        options = pj.ParseOptions(
            explicit_schema=pa.schema(fields), unexpected_field_behavior="ignore"
        )
        try:
            table = pj.read_json(
                pa.BufferReader(data),
                read_options=pj.ReadOptions(block_size=max(data.size + 1, 1)),
                parse_options=options,
            )
        except pa.ArrowInvalid:
            continue
        if len(table) != len(lines):
            return None
        return {
            ours: _as_text(table[theirs].combine_chunks())
            for ours, theirs in wanted.columns.items()
        }
    return None


def _kinds_tried(wanted: Wanted) -> tuple[pa.DataType, ...]:
    """Types that those columns may have that are not always text."""
    if "label" in wanted.columns:
        return _LABEL_TYPES
    if any(name in wanted.columns for name in LIST_COLUMNS):
        return (pa.list_(pa.string()), pa.string())
    return (pa.string(),)


def _as_text(column: pa.Array) -> pa.Array:
    return joined_lists(column) if is_list(column.type) else column.cast(pa.large_string())


def _read_one_by_one(block: LineBlock, wanted: Wanted) -> Rows:
    values: dict[str, list[str | None]] = {name: [] for name in wanted.columns}
    reasons: list[str | None] = []
    for line in block.lines.to_pylist():
        read = _one_object(line, wanted)
        reasons.append(read if isinstance(read, str) else None)
        if not isinstance(read, str):
            for name, value in read.items():
                values[name].append(value)
    refused = pa.array(reasons, pa.large_string())
    broken = pc.is_valid(refused)
    rejected = rejected_rows(
        block.numbers.filter(broken), refused.filter(broken), block.lines.filter(broken)
    )
    return Rows(
        {name: pa.array(column, pa.large_string()) for name, column in values.items()},
        block.numbers.filter(pc.invert(broken)),
        pa.concat_tables([block.rejected, rejected]),
    )


def _one_object(line: str, wanted: Wanted) -> dict[str, str | None] | str:
    """The wanted values of one line, or why there are none."""
    parsed = _parsed(line)
    if not isinstance(parsed, dict):
        return "not a JSON object"
    values: dict[str, str | None] = {}
    for ours, theirs in wanted.columns.items():
        value = parsed.get(theirs)
        if ours in LIST_COLUMNS and isinstance(value, list):
            numbers = (int, float) if ours == "gaps" else ()
            words = [str(one) if isinstance(one, numbers) else one for one in value]
            if not all(isinstance(word, str) and word.strip() for word in words):
                return f"{ours} holds something else than words"
            value = " ".join("_".join(word.split()) for word in words)
        if isinstance(value, dict | list):
            return f"{ours} is a {'list' if isinstance(value, list) else 'mapping'}, not text"
        text = spelt(value)
        if text is not None and "\\u" in line and not _is_unicode(text):
            return f"lone surrogate in {ours}"
        values[ours] = text
    return values


def _parsed(line: str) -> object:
    try:
        value: object = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
