"""Added rows may not bring labels that the data does not know."""

from pathlib import Path

import pandas as pd

from configs.data import SPLITS, DataConfig
from corpora.tables import write_parts
from data_checks.additions import check_added

DATA = DataConfig(dataset="reviews", problem="classification")


def tables(folder: Path, labels: list[str]) -> Path:
    """Rows with these labels and their places as ids, dealt out to the splits in turn."""
    frame = pd.DataFrame({"id": range(len(labels)), "label": labels})
    for place, split in enumerate(SPLITS):
        write_parts(folder / split, [frame[frame["id"] % len(SPLITS) == place]])
    return folder


def test_an_unknown_label_is_critical_and_named_beside_the_known(tmp_path: Path) -> None:
    folder = tables(tmp_path, ["good", "poor"] * 6 + ["god", "good"])
    (finding,) = check_added(folder, data=DATA, first_id=12)
    assert (finding.severity, finding.outcome, finding.rows) == ("critical", "failed", 1)
    assert "1 of 2 added rows" in finding.message
    assert "('god'; it knows 'good', 'poor')" in finding.message


def test_known_labels_pass(tmp_path: Path) -> None:
    (finding,) = check_added(tables(tmp_path, ["good", "poor"] * 8), data=DATA, first_id=12)
    assert finding.outcome == "passed"


def test_a_case_that_goes_on_in_another_file_is_refused(tmp_path: Path) -> None:
    rows = [(number, "ab"[number % 2] * 2, f"case {number % 2}") for number in range(14)]
    rows[13] = (13, "cc", "case 7")
    frame = pd.DataFrame(rows, columns=["id", "group", "case"])
    for split in SPLITS:
        write_parts(tmp_path / split, [frame.assign(label="x")])
    data = DataConfig(dataset="log", problem="events")
    (finding,) = check_added(tmp_path, data=data, first_id=12)
    assert finding.standing == "critical"
    assert finding.message.startswith(
        "1 cases of the added rows stand in the data already ('case"
    )
    (alone,) = check_added(tmp_path, data=data, first_id=13)
    assert alone.outcome == "passed"
