"""Windows: consecutive rows of a source, and beside them the lines that are no rows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from corpora.rows import rejected_rows
from models.text.timed import joined_timed
from storage.errors import InputError

ANSWER_COLUMNS = ("prediction", "probability", "score", "flag", "model_version")
TEXT_COLUMNS = ("text", "source", "tokens", "events")


@dataclass(frozen=True)
class Window:
    """Some rows of a source.

    Attributes:
        rows: All columns of the source, of the same types in every window.
        text: Name of the column that holds the texts.
        lines: int64, the line at which each row begins, from 1; in tables its number.
        rejected: Lines that are no rows, as a table of line, reason, excerpt.
    """

    rows: pa.Table
    text: str
    lines: pa.Array
    rejected: pa.Table

    @property
    def texts(self) -> pa.ChunkedArray:
        """The texts, one a row."""
        return self.rows.column(self.text)

    @property
    def sequences(self) -> pa.ChunkedArray:
        """Events with their times, from a column `gaps` beside them or as `open close@2.5`.

        Raises:
            InputError: If neither is there.
        """
        events = self.texts
        if "gaps" in self.rows.column_names:
            gaps = self.rows.column("gaps").cast(pa.large_string())
            return pa.chunked_array([joined_timed(events, gaps)])
        if (
            pc.any(pc.match_substring_regex(events, r"[^ ] +[^ ]")).as_py()
            and not pc.any(pc.match_substring_regex(events, r"@[0-9.]")).as_py()
        ):
            raise InputError(
                f"column {self.text!r} holds events without times; give a column named gaps, a "
                "number for each event, or write events as open close@2.5"
            )
        return events

    @property
    def end(self) -> int:
        """The last line or row that the window has seen."""
        last = [pc.max(column).as_py() or 0 for column in (self.lines, self.rejected["line"])]
        return max(last)


def window_of(
    columns: Mapping[str, pa.Array], lines: pa.Array, rejected: pa.Table, *, text: str
) -> Window:
    """A window of these columns; rows without a text are set apart.

    Args:
        columns: All columns of the source.
        lines: Where each row begins.
        rejected: What could not be read.
        text: Which column holds the texts.
    """
    rows = pa.table(dict(columns))
    missing = rows[text].is_null()
    if pc.any(missing).as_py():
        refused = missing.combine_chunks()
        empty = pa.nulls(pc.sum(refused).as_py(), pa.large_string())
        without = rejected_rows(lines.filter(refused), f"no {text}", pc.fill_null(empty, ""))
        rejected = pa.concat_tables([rejected, without]).sort_by("line")
        kept = pc.invert(refused)
        rows, lines = rows.filter(kept), lines.filter(kept)
    return Window(rows, text, lines, rejected)


def cut(window: Window, size: int) -> Iterator[Window]:
    """The window in pieces of at most so many rows, what was refused in its place."""
    rejected = window.rejected
    for start in range(0, max(len(window.lines), 1), size):
        lines, here, next_row = window.lines.slice(start, size), rejected, start + size
        if next_row < len(window.lines):
            later = pc.greater(rejected["line"], window.lines[next_row])
            here, rejected = rejected.filter(pc.invert(later)), rejected.filter(later)
        yield Window(window.rows.slice(start, size), window.text, lines, here)


def text_column(names: Sequence[str], wanted: str | None, *, name: str) -> str:
    """The column with the texts.

    Args:
        names: All columns of the source.
        wanted: The one asked for; None takes `text`, `source` or the only one.
        name: How messages call the source.

    Raises:
        InputError: If it is not there or not clear, or an answer column is in the way.
    """
    taken = [column for column in names if column in ANSWER_COLUMNS]
    if taken:
        raise InputError(
            f"{name} already has a column {taken[0]!r}, where an answer would go; "
            f"rename or drop it"
        )
    listed = ", ".join(names)
    if wanted is not None and wanted not in names:
        raise InputError(
            f"{name} has no column {wanted!r}; name the one that holds the texts "
            f"(--text-column): {listed}"
        )
    candidates = [wanted] if wanted is not None else [n for n in TEXT_COLUMNS if n in names]
    if not candidates and len(names) == 1:
        return names[0]
    if not candidates:
        raise InputError(
            f"{name} has no column {' or '.join(TEXT_COLUMNS)}; name the one that "
            f"holds the texts (--text-column): {listed}"
        )
    return candidates[0]


def require_text(kind: pa.DataType, column: str, *, name: str) -> None:
    """Refuse a column that holds something else than text.

    Raises:
        InputError: With the type that it holds.
    """
    value = kind.value_type if pa.types.is_dictionary(kind) else kind
    if not (
        pa.types.is_string(value)
        or pa.types.is_large_string(value)
        or pa.types.is_string_view(value)
        or pa.types.is_null(value)
    ):
        raise InputError(
            f"column {column!r} of {name} holds {kind}, not text; name another one by "
            f"--text-column, or join lists of words with spaces"
        )
