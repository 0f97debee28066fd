"""The part file of a download."""

import shutil
from pathlib import Path

import pytest

from corpora.parts import PartFile
from storage.errors import EnvironmentProblem


def test_the_disk_is_asked_before_the_first_byte(tmp_path: Path) -> None:
    part = PartFile(tmp_path / "raw/x.zip")
    free = shutil.disk_usage(tmp_path).free
    with pytest.raises(EnvironmentProblem, match=r"bytes free, the download needs [\d,]+; mak"):
        part.append(iter([b"x"]), total=free, max_bytes=free)
    assert not part.path.exists()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "raw").write_text("a file in the way")
    part = PartFile(tmp_path / "raw/x.zip")
    with pytest.raises(EnvironmentProblem, match=r"cannot be written: .* set SEQFLOW_HOME"):
        part.append(iter([b"x"]), total=None, max_bytes=10)


def test_bytes_of_another_address_are_not_gone_on_with(tmp_path: Path) -> None:
    part = PartFile(tmp_path / "x.zip")
    part.begin("http://one/x", '"e"')
    part.path.write_bytes(b"half")
    assert part.edition("http://one/x") == '"e"'
    assert part.edition("http://two/x") is None


def test_an_unreadable_note_of_the_edition_means_starting_anew(tmp_path: Path) -> None:
    part = PartFile(tmp_path / "x.zip")
    part.begin("http://one/x", '"e"')
    part.path.write_bytes(b"half")
    (tmp_path / "x.zip.part.json").write_text("{")
    assert part.edition("http://one/x") is None
