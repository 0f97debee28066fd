"""When the events of a log happened: times as people and machines write them."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from configs.events import NUMBERED, EventsConfig
from corpora.rows import counted
from corpora.word_lists import NUMBER
from storage.errors import InputError

SECONDS = {"seconds": 1.0, "minutes": 60.0, "hours": 3_600.0, "days": 86_400.0}
_LARGEST_COUNT = 1e6
"""Larger numbers are dates or seconds since 1970 as likely as counts of the unit."""
_FARTHEST = 9.2e9
"""Seconds from 1970: what nanoseconds in 64 bits reach, from 1678 to 2261."""


def seconds_of(times: pa.Array, events: EventsConfig, *, name: str) -> NDArray[np.float64]:
    """When each event happened, in seconds since 1970; NaN where nobody can tell.

    Raises:
        InputError: If that is so of all, or numbers may be counts of the unit or dates.
    """
    bare = pc.utf8_trim_whitespace(times)
    filled = pc.invert(pc.fill_null(pc.equal(bare, ""), True))
    form = events.time_format
    numbers = _numbers(bare) if form is None or form in NUMBERED else None
    mostly = numbers is not None and 2 * np.isfinite(numbers).sum() > counted(filled)
    if numbers is not None and (form in NUMBERED or mostly):
        if form is None and np.nanmax(np.abs(numbers)) > _LARGEST_COUNT:
            raise InputError(
                f"times of {name} such as {_first(bare, filled)!r} may be seconds since 1970, "
                f"dates, or numbers of {events.unit}; say which in data.events.time_format: "
                f"{', '.join(NUMBERED)}, or as %Y%m%d"
            )
        factors = {"epoch_s": 1.0, "epoch_ms": 1e-3}
        seconds = numbers * factors.get(form or "", SECONDS[events.unit])
    else:
        moments = pd.to_datetime(
            bare.to_pandas(), utc=True, format=form or "ISO8601", errors="coerce"
        )
        plain = moments.dt.tz_convert(None).to_numpy("datetime64[us]")
        seconds = plain.astype(np.int64) / 1e6
        seconds[np.isnat(plain)] = np.nan
    with np.errstate(invalid="ignore"):
        seconds[np.abs(seconds) > _FARTHEST] = np.nan
    if len(seconds) and np.isnan(seconds).all():
        asked = form or "ISO 8601 (2026-11-28 13:45:00) nor as numbers"
        raise InputError(
            f"no time of {name} can be read as {asked}; the first is {_first(bare, filled)!r}; "
            "say how they are written in data.events.time_format (as %d.%m.%Y %H:%M), or name "
            "another column in data.columns.time (--time-column)"
        )
    return seconds


def _first(times: pa.Array, filled: pa.Array) -> str:
    """The first time that is not blank, shortened."""
    written = times.filter(filled)
    return str(written[0].as_py())[:40] if len(written) else ""


def _numbers(times: pa.Array) -> NDArray[np.float64]:
    """(N,) times that are numbers; NaN where one is something else."""
    number = pc.fill_null(pc.match_substring_regex(times, rf"^{NUMBER}$"), False)
    found = pc.cast(pc.if_else(number, times, None), pa.float64())
    values: NDArray[np.float64] = found.to_numpy(zero_copy_only=False).astype(np.float64)
    return values
