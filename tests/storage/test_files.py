"""Files are whole or absent, whatever happens while they are written."""

import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from storage.files import (
    atomic_write,
    digest_of_json,
    file_digest,
    folder_digests,
    read_json,
    write_json,
    write_text,
)


def test_a_failed_block_keeps_the_old_file_and_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    write_text(path, "old")
    with pytest.raises(KeyError), atomic_write(path) as file:
        file.write({}["new"])
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["a.txt"]


def test_no_space_keeps_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.txt"
    write_text(path, "old")
    monkeypatch.setenv("SEQFLOW_FAULT", "files.write:full@1")
    monkeypatch.setattr("storage.faults._passes", Counter())
    with pytest.raises(OSError, match="No space left"):
        write_text(path, "new")
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["a.txt"]


def test_a_kill_in_the_write_keeps_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_json(path, {"epoch": 1})
    script = (
        "from pathlib import Path; from storage.files import write_json;"
        f"write_json(Path({str(path)!r}), {{'epoch': 2}})"
    )
    environment = {**os.environ, "SEQFLOW_FAULT": "files.write:kill"}
    done = subprocess.run([sys.executable, "-c", script], env=environment)
    assert done.returncode == -signal.SIGKILL
    assert read_json(path) == {"epoch": 1}


def test_digests_do_not_depend_on_key_order() -> None:
    assert digest_of_json({"a": 1, "b": [1, 2]}) == digest_of_json({"b": [1, 2], "a": 1})
    assert digest_of_json({"a": 1}) != digest_of_json({"a": 1.5})


def test_json_refuses_what_json_has_no_word_for(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        write_json(tmp_path / "a.json", {"loss": float("nan")})
    assert os.listdir(tmp_path) == []


def test_folder_digests_name_every_file(tmp_path: Path) -> None:
    write_text(tmp_path / "b" / "c.txt", "x")
    write_text(tmp_path / "a.txt", "")
    found = folder_digests(tmp_path)
    assert list(found) == ["a.txt", "b/c.txt"]
    assert found["b/c.txt"] == (1, file_digest(tmp_path / "b" / "c.txt"))
