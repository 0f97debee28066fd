"""Event logs, a row for each event of a case, turned into sequences of events and gaps.

A log may hold the events of a case anywhere and in any order, so it is read whole: some
hundred bytes an event. Cases come out in the order of their first lines, one row each, or one
for each beginning of a case where the next event is asked for.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from configs.data import DataConfig
from configs.events import EventsConfig
from corpora.event_times import SECONDS, seconds_of
from corpora.rows import Rows, no_rejected_rows, rejected_rows
from corpora.word_lists import joined_words
from storage.errors import InputError

_TOKENS_AT_ONCE = 2_000_000
_DECIMALS = 6
_SPACES = r"\s+"
_NOTHING, _TAB = pa.scalar("", pa.large_string()), pa.scalar("\t", pa.large_string())

Places = NDArray[np.int64]
Mask = NDArray[np.bool_]


def log_columns(data: DataConfig) -> dict[str, str]:
    """Our names of a log's columns to those in the source."""
    label = ["label"] if data.events.target == "label" else []
    return {
        ours: getattr(data.columns, ours) or ours for ours in ("case", "event", "time", *label)
    }


def log_rows(rows: Iterator[Rows], events: EventsConfig, *, name: str) -> Iterator[Rows]:
    """Sequences of a log: columns case, events, gaps, time of the case's end, and label.

    A case with an event that cannot be read is refused whole, for its gaps would be wrong.

    Args:
        rows: Columns case, event, time and perhaps label, as a reader gives them.
        events: What is asked of the sequences.
        name: How messages call the log.

    Raises:
        InputError: If no time can be read at all, or no case has events enough.
    """
    log = _Log.of(rows, events, name=name)
    wanted = _asked(log, events)
    if len(log.starts) and not len(wanted.starts):
        raise InputError(
            f"each of the {len(log.starts):,} cases of {name} has one event, and target "
            f"{events.target} needs two; check the column of the case (--case-column), or ask "
            "for another target"
        )
    read = np.cumsum(wanted.ends - wanted.starts)
    begins = np.unique(read // _TOKENS_AT_ONCE, return_index=True)[1].tolist() or [0]
    for begin, end in zip(begins, [*begins[1:], len(read)], strict=True):
        block = wanted.take(slice(begin, end))
        yield Rows(
            _columns(log, block, events),
            pa.array(log.lines[block.told]),
            no_rejected_rows() if begin else log.rejected,
            skipped={} if begin else log.skipped,
        )


@dataclass(frozen=True)
class _Asked:
    """Sequences as places in the sorted log.

    Attributes:
        starts: (rows,) first event of each.
        ends: (rows,) after its last.
        told: (rows,) the event that the line is of, and the label where it is an event.
        lasts: (rows,) last event of its case.
    """

    starts: Places
    ends: Places
    told: Places
    lasts: Places

    def take(self, rows: slice) -> "_Asked":
        """Some of the sequences."""
        return _Asked(self.starts[rows], self.ends[rows], self.told[rows], self.lasts[rows])


@dataclass(frozen=True)
class _Log:
    """The events of whole cases, sorted by case, time and line.

    Attributes:
        cases: (N,) name of each event's case.
        events: (N,) what happened, one word each.
        seconds: (N,) when.
        labels: (N,) the label column; None where there is none.
        lines: (N,) line numbers.
        starts: (cases,) first event of each case.
        rejected: Events without a case, and cases with a broken event.
        skipped: Cases that nothing is asked of.
    """

    cases: pa.Array
    events: pa.Array
    seconds: NDArray[np.float64]
    labels: pa.Array | None
    lines: Places
    starts: Places
    rejected: pa.Table
    skipped: dict[str, int]

    @property
    def ends(self) -> Places:
        """(cases,) after the last event of each case."""
        return np.append(self.starts[1:], len(self.seconds)).astype(np.int64)

    @classmethod
    def of(cls, rows: Iterator[Rows], events: EventsConfig, *, name: str) -> "_Log":
        """The log that a reader gives."""
        columns, lines, unread = _whole(rows)
        case, event = (_named(columns[ours]) for ours in ("case", "event"))
        seconds = seconds_of(columns["time"], events, name=name)
        labels = _trimmed(columns["label"]) if "label" in columns else None
        which, names = pd.factorize(case.to_pandas())  # -1: none
        broken = _reasons(event, seconds, labels, which, events)
        refused = np.isin(which, which[~_null(broken)]) & (which >= 0)
        rejected = _rejected(which, broken, lines, case, event)
        kept = np.flatnonzero(~refused & (which >= 0))
        order = kept[np.lexsort((lines[kept], seconds[kept], which[kept]))]
        starts = np.flatnonzero(np.diff(which[order], prepend=-1))
        taken = pa.array(order)
        return cls(
            cases=case.take(taken),
            events=event.take(taken),
            seconds=seconds[order],
            labels=None if labels is None else _labels_of_cases(labels, which).take(taken),
            lines=lines[order],
            starts=starts,
            rejected=pa.concat_tables([unread, rejected]).sort_by("line"),
            skipped=_skipped(starts, len(order), events),
        )


def _asked(log: _Log, events: EventsConfig) -> _Asked:
    """Which sequences are asked for."""
    starts, ends = log.starts, log.ends
    if events.target == "label":
        wanted = _Asked(starts, ends, starts, ends - 1)
    elif events.target == "outcome":
        long = ends - starts > 1
        starts, ends = starts[long], ends[long]
        wanted = _Asked(starts, ends - 1, ends - 1, ends - 1)
    else:
        told = np.setdiff1d(np.arange(len(log.seconds)), starts)
        case = np.searchsorted(starts, told, side="right") - 1
        wanted = _Asked(starts[case], told, told, ends[case] - 1)
    window = np.maximum(wanted.starts, wanted.ends - events.most_events)
    return _Asked(window, wanted.ends, wanted.told, wanted.lasts)


def _columns(log: _Log, wanted: _Asked, events: EventsConfig) -> Mapping[str, pa.Array]:
    lengths = wanted.ends - wanted.starts
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    places = np.arange(offsets[-1]) + np.repeat(wanted.starts - offsets[:-1], lengths)
    if events.gaps == "since_previous":
        gaps = np.diff(log.seconds, prepend=log.seconds[:1])
        gaps[log.starts] = 0.0
        of_each = gaps[places]
    else:
        of_each = np.repeat(log.seconds[wanted.ends - 1], lengths) - log.seconds[places]
    numbers = np.round(of_each / SECONDS[events.unit], _DECIMALS) + 0.0
    moments = (log.seconds[wanted.lasts] * 1e6).astype("datetime64[us]")
    columns = {
        "case": log.cases.take(pa.array(wanted.told)),
        "events": joined_words(log.events.take(pa.array(places)), offsets),
        "gaps": joined_words(pa.array(numbers).cast(pa.large_string()), offsets),
        "time": pa.array(np.datetime_as_string(moments), pa.large_string()),
    }
    told = log.events if events.target != "label" else log.labels
    return columns if told is None else columns | {"label": told.take(pa.array(wanted.told))}


def _whole(rows: Iterator[Rows]) -> tuple[dict[str, pa.Array], Places, pa.Table]:
    """All rows together: columns, lines, and what the reader refused."""
    each = list(rows)
    if not each:
        raise InputError("the log holds no rows; at least one is needed")
    columns = {
        ours: pa.concat_arrays([one.columns[ours].cast(pa.large_string()) for one in each])
        for ours in each[0].columns
    }
    lines = np.concatenate([np.asarray(one.lines, dtype=np.int64) for one in each])
    return columns, lines, pa.concat_tables([one.rejected for one in each])


def _named(column: pa.Array) -> pa.Array:
    """Names without space around, null where blank; a space inside is an underscore."""
    return pc.replace_substring_regex(_trimmed(column), _SPACES, "_")


def _trimmed(column: pa.Array) -> pa.Array:
    """Texts without space around, null where blank."""
    bare = pc.utf8_trim_whitespace(column)
    return pc.if_else(pc.equal(bare, ""), None, bare)


def _reasons(
    event: pa.Array,
    seconds: NDArray[np.float64],
    labels: pa.Array | None,
    which: Places,
    events: EventsConfig,
) -> pa.Array:
    """Why an event is none, as large strings; null where it is one."""
    reasons = pa.nulls(len(event), pa.large_string())
    if labels is not None and len(which):
        own, of_case = labels.to_pandas(), _labels_of_cases(labels, which).to_pandas()
        several = own.notna() & (own != of_case) & (which >= 0)
        told = "label " + own + ", where the case has " + of_case + " before"
        reasons = pc.if_else(pa.array(several), _as_large(told), reasons)
    asked = events.time_format or "ISO 8601"
    unreadable = pa.array(np.isnan(seconds))
    reasons = pc.if_else(unreadable, f"a time that is not {asked}", reasons)
    return pc.if_else(pc.is_null(event), "no event", reasons).cast(pa.large_string())


def _labels_of_cases(labels: pa.Array, which: Places) -> pa.Array:
    """(N,) the first label that an event of the same case has."""
    return _as_large(labels.to_pandas().groupby(which).transform("first"))


def _as_large(texts: "pd.Series[str]") -> pa.Array:
    return pa.array(texts, pa.large_string(), from_pandas=True)


def _rejected(
    which: Places, broken: pa.Array, lines: Places, case: pa.Array, event: pa.Array
) -> pa.Table:
    """Each event without a case, and each case with a broken event once, where it breaks."""
    homeless = which < 0
    at = np.flatnonzero(~_null(broken) & ~homeless)
    first = at[np.unique(which[at], return_index=True)[1]]
    whole = pa.scalar("; the whole case is left out", pa.large_string())
    told = pa.concat_arrays(
        [
            pc.binary_join_element_wise(broken.take(pa.array(first)), whole, _NOTHING),
            pa.array(["no case"] * homeless.sum(), pa.large_string()),
        ]
    )
    places = pa.array(np.concatenate([first, np.flatnonzero(homeless)]).astype(np.int64))
    shown = pc.binary_join_element_wise(
        *(pc.fill_null(each.take(places), "") for each in (case, event)), _TAB
    )
    return rejected_rows(pa.array(lines).take(places), told, shown)


def _null(column: pa.Array) -> Mask:
    mask: Mask = column.is_null().to_numpy(zero_copy_only=False)
    return mask


def _skipped(starts: Places, events: int, asked: EventsConfig) -> dict[str, int]:
    alone = int((np.diff(np.append(starts, events)) == 1).sum())
    return {"cases of one event": alone} if asked.target != "label" and alone else {}
