"""`seqflow data add`: checked, a new version, and nothing at all when the check fails."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cli.data import NewFile, run_data_add
from corpora.versions import DataVersions
from storage.errors import DataCheckError, InputError

COLUMNS = {"text": "review", "label": None}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SEQFLOW_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path / "prefect"))
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    return tmp_path / "home"


def reviews(
    path: Path, *, count: int = 40, word: str = "gadget", bad: str = "negative"
) -> Path:
    lines = [f"the {word} {i} is fine,{'positive' if i % 2 else bad}" for i in range(count)]
    path.write_text("\n".join(["review,label", *lines]) + "\n", encoding="utf-8")
    return path


def add(path: Path) -> None:
    settings = ["data.rows=300"]
    run_data_add("demo", NewFile(path, COLUMNS), settings=settings, reason="r", as_json=True)


def everything(home: Path) -> set[str]:
    """All that belongs to somebody: what cleaning keeps may come and go."""
    kept = (path for path in home.rglob("*") if path.is_file() and path.suffix != ".lock")
    return {str(path) for path in kept if "steps" not in path.parts}


def test_a_file_becomes_a_version_and_what_the_gate_refuses_changes_nothing(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    add(reviews(tmp_path / "new.csv"))
    said: Any = json.loads(capsys.readouterr().out)
    assert (said["number"], said["gained"], said["known"], said["told"]) == (1, 40, 0, False)
    before = everything(home)
    with pytest.raises(DataCheckError, match=r"20 of 40 added rows have a label .*'negatif'"):
        add(reviews(tmp_path / "bad.csv", word="thing", bad="negatif"))
    with pytest.raises(InputError, match="is part of the data of demo already"):
        add(tmp_path / "new.csv")
    assert everything(home) == before
    assert [each.number for each in DataVersions(home, "demo").all()] == [1]


@pytest.mark.long
def test_known_rows_are_counted_and_a_file_of_nothing_else_is_refused(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    add(reviews(tmp_path / "new.csv"))
    before = everything(home)
    with pytest.raises(InputError, match="brings nothing new: all of its 20 rows"):
        add(reviews(tmp_path / "less.csv", count=20))
    assert everything(home) == before
    capsys.readouterr()
    add(reviews(tmp_path / "more.csv", count=50))
    said: Any = json.loads(capsys.readouterr().out)
    assert (said["number"], said["gained"], said["known"]) == (2, 10, 40)
    assert [each.number for each in DataVersions(home, "demo").all()] == [1, 2]


@pytest.mark.usefixtures("home")
def test_the_command_exits_with_2_for_a_file_that_is_not_there() -> None:
    command = [sys.executable, "-m", "cli.main", "data", "add", "demo", "none.csv"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "none.csv does not exist" in done.stderr
