"""Failing rows on the disk: the first ones only, counted in full."""

from pathlib import Path

import pandas as pd

from data_checks.failing import write_failing
from data_checks.inspections import inspections_of
from tests.data_checks.corpus import Corpus


def test_rows_are_capped(tmp_path: Path) -> None:
    corpus = Corpus.clean("classification")
    corpus.tables["train"].loc[:29, "text"] = ""
    _, train, *_ = inspections_of(*corpus.write(tmp_path), corpus.config())
    (blank,) = [check for check in train.suite if check.name == "blank_text"]

    write_failing(tmp_path / "failing", blank, train, limit=5)

    rows = pd.read_parquet(tmp_path / "failing" / "blank_text-train.parquet")
    assert rows["id"].tolist() == [0, 1, 2, 3, 4]
    assert len(blank.blamed(train.frame)) == 30


def test_a_check_that_blames_no_row_writes_no_file(tmp_path: Path) -> None:
    corpus = Corpus.clean("classification")
    _, train, *_ = inspections_of(*corpus.write(tmp_path), corpus.config())
    (count,) = [check for check in train.suite if check.name == "row_count"]
    write_failing(tmp_path / "failing", count, train)
    assert not (tmp_path / "failing").exists()
