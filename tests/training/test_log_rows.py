"""A log that is asked about becomes a sequence for each of its cases."""

from pathlib import Path

import pandas as pd
import pytest

from configs.data import DataConfig
from corpora.tables import read_table
from storage.errors import InputError
from training.log_rows import LogRows
from training.row_sources import FetchedRows

DATA = DataConfig.model_validate(
    {
        "dataset": "log",
        "problem": "events",
        "columns": {"case": "id", "event": "what", "time": "at"},
        "events": {"log": True, "target": "next_event", "unit": "minutes"},
    }
)
LOG = """\
id,what,at
7,close it,2026-01-01 02:00
7,open,2026-01-01 00:00
8,open,2026-01-01 00:00
"""


def rows_of(path: Path, content: str) -> LogRows:
    path.write_text(content, encoding="utf-8")
    return LogRows(FetchedRows.of_file(path), DATA)


def test_each_case_is_what_happened_so_far(tmp_path: Path) -> None:
    found = rows_of(tmp_path / "log.csv", LOG).fetch(tmp_path / "source")
    assert (found.name, found.format, found.column) == ("log.csv", "parquet", "events")
    table = read_table(tmp_path / "source")
    assert table.to_dict("list") == {
        "case": ["7", "8"],
        "events": ["open close_it", "open"],
        "gaps": ["0 120", "0"],
    }
    (window,) = (each for each in found.windows() if len(each.lines))
    assert window.sequences.to_pylist() == ["open@0 close_it@120", "open@0"]


def test_a_table_of_sequences_stays_as_it_is(tmp_path: Path) -> None:
    rows = rows_of(tmp_path / "asked.csv", "events,gaps\nopen close,0 2\n")
    assert rows.fetch(tmp_path / "source") is rows.plain


def test_a_case_that_cannot_be_read_is_refused_with_its_line(tmp_path: Path) -> None:
    rows = rows_of(tmp_path / "log.csv", LOG + "9,open,soon\n")
    with pytest.raises(InputError, match="1 cases or events of log.csv .* line 5: a time"):
        rows.fetch(tmp_path / "source")


def test_a_row_without_a_gap_for_each_event_is_named(tmp_path: Path) -> None:
    frame = pd.DataFrame({"events": ["a b"], "gaps": [3]})
    frame.to_parquet(tmp_path / "one.parquet")
    (window,) = (
        each
        for each in FetchedRows.of_file(tmp_path / "one.parquet").windows()
        if len(each.lines)
    )
    with pytest.raises(InputError, match="row 1 has 2 events and 1 gaps"):
        _ = window.sequences
