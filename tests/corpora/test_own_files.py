"""Own data copied into the home folder under its digest."""

import os
import sqlite3
from pathlib import Path

import pytest

from configs.data import Format
from corpora.own_files import adopt_own_file, own_path, texts_in
from storage.errors import InputError
from storage.files import file_digest


def written(path: Path, text: str = "text,label\nfine,1\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_a_file_lies_under_its_digest_and_name(tmp_path: Path) -> None:
    given = written(tmp_path / "reviews.csv")
    file = adopt_own_file(given, own=tmp_path / "own")
    assert file.sha256 == file_digest(given)
    assert (tmp_path / "own" / file.sha256 / "reviews.csv").read_text() == given.read_text()
    assert [path.name for path in (tmp_path / "own").iterdir() if path.is_dir()] == [
        file.sha256
    ]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.csv", "csv"),
        ("a.TSV", "tsv"),
        ("a.txt", "lines"),
        ("a.jsonl", "jsonl"),
        ("a.parquet", "parquet"),
        ("a.csv.gz", "csv"),
    ],
)
def test_the_ending_tells_the_format(tmp_path: Path, name: str, kind: Format) -> None:
    assert adopt_own_file(written(tmp_path / name), own=tmp_path / "own").format == kind


def test_an_unknown_ending_asks_for_the_format(tmp_path: Path) -> None:
    given = written(tmp_path / "reviews.xlsx")
    with pytest.raises(InputError, match=r"'.xlsx' does not tell the format; use one of .csv"):
        adopt_own_file(given, own=tmp_path / "own")
    assert adopt_own_file(given, own=tmp_path / "own", format="csv").format == "csv"


def test_what_is_missing_or_empty_is_told(tmp_path: Path) -> None:
    own = tmp_path / "own"
    with pytest.raises(InputError, match="does not exist; check the path"):
        adopt_own_file(tmp_path / "no.csv", own=own)
    with pytest.raises(InputError, match=r"is empty \(0 bytes\)"):
        adopt_own_file(written(tmp_path / "empty.csv", ""), own=own)
    (tmp_path / "bare").mkdir()
    with pytest.raises(InputError, match=r"holds no <class>/<text>.txt"):
        adopt_own_file(tmp_path / "bare", own=own)
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(InputError, match="neither a file nor a folder"):
        adopt_own_file(tmp_path / "pipe.csv", own=own)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file_is_told(tmp_path: Path) -> None:
    given = written(tmp_path / "secret.csv")
    given.chmod(0)
    with pytest.raises(InputError, match="cannot be read; check its permissions"):
        adopt_own_file(given, own=tmp_path / "own")


@pytest.mark.parametrize("encoding", ["utf-9", "base64"])
def test_an_encoding_that_does_not_exist_is_told(tmp_path: Path, encoding: str) -> None:
    with pytest.raises(InputError, match=f"no text encoding '{encoding}'; common ones are"):
        adopt_own_file(written(tmp_path / "a.csv"), own=tmp_path / "own", encoding=encoding)


def test_a_folder_of_texts_has_one_digest_for_names_and_contents(tmp_path: Path) -> None:
    own = tmp_path / "own"
    texts = tmp_path / "texts"
    written(texts / "good/1.txt", "fine")
    written(texts / "bad/1.txt", "poor")
    written(texts / "notes.md", "not a text of a class")
    first = adopt_own_file(texts, own=own)
    assert first.format == "folder"
    assert not (own / first.sha256 / "texts/notes.md").exists()
    assert adopt_own_file(texts, own=own) == first
    (texts / "good/1.txt").rename(texts / "good/2.txt")
    second = adopt_own_file(texts, own=own)
    (texts / "good/2.txt").write_text("fair")
    third = adopt_own_file(texts, own=own)
    assert len({first.sha256, second.sha256, third.sha256}) == 3


def test_where_no_text_ends_in_txt_all_files_of_the_classes_are_texts(tmp_path: Path) -> None:
    for name in ("autos/1027", "med/58.Re", "med/.hidden", "med/deep/59", "README"):
        written(tmp_path / "posts" / name, "a post")
    found = [path.name for path in texts_in(tmp_path / "posts")]
    assert found == ["1027", "58.Re"]
    written(tmp_path / "posts/med/60.txt", "a post")
    assert [path.name for path in texts_in(tmp_path / "posts")] == ["60.txt"]


def test_a_folder_and_a_file_are_not_taken_for_each_other(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is not a folder; check --format"):
        adopt_own_file(written(tmp_path / "a.csv"), own=tmp_path / "own", format="folder")


def test_sqlite_needs_a_query_and_others_take_none(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="needs --query"):
        adopt_own_file(written(tmp_path / "a.db"), own=tmp_path / "own")
    with pytest.raises(InputError, match="a query goes with SQLite files"):
        adopt_own_file(written(tmp_path / "a.csv"), own=tmp_path / "own", query="select 1")


def test_changes_that_wait_beside_a_database_are_not_lost_silently(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    writer = sqlite3.connect(path)
    writer.execute("pragma journal_mode=wal")
    writer.execute("create table t (text)")
    writer.commit()
    with pytest.raises(InputError, match=r"changes waiting in a.db-wal .* close the program"):
        adopt_own_file(path, own=tmp_path / "own", query="select * from t")
    writer.close()
    adopt_own_file(path, own=tmp_path / "own", query="select * from t")


def test_changed_own_data_is_never_used(tmp_path: Path) -> None:
    own = tmp_path / "own"
    given = written(tmp_path / "reviews.csv")
    file = adopt_own_file(given, own=own)
    own_path(file, own=own).write_text("text,label\npoor,1\n")
    with pytest.raises(InputError, match=f"instead of {file.sha256}; remove"):
        own_path(file, own=own)
    adopt_own_file(given, own=own)
    assert own_path(file, own=own).read_text() == given.read_text()


def test_own_data_that_is_gone_is_asked_for_again(tmp_path: Path) -> None:
    own = tmp_path / "own"
    file = adopt_own_file(written(tmp_path / "reviews.csv"), own=own)
    own_path(file, own=own).unlink()
    with pytest.raises(InputError, match=r"is gone; give it again with --data <path to"):
        own_path(file, own=own)
