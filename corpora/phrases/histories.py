"""Histories of machines: events with the times between them, and whether a fault came.

In half of them the order of two events decides, in the other half the time between two others;
how often an event comes says nothing, and neither does the length. So what is blind to time
gets the second half right by chance only.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from corpora.grouping import as_hex
from corpora.phrases.grammar import Draw, Index, Mask
from corpora.word_lists import joined_words

SHORTEST, LONGEST = 12, 50
KINDS = 100
"""Event types, the four below included."""
COOL, VENT = "cool", "vent"
"""In this order all is well; the other way round a fault comes."""
OPEN, CLOSE = "open", "close"
"""Within the hour all is well; later a fault comes."""
_MARKERS = (COOL, VENT, OPEN, CLOSE)
NAMES = [*_MARKERS, *(f"step_{number:02d}" for number in range(1, KINDS - 3))]
WELL, FAULT = "well", "fault"
FARTHEST = 4
"""Events from one to the other of the two whose time decides."""
_MEDIAN, _SPREAD = 0.5, 0.8  # hours between two events, and of its natural logarithm
_SOON, _LATE = (0.2, 0.8), (1.25, 5.0)  # hours between the two, in even logarithms
_DECIMALS = 4


def histories(draw: Draw) -> pa.Table:
    """A table of case, events, gaps in hours, and label, as many rows as the draw has."""
    lengths = SHORTEST + draw.index(LONGEST - SHORTEST + 1)
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    fault, by_time = draw.chance(0.5), draw.chance(0.5)
    first, second = _two_places(draw, lengths, by_time)
    events = _steps(draw.generator, offsets[-1])
    turned = fault & ~by_time
    events[offsets[:-1] + first] = np.where(by_time, 2, np.where(turned, 1, 0))
    events[offsets[:-1] + second] = np.where(by_time, 3, np.where(turned, 0, 1))
    gaps = draw.generator.lognormal(np.log(_MEDIAN), _SPREAD, offsets[-1])
    gaps[offsets[:-1]] = 0.0
    starts = offsets[:-1][by_time]
    between = (starts + first[by_time] + 1, starts + second[by_time] + 1)
    _stretch(gaps, between, late=fault[by_time], generator=draw.generator)
    cases = draw.generator.integers(2**63, size=draw.rows).astype(np.uint64)
    written = pa.array(np.round(gaps, _DECIMALS)).cast(pa.large_string())
    return pa.table(
        {
            "case": as_hex(cases),
            "events": joined_words(
                pa.array(NAMES, pa.large_string()).take(pa.array(events)), offsets
            ),
            "gaps": joined_words(written, offsets),
            "label": pa.array(np.where(fault, FAULT, WELL).tolist(), pa.string()),
        }
    )


def decided_by_time(events: pa.Array) -> Mask:
    """Which histories, given as the text of their events, are."""
    starts = pc.match_substring_regex(events, rf"(^| ){OPEN}( |$)")
    mask: Mask = starts.to_numpy(zero_copy_only=False)
    return mask


def _two_places(draw: Draw, lengths: Index, by_time: Mask) -> tuple[Index, Index]:
    """Where the two events stand that decide; close together where their time does."""
    first = (draw.generator.random(draw.rows) * (lengths - FARTHEST)).astype(np.int64)
    near = 1 + draw.index(FARTHEST)
    far = 1 + (draw.generator.random(draw.rows) * (lengths - first - 1)).astype(np.int64)
    return first, first + np.where(by_time, near, far)


def _steps(generator: np.random.Generator, count: int) -> Index:
    """Events that decide nothing, some of them frequent and many rare."""
    others = len(NAMES) - len(_MARKERS)
    steps: Index = len(_MARKERS) + (others * generator.random(count) ** 3).astype(np.int64)
    return steps


def _stretch(
    gaps: NDArray[np.float64],
    between: tuple[Index, Index],
    *,
    late: Mask,
    generator: np.random.Generator,
) -> None:
    """Make the gaps between two events sum up to what is soon or late, in place.

    Args:
        gaps: Of all rows, one after the other.
        between: (rows,) each, the first of those gaps and the one after their last.
        late: (rows,).
        generator: Of chance.
    """
    low, high = (np.where(late, b, a) for a, b in zip(_SOON, _LATE, strict=True))
    wanted = low * (high / low) ** generator.random(len(late))
    until = np.concatenate([[0.0], np.cumsum(gaps)])
    factors = wanted / (until[between[1]] - until[between[0]])
    lengths = between[1] - between[0]
    ends = np.cumsum(lengths)
    within = np.arange(lengths.sum()) - np.repeat(ends - lengths, lengths)
    gaps[np.repeat(between[0], lengths) + within] *= np.repeat(factors, lengths)
