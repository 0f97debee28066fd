"""Tests of the position file and of reading a journal from an offset."""

from pathlib import Path

from storage.journal import Journal
from tracking.position import (
    POSITION_FILE,
    Position,
    Registration,
    journal_bytes,
    records_after,
)

URI = "postgresql://anna:hunter2@db/mlflow"


def test_position_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    fresh = Position.load(tmp_path, uri=URI)
    registration = Registration("reviews", 3, "abc", reused=False)
    position = Position(fresh.store, "run1", 99, (registration,))
    position.save(tmp_path)
    assert Position.load(tmp_path, uri=URI) == position


def test_another_store_starts_from_the_beginning(tmp_path: Path) -> None:
    Position(Position.load(tmp_path, uri=URI).store, "run1", 99).save(tmp_path)
    assert Position.load(tmp_path, uri="sqlite:///other.db").offset == 0


def test_address_of_the_store_is_not_written_down(tmp_path: Path) -> None:
    Position.load(tmp_path, uri=URI).save(tmp_path)
    assert "hunter2" not in (tmp_path / POSITION_FILE).read_text()


def test_damaged_position_starts_from_the_beginning(tmp_path: Path) -> None:
    for content in ("", "[]", '{"offset": 3}', '{"store": 1, "registrations": [{"x": 1}]}'):
        (tmp_path / POSITION_FILE).write_text(content)
        assert Position.load(tmp_path, uri=URI).offset == 0


def test_reading_goes_on_behind_the_offset(journal: Journal) -> None:
    journal.tag("a", "1")
    *_, (offset, last) = records_after(journal.folder, 0)
    assert last["key"] == "a"
    journal.tag("b", "2")
    rest = list(records_after(journal.folder, offset))
    assert [record["key"] for _, record in rest] == ["b"]
    assert rest[-1][0] == journal_bytes(journal.folder)


def test_line_torn_by_a_kill_waits_for_its_end(journal: Journal) -> None:
    path = journal.folder / "journal.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"kind": "tag", "key"')
    assert [record["kind"] for _, record in records_after(journal.folder, 0)] == ["start"]


def test_line_that_is_no_json_does_not_hide_what_follows(journal: Journal) -> None:
    with (journal.folder / "journal.jsonl").open("ab") as file:
        file.write(b"\x00\x00garbage\n[1]\n")
    journal.tag("a", "1")
    kinds = [record["kind"] for _, record in records_after(journal.folder, 0)]
    assert kinds == ["start", "unreadable", "unreadable", "tag"]
