"""From raw files to split tables: every row is somewhere, and nothing depends on the chunks."""

import csv
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from configs.data import SPLITS, DataConfig
from corpora.preprocess import build_tables, tables_of
from corpora.rejected import SCHEMA
from corpora.rows import RawChunk
from corpora.synthetic import generate
from corpora.tables import iter_parts, read_table
from storage import progress
from storage.errors import CorpusFormatError, InputError


def own_data(folder: Path, rows: list[tuple[str, ...]], **settings: object) -> DataConfig:
    """Write the rows as reviews.csv, and say how to read them."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "reviews.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("text", "label"), *rows])
    own = {"name": "reviews.csv", "sha256": "0" * 64, "format": "csv"}
    given = {"dataset": "reviews", "problem": "classification", "file": own} | settings
    return DataConfig.model_validate(given)


def distinct(count: int) -> list[tuple[str, ...]]:
    return [(f"review number {i}", "good" if i % 2 else "poor") for i in range(count)]


def tables(folder: Path) -> pd.DataFrame:
    return pd.concat([read_table(folder / name).assign(split=name) for name in SPLITS])


def test_every_row_read_is_kept_dropped_or_rejected(tmp_path: Path) -> None:
    rows = [*distinct(300), ("review number 7", "good"), ("  \u200b", "poor"), ("x", "", "y")]
    facts: Any = build_tables(tmp_path / "raw", tmp_path, own_data(tmp_path / "raw", rows))
    counts = facts["rows"]
    kept = sum(counts[name] for name in SPLITS)
    assert counts["read"] == 303
    assert counts["read"] == counts["rejected"] + sum(facts["dropped"].values()) + kept
    assert facts["dropped"] == {"blank": 1, "duplicate": 1}
    assert facts["labels"] == ["good", "poor"]
    assert kept == len(tables(tmp_path))


def test_ids_are_row_numbers_of_the_source_and_rows_keep_its_order(tmp_path: Path) -> None:
    rows = [("  ", "good"), *distinct(200)]
    build_tables(tmp_path / "raw", tmp_path, own_data(tmp_path / "raw", rows))
    result = tables(tmp_path)
    assert (result["text"] == "review number " + (result["id"] - 1).astype(str)).all()
    for _, part in result.groupby("split"):
        assert part["id"].is_monotonic_increasing


def test_the_same_text_in_any_spelling_stays_in_one_split(tmp_path: Path) -> None:
    spelled = [(text.upper() + " !", label) for text, label in distinct(200)]
    data = own_data(tmp_path / "raw", [*distinct(200), *spelled])
    build_tables(tmp_path / "raw", tmp_path, data)
    result = tables(tmp_path)
    assert result.groupby("group")["split"].nunique().max() == 1
    assert result["group"].nunique() == 200
    assert result["group"].str.fullmatch("[0-9a-f]{16}").all()


def test_appended_rows_move_none_and_leave_the_old_digests_reachable(tmp_path: Path) -> None:
    short = own_data(tmp_path / "short", distinct(200))
    long = own_data(tmp_path / "long", distinct(260))
    build_tables(tmp_path / "short", tmp_path / "1", short)
    build_tables(tmp_path / "long", tmp_path / "2", long)
    before, after = tables(tmp_path / "1"), tables(tmp_path / "2")
    merged = before.merge(after, on=["id", "group", "text", "label"], suffixes=("", "_after"))
    assert len(merged) == 200
    assert (merged["split"] == merged["split_after"]).all()


def test_the_training_seed_has_no_say_but_the_split_seed_has(tmp_path: Path) -> None:
    first = own_data(tmp_path / "raw", distinct(200))
    second = first.model_copy(update={"split_seed": 1})
    digests = [
        build_tables(tmp_path / "raw", tmp_path / str(i), data)["split_digests"]
        for i, data in enumerate((first, first, second))
    ]
    assert digests[0] == digests[1] != digests[2]


def chunk(texts: list[str], **columns: list[str]) -> RawChunk:
    labels = ["good" if i % 2 else "poor" for i in range(len(texts))]
    frame = pd.DataFrame({"text": texts, "label": labels, "file": "a.csv", **columns})
    return RawChunk(frame, SCHEMA.empty_table())


def test_tables_do_not_depend_on_the_chunks(tmp_path: Path) -> None:
    texts = [f"text {i % 90}" if i % 7 else "" for i in range(200)]
    data = DataConfig(dataset="texts", problem="classification")
    facts = [
        tables_of([chunk(texts[i : i + size]) for i in range(0, 200, size)], tmp_path, data)
        for size in (200, 50, 10)
    ]
    assert facts[0] == facts[1] == facts[2]


def test_times_stay_with_their_rows_when_others_are_dropped(tmp_path: Path) -> None:
    days = [f"2024-{1 + i // 28:02d}-{1 + i % 28:02d}" for i in range(100)]
    texts = ["" if i < 20 else f"day {i}" for i in range(100)]
    data = DataConfig(dataset="diary", problem="classification", split="time")
    tables_of([chunk(texts, time=days)], tmp_path, data)
    assert read_table(tmp_path / "validation")["id"].tolist() == list(range(76, 84))
    assert read_table(tmp_path / "test")["id"].tolist() == list(range(84, 100))


def test_refused_rows_lie_in_a_table_with_file_line_and_reason(tmp_path: Path) -> None:
    rows = [*distinct(150), ("no label",), *distinct(300)[150:]]
    facts: Any = build_tables(tmp_path / "raw", tmp_path, own_data(tmp_path / "raw", rows))
    rejected = pd.read_parquet(tmp_path / "rejected.parquet")
    assert facts["rows"]["rejected"] == len(rejected) == 1
    assert rejected.loc[0, ["file", "line"]].tolist() == ["reviews.csv", 152]
    assert rejected.loc[0, "reason"]


def test_too_many_refused_rows_end_the_run_with_the_way_out(tmp_path: Path) -> None:
    rows = [*distinct(95), *[("no label",)] * 5]
    data = own_data(tmp_path / "raw", rows)
    with pytest.raises(CorpusFormatError) as refusal:
        build_tables(tmp_path / "raw", tmp_path / "1", data)
    message = str(refusal.value)
    assert message.startswith("5 of 100 rows (5.0%) could not be read, more than 1.0% ")
    assert "data.cleaning.max_rejected_share" in message
    assert message.count("reviews.csv line") == 3
    lenient = own_data(tmp_path / "raw", rows, cleaning={"max_rejected_share": 0.05})
    assert build_tables(tmp_path / "raw", tmp_path / "2", lenient)


def test_an_empty_split_is_refused(tmp_path: Path) -> None:
    data = own_data(tmp_path / "raw", distinct(3), validation_share=0.01)
    with pytest.raises(InputError, match=r"validation.* came out empty from 3 groups"):
        build_tables(tmp_path / "raw", tmp_path, data)


def test_no_scratch_file_is_left(tmp_path: Path) -> None:
    build_tables(tmp_path / "raw", tmp_path / "1", own_data(tmp_path / "raw", distinct(200)))
    names = {path.name for path in (tmp_path / "1").rglob("*") if path.is_file()}
    assert names == {"part-00000.parquet", "rejected.parquet"}


def test_progress_tells_rows_read_and_rows_split(tmp_path: Path) -> None:
    events: list[progress.Event] = []
    with progress.listening(events.append):
        build_tables(tmp_path / "raw", tmp_path, own_data(tmp_path / "raw", distinct(200)))
    assert [(e.done, e.total) for e in events if isinstance(e, progress.Advanced)] == [
        (200, 0),
        (200, 200),
    ]


def test_pairs_are_grouped_by_source(tmp_path: Path) -> None:
    generate("generated-pairs", tmp_path / "raw", rows=500, seed=0)
    data = DataConfig(dataset="generated-pairs", problem="translation")
    facts: Any = build_tables(tmp_path / "raw", tmp_path, data)
    assert "labels" not in facts
    assert list(read_table(tmp_path / "test").columns) == ["id", "group", "source", "target"]


def test_real_pairs_with_several_translations_never_straddle(
    tmp_path: Path, real_data: Path
) -> None:
    """33,649 sentences have several translations; a head slice holds only short ones."""
    data = DataConfig(dataset="tatoeba-fra", problem="translation", limit=20_000)
    facts: Any = build_tables(real_data / "tatoeba-fra", tmp_path, data)
    result = tables(tmp_path)
    assert facts["rows"]["read"] == 167_130
    assert facts["dropped"]["untranslated"] == 1
    assert len(result) == 20_000
    assert result.groupby("group")["split"].nunique().max() == 1
    assert not result["target"].str.contains("[\u00a0\u202f\u2009\u200b\u00ad]").any()
    assert result["id"].median() == pytest.approx(83_500, rel=0.05)


def test_real_sentences_all_come_through(tmp_path: Path, real_data: Path) -> None:
    data = DataConfig(dataset="sentiment-sentences", problem="classification")
    facts: Any = build_tables(real_data / "sentiment-sentences", tmp_path, data)
    assert facts["rows"]["read"] == 3_000
    assert facts["dropped"] == {"duplicate": 18}
    assert facts["changed"]["entities"] == 1
    assert facts["changed"]["control"] == 6
    assert facts["changed"]["odd_spaces"] == 2
    assert sum(len(part) for part in iter_parts(tmp_path / "test")) == facts["rows"]["test"]
