"""Event logs turned into sequences: sorted, with gaps, and what is to be told of each."""

from collections import Counter
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from configs.data import SPLITS, Columns, DataConfig, Format, OwnFile
from corpora.preprocess import build_tables
from corpora.readers import read_rows
from corpora.tables import read_table
from storage.errors import InputError

LOG = """\
CaseID,ActivityID,CompleteTimestamp,Kind
7,take in charge,2012-04-03 16:55:38,slow
7,close,2012-04-05 17:15:52,slow
8,open,2012-04-03 10:00:00,quick
7,open,2012-04-03 15:55:38,slow
8,close,2012-04-03 12:30:00,quick
"""
COLUMNS = Columns(case="CaseID", event="ActivityID", time="CompleteTimestamp", label="Kind")


def data_of(kind: Format = "csv", **events: object) -> DataConfig:
    return DataConfig.model_validate(
        {
            "dataset": "log",
            "problem": "events",
            "file": OwnFile(name=f"log.{kind}", sha256="0" * 64, format=kind),
            "columns": COLUMNS,
            "events": {"log": True, **events},
        }
    )


def read(
    folder: Path, text: str = LOG, **events: object
) -> tuple[pd.DataFrame, pd.DataFrame, Counter[str]]:
    """Rows, what was rejected, and what was skipped."""
    (folder / "log.csv").write_text(text, encoding="utf-8")
    chunks = list(read_rows(folder, data_of(**events)))
    skipped: Counter[str] = Counter()
    for chunk in chunks:
        skipped.update(chunk.skipped)
    rejected = pa.concat_tables([chunk.rejected for chunk in chunks]).to_pandas()
    return pd.concat([chunk.frame for chunk in chunks]), rejected, skipped


def cells(frame: pd.DataFrame) -> list[tuple[object, ...]]:
    return list(frame[["case", "events", "gaps", "label"]].itertuples(index=False, name=None))


def test_cases_are_sorted_by_time_and_take_their_label(tmp_path: Path):
    frame, rejected, _ = read(tmp_path)
    assert cells(frame) == [
        ("7", "open take_in_charge close", "0 1 48.337222", "slow"),
        ("8", "open close", "0 2.5", "quick"),
    ]
    assert frame["line"].tolist() == [5, 4]
    assert rejected.empty


def test_the_next_event_is_told_of_every_beginning(tmp_path: Path):
    frame, _, _ = read(tmp_path, target="next_event")
    assert cells(frame) == [
        ("7", "open", "0", "take_in_charge"),
        ("7", "open take_in_charge", "0 1", "close"),
        ("8", "open", "0", "close"),
    ]
    assert frame["line"].tolist() == [2, 3, 6]


def test_the_outcome_is_the_last_event_and_not_among_those_read(tmp_path: Path):
    frame, _, skipped = read(tmp_path, LOG + "9,open,2012-04-03 10:00:00,x\n", target="outcome")
    assert cells(frame) == [
        ("7", "open take_in_charge", "0 1", "close"),
        ("8", "open", "0", "close"),
    ]
    assert skipped == {"cases of one event": 1}


def test_gaps_to_the_last_event_know_nothing_of_what_comes(tmp_path: Path):
    frame, _, _ = read(tmp_path, target="next_event", gaps="to_last")
    assert frame["gaps"].tolist() == ["0", "1 0", "0"]
    later = LOG.replace("2012-04-05 17:15:52", "2013-01-01 00:00:00")
    assert read(tmp_path, later, target="next_event", gaps="to_last")[0]["gaps"].tolist() == [
        "0", "1 0", "0",
    ]  # fmt: skip


UNITS = [("seconds", "9000"), ("minutes", "150"), ("days", "0.104167")]


@pytest.mark.parametrize(("unit", "gap"), UNITS)
def test_gaps_are_in_the_unit(unit: str, gap: str, tmp_path: Path):
    assert read(tmp_path, unit=unit)[0]["gaps"].tolist()[1] == f"0 {gap}"


def test_the_last_events_of_a_long_case_are_kept_with_their_gaps(tmp_path: Path):
    frame, _, _ = read(tmp_path, most_events=2)
    assert cells(frame)[0] == ("7", "take_in_charge close", "1 48.337222", "slow")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("8,close,soon,quick", "a time that is not ISO 8601; the whole case is left out"),
        ("8,,2012-04-03 12:30:00,quick", "no event; the whole case is left out"),
        (
            "8,close,2012-04-03 12:30:00,slow",
            "label slow, where the case has quick before; the whole case is left out",
        ),
    ],
)
def test_a_case_with_a_broken_event_is_left_out_whole(line: str, reason: str, tmp_path: Path):
    broken = LOG.replace("8,close,2012-04-03 12:30:00,quick", line)
    frame, rejected, _ = read(tmp_path, broken)
    assert frame["case"].tolist() == ["7"]
    assert rejected[["line", "reason"]].values.tolist() == [[6, reason]]


def test_an_event_without_a_case_is_refused_alone(tmp_path: Path):
    frame, rejected, _ = read(tmp_path, LOG + ",open,2012-04-03 10:00:00,x\n")
    assert len(frame) == 2
    assert rejected[["line", "reason"]].values.tolist() == [[7, "no case"]]


def test_times_may_be_numbers_of_the_unit_or_written_otherwise(tmp_path: Path):
    numbers = "CaseID,ActivityID,CompleteTimestamp,Kind\n1,b,4.5,x\n1,a,2,x\n"
    assert cells(read(tmp_path, numbers)[0]) == [("1", "a b", "0 2.5", "x")]
    german = numbers.replace("4.5", "03.04.2012 11:30").replace("2,x", "03.04.2012 9:00,x")
    found = read(tmp_path, german, time_format="%d.%m.%Y %H:%M")[0]
    assert cells(found) == [("1", "a b", "0 2.5", "x")]


def test_a_label_may_stand_at_one_event_of_the_case(tmp_path: Path):
    text = LOG.replace("15:55:38,slow", "15:55:38,").replace("17:15:52,slow", "17:15:52, slow ")
    assert cells(read(tmp_path, text)[0])[0][3] == "slow"


EPOCH = "CaseID,ActivityID,CompleteTimestamp,Kind\n1,b,1700003600{0},x\n1,a,1700000000{0},x\n"


@pytest.mark.parametrize(("form", "zeros"), [("epoch_s", ""), ("epoch_ms", "000")])
def test_large_numbers_are_what_the_format_says(form: str, zeros: str, tmp_path: Path):
    found = read(tmp_path, EPOCH.format(zeros), time_format=form)[0]
    assert cells(found) == [("1", "a b", "0 1", "x")]


def test_numbers_that_may_be_dates_are_asked_about(tmp_path: Path):
    with pytest.raises(InputError, match="'1700003600' may be seconds.*: epoch_s, epoch_ms"):
        read(tmp_path, EPOCH.format(""))


def test_one_odd_time_among_numbers_costs_its_case_alone(tmp_path: Path):
    text = "CaseID,ActivityID,CompleteTimestamp,Kind\n1,b,2,x\n1,a,1,x\n2,a,NA,x\n"
    frame, rejected, _ = read(tmp_path, text)
    assert cells(frame) == [("1", "a b", "0 1", "x")]
    assert rejected["line"].tolist() == [4]


def test_moments_beyond_all_calendars_cost_their_case(tmp_path: Path):
    text = LOG + "9,open,9999-12-31 00:00:00,x\n"
    frame, rejected, _ = read(tmp_path, text)
    assert (len(frame), rejected["line"].tolist()) == (2, [7])


@pytest.mark.parametrize("form", ["%s", "%H:%M", "soon"])
def test_a_format_that_gives_no_day_is_refused(form: str):
    with pytest.raises(ValidationError, match="does not say year, month and day"):
        data_of(time_format=form)


def test_times_that_nobody_can_read_are_refused_with_the_way_out(tmp_path: Path):
    text = "CaseID,ActivityID,CompleteTimestamp,Kind\n1,b,May,x\n1,a,June,x\n"
    with pytest.raises(InputError, match="'May'; say how .*data.events.time_format"):
        read(tmp_path, text)


def test_a_missing_column_is_named_with_its_option(tmp_path: Path):
    with pytest.raises(InputError, match="no column 'ActivityID'.*--event-column"):
        read(tmp_path, LOG.replace("ActivityID", "Activity"))


def test_cases_straddle_no_splits_and_by_time_the_past_is_learnt_from(tmp_path: Path):
    lines = [
        f"{case},step {step % 3},{1000 * (case % 40) + step},x"
        for case in range(200)
        for step in range(2 + case % 5)
    ]
    text = "\n".join(["CaseID,ActivityID,CompleteTimestamp,Kind", *lines])
    (tmp_path / "log.csv").write_text(text, encoding="utf-8")
    latest: dict[str, list[int]] = {}
    for split in ("hash", "time"):
        data = data_of(target="next_event").model_copy(update={"split": split})
        facts = build_tables(tmp_path, tmp_path / split, data)
        parts = [read_table(tmp_path / split / name, ["case"]) for name in SPLITS]
        cases = [set(frame["case"]) for frame in parts]
        assert sum(map(len, cases)) == len(set.union(*cases))
        assert facts["labels"] == ["step_0", "step_1", "step_2"]
        latest[split] = [max(int(case) % 40 for case in each) for each in cases]
    assert sorted(latest["time"]) == latest["time"]
    assert latest["time"][0] < latest["time"][2]


EVENTS = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from("abc"), st.integers(0, 50)), min_size=1
)


@given(EVENTS, st.sampled_from(["label", "next_event", "outcome"]), st.integers(1, 4))
def test_sequences_are_those_that_plain_python_makes(
    tmp_path_factory: pytest.TempPathFactory,
    log: list[tuple[int, str, int]],
    target: str,
    most: int,
):
    lines = [f"{case},{event},{time},k{case}" for case, event, time in log]
    text = "\n".join(["CaseID,ActivityID,CompleteTimestamp,Kind", *lines])
    folder = tmp_path_factory.mktemp("log")
    wanted = []
    for case in dict.fromkeys(case for case, _, _ in log):
        rows = sorted((r for r in log if r[0] == case), key=lambda row: row[2])
        gaps = [0, *(b[2] - a[2] for a, b in zip(rows, rows[1:], strict=False))]
        ends = {"label": [len(rows)], "outcome": [len(rows) - 1] if len(rows) > 1 else []}
        for end in ends.get(target, range(1, len(rows))):
            label = f"k{case}" if target == "label" else rows[end][1]
            part = slice(max(0, end - most), end)
            events = " ".join(row[1] for row in rows[part])
            wanted.append((str(case), events, " ".join(map(str, gaps[part])), label))
    if not wanted:
        with pytest.raises(InputError, match="has one event, and target .* needs two"):
            read(folder, text, target=target, most_events=most)
        return
    assert cells(read(folder, text, target=target, most_events=most)[0]) == wanted
