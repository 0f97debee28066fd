"""Rows of a query over a PostgreSQL server, streamed to Parquet parts with a digest.

The address holds a password, so it is a plain argument that goes to the driver and nowhere
else: no file, log or message of ours repeats it.
"""

import hashlib
import json
import os
import re
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast
from urllib.parse import quote, quote_plus

import pyarrow as pa
import pyarrow.compute as pc

from configs.data import SqlSource
from corpora.rows import CHUNK_ROWS
from corpora.tables import PartWriter, add_content
from storage import progress
from storage.errors import EnvironmentProblem, InputError

if TYPE_CHECKING:
    from sqlalchemy import Connection, CursorResult
    from sqlalchemy.engine import URL

_CONNECT_SECONDS = 10
_FETCH_ROWS = 10_000
_TYPES = {
    16: pa.bool_(),
    20: pa.int64(),
    21: pa.int64(),
    23: pa.int64(),
    700: pa.float64(),
    701: pa.float64(),
    1082: pa.date32(),
    1114: pa.timestamp("us"),
    1184: pa.timestamp("us", tz="UTC"),
}
"""Arrow types by PostgreSQL's object ids of types (catalogue pg_type); all others are text."""


@dataclass(frozen=True)
class Snapshot:
    """What a query gave.

    Attributes:
        rows: How many.
        digest: sha256 of names, types and values of all rows, in their order.
    """

    rows: int
    digest: str


def address_from_environment(sql: SqlSource) -> str:
    """The address that the named environment variable holds.

    Raises:
        InputError: If the variable is not set, or the address is kept in a Secret block.
    """
    if sql.environment is None:
        raise InputError(
            f"the address is kept in the Prefect Secret block {sql.secret_block!r}, which only "
            "flows read; name an environment variable instead"
        )
    address = os.environ.get(sql.environment)
    if not address:
        raise InputError(
            f"the environment variable {sql.environment} is not set; it must hold the address, "
            f"as postgresql://user:password@host:5432/database"
        )
    return address


def snapshot(sql: SqlSource, address: str, folder: Path) -> Snapshot:
    """Write the rows of the query into the folder, as Parquet parts.

    They come through a cursor on the server, some at a time, in a read-only transaction.
    Without ORDER BY the server may give the same rows in another order, which is another
    digest.

    Args:
        sql: The query and its limits.
        address: `postgresql://…`.
        folder: Emptied first.

    Raises:
        InputError: If the address is of another kind, or the query fails or takes too long.
        EnvironmentProblem: If the server cannot be reached, or went away.
    """
    shutil.rmtree(folder, ignore_errors=True)
    url = _url(sql, address)
    writer: PartWriter | None = None
    digest = hashlib.sha256()
    with _explained(sql, url), _connected(sql, url) as connection:
        result = connection.exec_driver_sql(sql.query)
        schema = _schema(result, sql)
        digest.update(schema.to_string().encode())
        writer = PartWriter(folder, schema)
        for rows in _batches(result, sql):
            table = _table(rows, schema)
            _add(digest, table)
            writer.add(table)
            progress.advanced("query", writer.rows, note=f"{writer.rows:,} rows fetched")
        writer.close()
    return Snapshot(writer.rows, digest.hexdigest())


def _url(sql: SqlSource, address: str) -> "URL":
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        url = make_url(re.sub(r"^postgres://", "postgresql://", address.strip()))
    except (ArgumentError, ValueError):
        raise InputError(
            f"{sql.shown} does not hold an address; it has the form "
            f"postgresql://user:password@host:5432/database"
        ) from None
    if url.get_backend_name() != "postgresql":
        raise InputError(
            f"{sql.shown} holds an address of {url.get_backend_name()}; only postgresql is "
            f"read, and SQLite as a file with --query"
        )
    return url.set(drivername="postgresql+psycopg")


@contextmanager
def _connected(sql: SqlSource, url: "URL") -> Iterator["Connection"]:
    """A connection in a read-only transaction whose statements are limited in time."""
    from sqlalchemy import create_engine
    from sqlalchemy.pool import NullPool

    milliseconds = max(1, round(sql.timeout_seconds * 1000))
    engine = create_engine(
        url,
        poolclass=NullPool,
        hide_parameters=True,
        connect_args={
            "connect_timeout": _CONNECT_SECONDS,
            "client_encoding": "utf8",
            "options": f"-c statement_timeout={milliseconds}",
        },
    )
    with engine.connect() as connection:
        yield connection.execution_options(
            postgresql_readonly=True,
            stream_results=True,
            max_row_buffer=_FETCH_ROWS,
            no_parameters=True,  # a % in the query is a sign like any other
        )


def _schema(result: "CursorResult[tuple[object, ...]]", sql: SqlSource) -> pa.Schema:
    cursor = result.cursor
    assert cursor is not None
    columns = [(str(entry[0]), cast(int, entry[1])) for entry in cursor.description or ()]
    names = [name for name, _ in columns]
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise InputError(
            f"the query over {sql.shown} gives {names.count(twice[0])} columns named "
            f"{twice[0]!r}; rename them by AS"
        )
    return pa.schema([(name, _TYPES.get(kind, pa.large_string())) for name, kind in columns])


def _batches(
    result: "CursorResult[tuple[object, ...]]", sql: SqlSource
) -> Iterator[Sequence[Sequence[object]]]:
    deadline = time.monotonic() + sql.timeout_seconds
    for rows in result.partitions(min(_FETCH_ROWS, CHUNK_ROWS)):
        yield rows
        if time.monotonic() > deadline:
            raise _took_too_long(sql)


def _table(rows: Sequence[Sequence[object]], schema: pa.Schema) -> pa.Table:
    columns = [
        _column(cells, kind)
        for kind, cells in zip(schema.types, zip(*rows, strict=True), strict=True)
    ]
    return pa.Table.from_arrays(columns, schema=schema)


def _column(cells: Sequence[object], kind: pa.DataType) -> pa.Array:
    if not pa.types.is_large_string(kind):
        return pa.array(cells, kind)
    try:
        return pa.array(cells, kind)
    except (pa.ArrowTypeError, pa.ArrowInvalid):
        return pa.array([_text(cell) for cell in cells], kind)


def _text(cell: object) -> str | None:
    """A value of a type without an Arrow column as text: JSON, or the driver's own words."""
    if isinstance(cell, dict | list | bool):
        return json.dumps(cell, ensure_ascii=False, default=str)
    return None if cell is None else str(cell)


def _add(digest: "hashlib._Hash", table: pa.Table) -> None:
    """Where values are missing, their lengths, and their bytes: no two tables agree in all."""
    digest.update(len(table).to_bytes(8, "little"))
    for column in table.columns:
        text = column.combine_chunks().cast(pa.large_string())
        digest.update(text.is_valid().to_numpy(zero_copy_only=False).tobytes())
        add_content(digest, pc.fill_null(text, ""))


@contextmanager
def _explained(sql: SqlSource, url: "URL") -> Iterator[None]:
    """The driver's errors in our words, without the address."""
    from sqlalchemy.exc import DBAPIError

    try:
        yield
    except DBAPIError as error:
        told = _without_secrets(_one_line(str(error.orig)), url)
        state = getattr(error.orig, "sqlstate", None) or ""
        if state == "57014":  # query_canceled, as the time limit does it
            problem: Exception = _took_too_long(sql)
        elif not state or state[:2] in ("08", "28", "53", "57"):
            problem = EnvironmentProblem(
                f"the database of {sql.shown} cannot be asked: {told}; see that the server "
                f"runs and that the address is right"
            )
        else:
            problem = InputError(
                f"the query over {sql.shown} failed: {told}; it must be one SELECT"
            )
    else:
        return
    # outside the handler, so that no traceback shows the driver's own words
    raise problem


def _took_too_long(sql: SqlSource) -> InputError:
    return InputError(
        f"the query over {sql.shown} took longer than {sql.timeout_seconds:g} s "
        f"(timeout_seconds); make it simpler, add an index, or raise the limit"
    )


def _one_line(text: str) -> str:
    return " ".join(text.split())[:500]


def _without_secrets(text: str, url: "URL") -> str:
    password = str(url.password or "")
    for spelling in {password, quote(password, safe=""), quote_plus(password)} - {""}:
        text = text.replace(spelling, "***")
    return text
