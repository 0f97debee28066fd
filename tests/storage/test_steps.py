"""Steps are reused, redone and explained by their manifest."""

from pathlib import Path

import pytest

from storage.steps import MANIFEST, StepKey, read_manifest, run_step, step_folder


def key(**changes: object) -> StepKey:
    fields: dict[str, object] = {
        "name": "preprocess",
        "inputs": {"raw": "a" * 64},
        "parameters": {"cleaning": {"min_characters": 1}, "split": "hash"},
        "code": {"corpora/cleaning.py": "1", "corpora/splits.py": "2"},
        "packages": {"pandas": "3.1.1"},
    }
    return StepKey(**{**fields, **changes})  # type: ignore[arg-type]


def write_rows(folder: Path) -> dict[str, int]:
    (folder / "part").mkdir(exist_ok=True)
    (folder / "part" / "rows.txt").write_text("one\ntwo\n")
    return {"rows": 2}


def refuse(folder: Path) -> dict[str, int]:
    raise AssertionError("the work was done again")


def test_the_same_key_does_the_work_once(tmp_path: Path) -> None:
    first = run_step(tmp_path, key(), write_rows, subject="demo")
    second = run_step(tmp_path, key(), refuse, subject="demo")
    assert (first.reused, second.reused) == (False, True)
    assert first.reason == "first time"
    assert second.facts == {"rows": 2}
    assert first.digest == second.digest
    assert second.reason.startswith("nothing changed since 20")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (
            {"parameters": {"cleaning": {"min_characters": 3}, "split": "hash"}},
            "`cleaning.min_characters` 1 → 3",
        ),
        (
            {"parameters": {"cleaning": {"min_characters": 1}, "split": [{"name": "x" * 60}]}},
            "`split` hash → 1 of them",
        ),
        (
            {"code": {"corpora/cleaning.py": "9", "corpora/splits.py": "2"}},
            "`corpora/cleaning.py`",
        ),
        ({"code": {"corpora/cleaning.py": "1"}}, "`corpora/splits.py`"),
        ({"packages": {"pandas": "3.1.2"}}, "`pandas` 3.1.1 → 3.1.2"),
        ({"inputs": {"raw": "b" * 64}}, "input raw changed"),
    ],
)
def test_a_changed_key_works_again_and_says_why(
    tmp_path: Path, change: dict[str, object], reason: str
) -> None:
    run_step(tmp_path, key(), write_rows, subject="demo")
    again = run_step(tmp_path, key(**change), write_rows, subject="demo")
    assert not again.reused
    assert again.reason == reason


def test_going_back_to_an_earlier_key_reuses_it(tmp_path: Path) -> None:
    run_step(tmp_path, key(), write_rows, subject="demo")
    run_step(tmp_path, key(packages={"pandas": "4"}), write_rows, subject="demo")
    assert run_step(tmp_path, key(), refuse, subject="demo").reused


def test_a_flipped_byte_is_noticed_and_mended(tmp_path: Path) -> None:
    first = run_step(tmp_path, key(), write_rows, subject="demo")
    (first.folder / "part" / "rows.txt").write_text("one\ntwx\n")
    again = run_step(tmp_path, key(), write_rows, subject="demo")
    assert not again.reused
    assert "rows.txt is damaged" in again.reason
    assert (again.folder / "part" / "rows.txt").read_text() == "one\ntwo\n"


def test_a_lost_output_is_noticed(tmp_path: Path) -> None:
    first = run_step(tmp_path, key(), write_rows, subject="demo")
    (first.folder / "part" / "rows.txt").unlink()
    assert "rows.txt is gone" in run_step(tmp_path, key(), write_rows).reason


def test_failed_work_leaves_no_manifest_and_starts_afresh(tmp_path: Path) -> None:
    def fails(folder: Path) -> dict[str, int]:
        (folder / "half").write_text("half")
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        run_step(tmp_path, key(), fails)
    folder = step_folder(tmp_path, key())
    assert read_manifest(folder) is None
    result = run_step(tmp_path, key(), write_rows)
    assert not (result.folder / "half").exists()


def test_work_that_resumes_finds_its_partial_files(tmp_path: Path) -> None:
    def fails(folder: Path) -> dict[str, int]:
        (folder / "checkpoint").write_text("3")
        raise ValueError("killed")

    def resumes(folder: Path) -> dict[str, int]:
        return {"from": int((folder / "checkpoint").read_text())}

    with pytest.raises(ValueError, match="killed"):
        run_step(tmp_path, key(), fails, keep_partial=True)
    assert run_step(tmp_path, key(), resumes, keep_partial=True).facts == {"from": 3}


def test_the_digest_is_of_names_and_contents_only(tmp_path: Path) -> None:
    here = run_step(tmp_path / "a", key(), write_rows)
    there = run_step(tmp_path / "b", key(packages={"pandas": "4"}), write_rows)
    assert here.digest == there.digest
    assert (here.folder / MANIFEST).is_file()
