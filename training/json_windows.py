"""Windows of JSON lines: one type a column over the whole file, broken lines set apart."""

import json
from collections.abc import Callable, Iterator

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj

from corpora.lines import LineBlock, joined, without_blank_lines
from corpora.rows import rejected_rows, spelt
from storage.errors import CorpusFormatError
from training.windows import Window, require_text, text_column, window_of

Blocks = Callable[[], Iterator[LineBlock]]
Objects = list[dict[str, object] | None]


def json_windows(blocks: Blocks, wanted: str | None, *, name: str) -> Iterator[Window]:
    """All rows of a file of one JSON object a line.

    The file is read twice: columns and types come from all of it. A column of mixed types,
    the texts' aside, becomes text in JSON's own spelling.

    Args:
        blocks: Gives the file's lines, from the beginning at each call.
        wanted: Column of the texts, where it was named.
        name: How messages call the file.

    Raises:
        CorpusFormatError: If no line holds an object.
        InputError: If no column can be used.
    """
    schema = pa.schema([])
    for block in map(without_blank_lines, blocks()):
        schema = _together(schema, _schema_of(block.lines))
    if not schema.names:
        raise CorpusFormatError(f"{name} holds no JSON object; one a line is wanted")
    text = text_column(schema.names, wanted, name=name)
    if not _is_mixed(schema.field(text)):
        require_text(schema.field(text).type, text, name=name)
    schema = schema.set(schema.get_field_index(text), pa.field(text, pa.large_string()))
    for block in map(without_blank_lines, blocks()):
        table = _read_at_once(block.lines, schema)
        if table is not None:
            columns = dict(zip(schema.names, _whole(table), strict=True))
            yield window_of(columns, block.numbers, block.rejected, text=text)
        else:
            yield _read_one_by_one(block, schema, text)


def _whole(table: pa.Table) -> list[pa.Array]:
    return [column.combine_chunks() for column in table.columns]


_MIXED = {b"mixed": b"yes"}


def _is_mixed(field: pa.Field) -> bool:
    return bool(field.metadata)


def _mixed(name: str) -> pa.Field:
    return pa.field(name, pa.large_string(), metadata=_MIXED)


def _together(first: pa.Schema, second: pa.Schema) -> pa.Schema:
    """Both schemas' columns; where their types cannot be one, text."""
    fields = {field.name: field for field in first}
    for field in second:
        known = fields.get(field.name, field)
        if _is_mixed(known) or _is_mixed(field):
            fields[field.name] = _mixed(field.name)
            continue
        try:
            pair = [pa.schema([known]), pa.schema([field])]
            (fields[field.name],) = pa.unify_schemas(pair, promote_options="permissive")
        except (pa.ArrowInvalid, pa.ArrowTypeError):
            fields[field.name] = _mixed(field.name)
    return pa.schema(list(fields.values()))


def _schema_of(lines: pa.Array) -> pa.Schema:
    if not len(lines):
        return pa.schema([])
    table = _parsed_at_once(lines, None)
    if table is not None:
        return pa.schema([pa.field(field.name, _plain(field.type)) for field in table.schema])
    return _schema_one_by_one(_objects(lines))


def _schema_one_by_one(objects: Objects) -> pa.Schema:
    fields = []
    for name in _names(objects):
        values = [one.get(name) for one in objects if one is not None]
        try:
            fields.append(pa.field(name, _plain(pa.array(values).type)))
        except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError, UnicodeEncodeError):
            fields.append(_mixed(name))
    return pa.schema(fields)


def _names(objects: Objects) -> dict[str, None]:
    return dict.fromkeys(name for one in objects if one is not None for name in one)


def _plain(kind: pa.DataType) -> pa.DataType:
    """Texts stay texts, though Arrow may take them for moments."""
    if pa.types.is_temporal(kind) or pa.types.is_string(kind):
        return pa.large_string()
    return kind


def _read_at_once(lines: pa.Array, schema: pa.Schema) -> pa.Table | None:
    """The columns, or None when a line is no object or a value not of its column's type."""
    if any(map(_is_mixed, schema)) or not len(lines):
        return None
    table = _parsed_at_once(lines, schema)
    return table.select(schema.names) if table is not None else None


def _parsed_at_once(lines: pa.Array, schema: pa.Schema | None) -> pa.Table | None:
    data = joined(lines)
    if schema is not None:  # the parser knows no large strings
        narrow = [
            field.with_type(pa.string()) if pa.types.is_large_string(field.type) else field
            for field in schema
        ]
        options = pj.ParseOptions(explicit_schema=pa.schema(narrow))
    else:
        options = pj.ParseOptions()
    try:
        table = pj.read_json(
            pa.BufferReader(data),
            read_options=pj.ReadOptions(block_size=max(data.size + 1, 1)),
            parse_options=options,
        )
        if len(table) != len(lines):
            return None
        return table if schema is None else table.select(schema.names).cast(schema)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return None


def _read_one_by_one(block: LineBlock, schema: pa.Schema, text: str) -> Window:
    objects = _objects(block.lines)
    reasons = pa.array([_problem(one, text) for one in objects], pa.large_string())
    whole = zip(objects, reasons.to_pylist(), strict=True)
    good = [one for one, why in whole if one is not None and why is None]
    columns = {
        field.name: _column([one.get(field.name) for one in good], field) for field in schema
    }
    refused = pc.is_valid(reasons)
    rejected = rejected_rows(
        block.numbers.filter(refused), reasons.filter(refused), block.lines.filter(refused)
    )
    together = pa.concat_tables([block.rejected, rejected]).sort_by("line")
    return window_of(columns, block.numbers.filter(pc.invert(refused)), together, text=text)


def _objects(lines: pa.Array) -> Objects:
    return [_object(line) for line in lines.to_pylist()]


def _object(line: str) -> dict[str, object] | None:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _problem(one: dict[str, object] | None, text: str) -> str | None:
    if one is None:
        return "not a JSON object"
    value = one.get(text)
    if value is None:
        return f"no {text}"
    if not isinstance(value, str):
        return f"{text} is {json.dumps(value)[:40]}, not text"
    try:
        value.encode()
    except UnicodeEncodeError:
        return f"lone surrogate in {text}"
    return None


def _column(values: list[object], field: pa.Field) -> pa.Array:
    if not pa.types.is_large_string(field.type):
        return pa.array(values, field.type)
    texts = [spelt(value) for value in values]
    try:
        return pa.array(texts, pa.large_string())
    except UnicodeEncodeError:
        bare = [
            t and t.encode("utf-16", "surrogatepass").decode("utf-16", "replace") for t in texts
        ]
        return pa.array(bare, pa.large_string())
