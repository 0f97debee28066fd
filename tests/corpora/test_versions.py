"""Data versions: nothing in one ever changes, and a run takes the newest of its own source."""

import logging
from pathlib import Path

import pytest

from configs.data import AddedFile, DataConfig, OwnFile
from corpora.versions import DataVersions
from storage.errors import InputError

ROWS = {"train": 7, "validation": 1, "test": 2, "source": 9}


def added(name: str) -> AddedFile:
    digest = f"{sum(map(ord, name)):064x}"
    return AddedFile(file=OwnFile(name=name, sha256=digest, format="csv"))


def source(**settings: object) -> DataConfig:
    given = {"dataset": "generated-reviews", "problem": "classification"} | settings
    return DataConfig.model_validate(given)


def grown(home: Path, *names: str, data: DataConfig | None = None) -> DataVersions:
    """Versions to which these files were added, one by one."""
    versions = DataVersions(home, "demo")
    for name in names:
        before = versions.resolve(data or source())
        update = {"added": (*before.added, added(name)), "version": len(versions.all()) + 1}
        with versions.adding():
            versions.append(before.model_copy(update=update), rows=ROWS, gained=1, reason="")
    return versions


def names_of(data: DataConfig) -> list[str]:
    return [each.file.name for each in data.added]


def test_without_additions_the_source_alone_is_version_0(tmp_path: Path) -> None:
    resolved = DataVersions(tmp_path, "demo").resolve(source())
    assert (resolved.version, resolved.added) == (0, ())


def test_the_newest_version_holds_all_files_in_order_and_earlier_ones_stay(
    tmp_path: Path,
) -> None:
    versions = grown(tmp_path, "a.csv", "b.csv")
    first, second = versions.all()
    assert names_of(versions.resolve(source())) == ["a.csv", "b.csv"]
    assert names_of(versions.resolve(source(version=1))) == ["a.csv"]
    assert versions.resolve(source(version=0)).added == ()
    assert first.digest != second.digest
    assert grown(tmp_path, "c.csv").all()[:2] == [first, second]


def test_a_saved_config_keeps_its_files_whatever_the_home_knows(tmp_path: Path) -> None:
    saved = grown(tmp_path / "old", "a.csv").resolve(source())
    assert grown(tmp_path / "new", "z.csv").resolve(saved) == saved


def test_an_absent_version_is_told_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no version 5; there are 0, 1 \(data.version\)"):
        grown(tmp_path, "a.csv").resolve(source(version=5))


def test_files_added_to_another_source_are_left_alone_and_said_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    versions = grown(tmp_path, "a.csv")
    with caplog.at_level(logging.WARNING):
        assert versions.resolve(source(rows=500)).added == ()
    assert "this run reads generated-reviews of 500 rows without them" in caplog.text
    with pytest.raises(InputError, match="adds to generated-reviews, this run reads"):
        versions.resolve(source(rows=500, version=1))


def test_a_line_torn_by_a_kill_is_no_version_and_the_next_stands_whole(tmp_path: Path) -> None:
    versions = grown(tmp_path, "a.csv")
    with (tmp_path / "data" / "demo" / "versions.jsonl").open("ab") as file:
        file.write('{"number": 2, "reason": "é'.encode()[:-1])
    assert len(versions.all()) == 1
    assert [each.number for each in grown(tmp_path, "b.csv").all()] == [1, 2]


def test_a_reason_with_any_line_separator_is_one_line(tmp_path: Path) -> None:
    versions = DataVersions(tmp_path, "demo")
    reason = "pasted\u2028from\x85a page"
    versions.append(source(), rows=ROWS, gained=1, reason=reason)
    assert [each.reason for each in versions.all()] == [reason]
