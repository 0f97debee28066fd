"""Sources are read once: a new version reads its new file, and moves no row that was there."""

import csv
import hashlib
from pathlib import Path
from typing import Any

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from configs.data import SPLITS, AddedFile, DataConfig, OwnFile
from corpora.preprocess import build_tables
from corpora.tables import read_table
from storage import progress

Row = tuple[str, str]


def distinct(first: int, last: int) -> list[Row]:
    return [(f"review number {i}", "good" if i % 2 else "poor") for i in range(first, last)]


def write_rows(path: Path, rows: list[Row], heads: Row = ("text", "label")) -> OwnFile:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([heads, *rows])
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return OwnFile(name=path.name, sha256=digest, format="csv")


def data_of(home: Path, *files: list[Row], **rules: object) -> DataConfig:
    """The first file as the source, the others added to it."""
    source = write_rows(home / "raw" / "reviews.csv", files[0])
    added = []
    for number, rows in enumerate(files[1:]):
        file = write_rows(home / "new" / f"new{number}.csv", rows)
        write_rows(home / "own" / file.sha256 / file.name, rows)
        added.append(AddedFile(file=file))
    known = {"dataset": "reviews", "problem": "classification", "file": source}
    return DataConfig.model_validate(
        {**known, "added": tuple(added), "version": len(added), **rules}
    )


def built(home: Path, *files: list[Row], **rules: object) -> tuple[Any, pd.DataFrame, int]:
    """Facts, all rows with their split, and how many rows had to be read for it."""
    data = data_of(home, *files, **rules)
    folder = home / f"tables{len(files)}"
    read = 0

    def listen(event: progress.Event) -> None:
        nonlocal read
        if isinstance(event, progress.Advanced) and "read and cleaned" in event.note:
            read += event.done  # sources of one chunk each

    with progress.listening(listen):
        facts = build_tables(home / "raw", folder, data, home=home)
    tables = [read_table(folder / name).assign(split=name) for name in SPLITS]
    return facts, pd.concat(tables), read


def test_only_the_new_file_is_read_and_what_was_cleaned_before_is_taken(
    tmp_path: Path,
) -> None:
    first, second, third = distinct(0, 200), distinct(200, 230), distinct(230, 240)
    assert built(tmp_path, first)[2] == 200
    assert built(tmp_path, first, second)[2] == 30
    assert built(tmp_path, first, second, third)[2] == 10


def test_other_rules_of_cleaning_read_every_source_again(tmp_path: Path) -> None:
    files = distinct(0, 200), distinct(200, 230)
    built(tmp_path, *files)
    assert built(tmp_path, *files, cleaning={"min_characters": 2})[2] == 230
    assert built(tmp_path, *files, split_seed=1)[2] == 0


def test_added_rows_are_those_of_one_long_source(tmp_path: Path) -> None:
    long = built(tmp_path / "long", distinct(0, 260))[1]
    parts = built(tmp_path / "parts", distinct(0, 200), distinct(200, 260))[1]
    pd.testing.assert_frame_equal(long, parts)


def test_repeated_rows_of_a_new_file_are_dropped_and_counted(tmp_path: Path) -> None:
    facts, rows, _ = built(tmp_path, distinct(0, 200), distinct(190, 220))
    assert facts["dropped"]["duplicate"] == 10
    assert [source["kept"] for source in facts["sources"]] == [200, 20]
    assert facts["rows"]["read"] == 230
    assert len(rows) == 220


@st.composite
def additions(draw: DrawFn) -> list[list[Row]]:
    """A source and files added to it, that repeat, respell and relabel what was there."""
    number = st.integers(0, 80)
    text = number.map(lambda i: f"review number {i}") | number.map(
        lambda i: f"REVIEW number {i}!"
    )
    row = st.tuples(text, st.sampled_from(["good", "poor"]))
    return [
        distinct(0, 60),
        *draw(st.lists(st.lists(row, min_size=1, max_size=20), max_size=3)),
    ]


@settings(max_examples=8)  # each writes and syncs some thirty files
@given(files=additions(), seed=st.integers(0, 5))
def test_no_row_ever_changes_its_split_or_its_id(
    tmp_path_factory: Any, files: list[list[Row]], seed: int
) -> None:
    home = tmp_path_factory.mktemp("home")
    _, before, _ = built(home, *files[:1], split_seed=seed)
    _, after, _ = built(home, *files, split_seed=seed)
    merged = before.merge(after, on=["id", "group", "text", "label"], suffixes=("", "_after"))
    assert len(merged) == len(before)
    assert (merged["split"] == merged["split_after"]).all()
    assert after.groupby("group")["split"].nunique().max() == 1
