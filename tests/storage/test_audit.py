"""The audit log loses nothing, and shows what was done to it."""

import json
import threading
from pathlib import Path

import pytest

from storage.audit import AuditLog


@pytest.fixture
def log(tmp_path: Path) -> AuditLog:
    log = AuditLog(tmp_path)
    for number in (1, 2, 3):
        log.append("promoted", "reviews", version=number, reason="höher")
    log.append("refused", "topics", version=1, reason="lower")
    return log


def test_entries_are_told_by_model_in_order(log: AuditLog) -> None:
    assert [entry["version"] for entry in log.entries("reviews")] == [1, 2, 3]
    assert [entry["number"] for entry in log.entries()] == [1, 2, 3, 4]
    assert log.verify() is None


def test_no_log_is_whole(tmp_path: Path) -> None:
    assert AuditLog(tmp_path).verify() is None
    assert list(AuditLog(tmp_path).entries()) == []


@pytest.mark.parametrize("harm", ["changed", "removed", "swapped", "broken"])
def test_a_touched_line_shows(log: AuditLog, harm: str) -> None:
    lines = log.path.read_text(encoding="utf-8").splitlines()
    match harm:
        case "changed":
            lines[1] = json.dumps({**json.loads(lines[1]), "reason": "lower"})
        case "removed":
            del lines[1]
        case "swapped":
            lines[1], lines[2] = lines[2], lines[1]
        case "broken":
            lines[1] = lines[1][:-9]
    log.path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    said = log.verify()
    assert said is not None
    assert ("line 3" if harm == "changed" else "line 2") in said


def test_a_line_torn_by_a_power_cut_is_no_entry(log: AuditLog) -> None:
    with log.path.open("ab") as file:
        file.write(b'{"number": 5, "kind": "promo')
    assert len(list(log.entries())) == 4
    log.append("refused", "topics", version=2, reason="lower")
    assert [entry["number"] for entry in log.entries()] == [1, 2, 3, 4, 5]
    assert log.verify() is None


def test_writers_at_once_keep_the_chain(tmp_path: Path) -> None:
    def write(version: int) -> None:
        for _ in range(5):
            AuditLog(tmp_path).append("refused", "reviews", version=version)

    writers = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert len(list(AuditLog(tmp_path).entries())) == 20
    assert AuditLog(tmp_path).verify() is None
