"""Parquet, SQLite and folders of texts."""

import sqlite3
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from configs.data import OwnFile
from corpora.lines import MAX_LINE_BYTES
from corpora.readers import read_own_file
from storage.errors import CorpusFormatError, InputError
from tests.corpora.reading import CLASSES, read

ALL = "select * from reviews"


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "odd name?#.db"
    with sqlite3.connect(path) as connection:
        connection.execute("create table reviews (text text, label integer)")
        connection.executemany(
            "insert into reviews values (?, ?)",
            [("fine", 1), ("None", 0), (None, 1), ("", 1), ("caf\xe9", None), ("3", 1)],
        )
        connection.execute("insert into reviews values (cast(x'ff41' as text), 1)")
    return path


def test_parquet_labels_become_text_and_missing_values_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    text = pa.array(["fine", None, "NA"]).dictionary_encode()
    pq.write_table(pa.table({"label": pa.array([1, 2, None]), "text": text}), path)
    found = read(path, "parquet")
    assert found.rows == [("fine", "1")]
    assert [(line, reason) for line, reason, _ in found.rejected] == [
        (2, "no text"),
        (3, "no label"),
    ]


def test_parquet_text_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    text = pa.array([b"fine", b"\xff", b"caf\xc3\xa9"])
    pq.write_table(pa.table({"text": text, "label": ["a", "b", "c"]}), path)
    found = read(path, "parquet")
    assert found.rows == [("fine", "a"), ("café", "c")]
    assert found.rejected == [(2, "text is not UTF-8", "\ufffd")]


def test_a_parquet_column_that_is_not_text_is_told(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table({"text": [1.5], "label": ["a"]}), path)
    with pytest.raises(InputError, match="column 'text' of x.parquet holds double, not text"):
        read(path, "parquet")


def test_a_missing_parquet_column_is_told(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table({"texts": ["a"], "label": ["a"]}), path)
    with pytest.raises(InputError, match="did you mean 'texts'"):
        read(path, "parquet")


@pytest.mark.parametrize("content", [b"text,label\n", b"PAR1" + bytes(20) + b"PAR1", b""])
def test_what_is_no_parquet_file_is_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.parquet"
    path.write_bytes(content)
    with pytest.raises(CorpusFormatError, match="x.parquet cannot be read as Parquet"):
        read(path, "parquet")


def test_large_parquet_files_come_in_chunks_with_row_numbers(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    count = 250_000
    pq.write_table(pa.table({"text": ["t"] * count, "label": ["a"] * count}), path)
    file = OwnFile(name=path.name, sha256="0" * 64, format="parquet")
    chunks = [chunk.frame for chunk in read_own_file(path, file, columns=CLASSES)]
    assert max(map(len, chunks)) == 100_000
    assert pd.concat(chunks)["line"].tolist() == list(range(1, count + 1))


def test_sqlite_rows_come_from_the_query(database: Path) -> None:
    found = read(database, "sqlite", query=ALL)
    assert found.rows == [("fine", "1"), ("None", "0"), ("", "1"), ("3", "1")]
    assert [(line, reason) for line, reason, _ in found.rejected] == [
        (3, "no text"),
        (5, "no label"),
        (7, "text is not UTF-8"),
    ]


def test_sqlite_columns_may_be_named_by_the_query(database: Path) -> None:
    query = "select upper(text) as text, label from reviews where label = 0"
    assert read(database, "sqlite", query=query).rows == [("NONE", "0")]


def test_numbers_are_spelt_alike_alone_and_among_words(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    spelt = []
    for words in ([], [("odd", "odd")]):
        with sqlite3.connect(path) as connection:
            connection.execute("drop table if exists reviews")
            connection.execute("create table reviews (text, label)")
            values = [(1, 1.0), (2, 2.5), (3, 1e30), *words]
            connection.executemany("insert into reviews values (?, ?)", values)
        spelt.append(read(path, "sqlite", query=ALL).rows[:3])
    assert spelt[0] == spelt[1]


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("delete from reviews", "not authorized"),
        ("attach 'OTHER' as other", "not authorized"),
        ("pragma journal_mode=wal", "not authorized"),
        ("select load_extension('evil')", "not authorized"),
        ("select 1; drop table reviews", "one statement at a time"),
        ("select text from nowhere", "no such table"),
        ("", "has no column 'text'"),
    ],
)
def test_sqlite_does_nothing_but_one_select(database: Path, query: str, reason: str) -> None:
    before = database.read_bytes()
    with pytest.raises(InputError, match=reason):
        read(database, "sqlite", query=query.replace("OTHER", str(database)))
    assert database.read_bytes() == before


def test_a_query_that_computes_too_long_is_stopped(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("corpora.sqlite.QUERY_SECONDS", 0.2)
    endless = (
        "with recursive n(text, label) as "
        "(select 1, 1 union all select text + 1, 1 from n) select * from n where text < 0"
    )
    with pytest.raises(InputError, match=r"the query over .* took longer than 0.2 s"):
        read(database, "sqlite", query=endless)


def test_a_column_the_query_does_not_give_is_told(database: Path) -> None:
    with pytest.raises(InputError, match=r"the query over .* has no column 'label'"):
        read(database, "sqlite", query="select text from reviews")


def test_what_is_no_database_is_told(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    path.write_bytes(b"not a database" * 100)
    with pytest.raises(CorpusFormatError, match="cannot be read by .* not a database"):
        read(path, "sqlite", query=ALL)


def test_a_folder_gives_texts_by_class_in_the_order_of_names(tmp_path: Path) -> None:
    folder = tmp_path / "texts"
    for name, content in {
        "pos/2.txt": b"fine\r\nindeed\n",
        "neg/1.txt": b"\xef\xbb\xbfpoor",
        "pos/1.txt": b"\xff\xfe",
        "pos/3.txt": b"zero\0byte",
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    found = read(folder, "folder")
    assert found.rows == [("poor", "neg"), ("fine\r\nindeed\n", "pos")]
    assert [reason for _, reason, _ in found.rejected] == [
        "text is not UTF-8",
        "zero byte in text",
    ]


def test_a_folder_is_read_in_its_encoding(tmp_path: Path) -> None:
    (tmp_path / "texts/pos").mkdir(parents=True)
    (tmp_path / "texts/pos/1").write_bytes("café".encode("utf-16"))
    (tmp_path / "texts/pos/2").write_bytes(b"\xff\xfea")
    (tmp_path / "texts/pos/.hidden").write_text("none")
    found = read(tmp_path / "texts", "folder", encoding="utf-16")
    assert found.rows == [("café", "pos")]
    assert [reason for _, reason, _ in found.rejected] == ["text is not UTF-16"]


def test_a_text_beyond_the_limit_is_refused_and_not_read_whole(tmp_path: Path) -> None:
    (tmp_path / "texts/pos").mkdir(parents=True)
    with (tmp_path / "texts/pos/long.txt").open("wb") as file:
        file.truncate(50 * MAX_LINE_BYTES)  # sparse: it takes no room
    (tmp_path / "texts/pos/short.txt").write_text("fine")
    found = read(tmp_path / "texts", "folder")
    assert found.rows == [("fine", "pos")]
    assert [reason for _, reason, _ in found.rejected] == ["text of more than 10,000,000 bytes"]


def test_a_folder_has_no_sentence_pairs(tmp_path: Path) -> None:
    (tmp_path / "texts/pos").mkdir(parents=True)
    with pytest.raises(InputError, match="gives text and label only, not source, target"):
        read(tmp_path / "texts", "folder", columns={"source": "s", "target": "t"})
