"""Events and the times between them as text: `open close` beside `0 2.5`, or `open close@2.5`.

Tables hold the two columns; a person, a file or a request may give the one, where an event
without a time came at once.
"""

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from models.text.encoded import EncodedColumn
from models.text.tokenizers import TextColumn, TokenColumn, cut_again, runs_of
from storage.errors import InputError

LONGEST_GAP = 1e9
"""In the unit of the gaps."""
_NUMBER = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
_TIMED = rf"^(?P<event>.+)@(?P<gap>{_NUMBER})$"


class TimedColumn(NamedTuple):
    """Sequences of many rows.

    Attributes:
        events: Their events, as text with one space between two.
        gaps: (N,) float32, of all events one after the other.
        offsets: (rows + 1,) int64, where each row's gaps begin.
    """

    events: pa.Array
    gaps: NDArray[np.float32]
    offsets: NDArray[np.int64]


def split_timed(texts: TextColumn) -> TimedColumn:
    """Cut `open close@2.5` into events and gaps.

    Raises:
        InputError: If something else than text is among them, or a time below 0 or beyond
            `LONGEST_GAP`.
    """
    runs = _without_empty(runs_of(texts))
    read = pc.extract_regex(runs.words, _TIMED)
    timed = read.is_valid()
    gaps = pc.if_else(timed, read.field("gap"), "0").cast(pa.float64())
    wrong = pc.or_(pc.less(gaps, 0), pc.greater(gaps, LONGEST_GAP))
    if pc.any(wrong).as_py():
        first = runs.words.filter(wrong)[0].as_py()
        raise InputError(f"{first!r} has a time that is not from 0 to {LONGEST_GAP:,.0f}")
    bare = pc.if_else(timed, read.field("event").cast(pa.large_string()), runs.words)
    named = TokenColumn(bare, runs.indices, runs.offsets)
    joined = pc.binary_join(named.as_lists(), pa.scalar(" ", pa.large_string()))
    numbers = gaps.to_numpy().astype(np.float32)
    return TimedColumn(joined, numbers[runs.indices], runs.offsets)


def joined_timed(events: TextColumn, gaps: TextColumn) -> pa.Array:
    """Two columns as one: `open close` and `0 2.5` as `open@0 close@2.5`.

    Raises:
        InputError: If a row has another number of events than of gaps.
    """
    both = [_without_empty(runs_of(column)) for column in (events, gaps)]
    _require_as_many(both[0].offsets, both[1].offsets)
    words, numbers = (each.words.take(pa.array(each.indices)) for each in both)
    timed = pc.binary_join_element_wise(words, numbers, pa.scalar("@", pa.large_string()))
    lists = pa.LargeListArray.from_arrays(both[0].offsets, timed)
    return pc.binary_join(lists, pa.scalar(" ", pa.large_string()))


def numbers_of(gaps: TextColumn) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """The gaps of all rows one after the other, and where each row's begin.

    Raises:
        InputError: If one is no number, or beyond `LONGEST_GAP`.
    """
    runs = _without_empty(runs_of(gaps))
    try:
        numbers = runs.words.cast(pa.float64()).to_numpy()
    except pa.ArrowInvalid as error:
        raise InputError(f"gaps are numbers with spaces between: {error}") from error
    far = ~(np.abs(numbers) <= LONGEST_GAP)
    if far.any():
        first = runs.words[int(far.argmax())].as_py()
        raise InputError(
            f"a gap of {first} is beyond {LONGEST_GAP:,.0f}; mend it, or take a larger unit"
        )
    return numbers.astype(np.float32)[runs.indices], runs.offsets


def kept_gaps(
    gaps: NDArray[np.float32], offsets: NDArray[np.int64], encoded: EncodedColumn
) -> NDArray[np.float32]:
    """The gaps of the events that were encoded, the last of each row; 0 where there is none.

    Args:
        gaps: Of all rows, one after the other.
        offsets: (rows + 1,) where each row's begin.
        encoded: The events.

    Raises:
        InputError: If a row has another number of gaps than of events.
    """
    lengths = np.diff(encoded.offsets)
    _require_as_many(np.concatenate([[0], np.cumsum(encoded.tokens)]), offsets)
    kept = np.minimum(lengths, encoded.tokens)  # a row without events has one unknown one
    found = np.zeros(len(encoded.ids), np.float32)
    within = np.arange(kept.sum()) - np.repeat(np.cumsum(kept) - kept, kept)
    into = np.repeat(encoded.offsets[:-1], kept) + within
    found[into] = gaps[np.repeat(offsets[1:] - kept, kept) + within]
    return found


def _require_as_many(events: NDArray[np.int64], gaps: NDArray[np.int64]) -> None:
    unequal = np.flatnonzero(np.diff(events) != np.diff(gaps))
    if len(unequal):
        row = int(unequal[0])
        raise InputError(
            f"row {row + 1} has {np.diff(events)[row]} events and {np.diff(gaps)[row]} gaps; "
            "each event has one, 0 for the first"
        )


def _without_empty(runs: TokenColumn) -> TokenColumn:
    """The runs that are something: spaces at the ends and double ones part nothing."""
    one_each = pa.LargeListArray.from_arrays(np.arange(len(runs.words) + 1), runs.words)
    return cut_again(runs, one_each)
