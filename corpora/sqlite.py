"""SQLite files asked by query: opened for reading only, nothing but SELECT, within a time."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from storage.errors import InputError

QUERY_SECONDS = 600.0
"""Time that a query may compute; what is done with its rows meanwhile does not count."""
_INSTRUCTIONS_BETWEEN_LOOKS = 100_000
_QUERY_ACTIONS = {
    sqlite3.SQLITE_SELECT,
    sqlite3.SQLITE_READ,
    sqlite3.SQLITE_FUNCTION,
    sqlite3.SQLITE_RECURSIVE,
}
Row = tuple[bytes | int | float | None, ...]


class SqliteReader:
    """One SQLite file, open; texts come as bytes, for they may hold anything."""

    def __init__(self, database: sqlite3.Connection, *, name: str, seconds: float) -> None:
        self._database = database
        self._name = name
        self._seconds = seconds
        self._spent = 0.0
        self._begun = 0.0
        database.text_factory = bytes
        database.set_authorizer(_only_reading)
        database.set_progress_handler(self._is_over, _INSTRUCTIONS_BETWEEN_LOOKS)

    def execute(self, query: str) -> sqlite3.Cursor:
        """Start a query.

        Raises:
            sqlite3.Error, sqlite3.Warning: If it fails or is no single SELECT.
            InputError: If it takes longer than it may.
        """
        with self._timed():
            return self._database.execute(query)

    def batches(self, cursor: sqlite3.Cursor, rows: int) -> Iterator[list[Row]]:
        """The rows of a query, some at a time; errors as those of :meth:`execute`."""
        while True:
            with self._timed():
                fetched = cursor.fetchmany(rows)
            if not fetched:
                return
            yield fetched

    @contextmanager
    def _timed(self) -> Iterator[None]:
        self._begun = time.monotonic()
        try:
            yield
        except sqlite3.OperationalError as error:
            if not self._is_over():
                raise
            raise InputError(
                f"the query over {self._name} took longer than {self._seconds:g} s ({error}); "
                "make it simpler, add an index, or export its rows to a file"
            ) from None
        finally:
            self._spent += time.monotonic() - self._begun

    def _is_over(self) -> bool:
        return self._spent + time.monotonic() - self._begun > self._seconds


@contextmanager
def sqlite_reader(
    path: Path, *, name: str, seconds: float | None = None
) -> Iterator[SqliteReader]:
    """Open a SQLite file that nobody is writing.

    Args:
        path: The file.
        name: How messages call it.
        seconds: Time its queries may compute; None takes `QUERY_SECONDS`.
    """
    address = f"file:{quote(str(path.absolute()))}?mode=ro&immutable=1"
    with closing(sqlite3.connect(address, uri=True)) as database:
        limit = QUERY_SECONDS if seconds is None else seconds
        yield SqliteReader(database, name=name, seconds=limit)


def _only_reading(action: int, *_: object) -> int:
    return sqlite3.SQLITE_OK if action in _QUERY_ACTIONS else sqlite3.SQLITE_DENY
