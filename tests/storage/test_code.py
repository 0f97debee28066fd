"""The code digest sees every helper, lazy imports included."""

import shutil
import subprocess
import sys
from pathlib import Path

from storage.code import HOUSES, code_digests

ROOT = Path(__file__).parents[2]


def digests_in(copy: Path, module: str) -> str:
    script = f"from storage.code import code_digests; print(code_digests({module!r}))"
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=copy,
        env={"PYTHONPATH": str(copy)},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_a_changed_helper_changes_the_digest_of_its_users_only(tmp_path: Path) -> None:
    for house in ("storage", "configs"):
        shutil.copytree(ROOT / house, tmp_path / house)
    user, other = "configs.experiment", "storage.locks"
    before = digests_in(tmp_path, user), digests_in(tmp_path, other)
    helper = tmp_path / "configs" / "shipped.py"
    helper.write_text(helper.read_text() + "\n# changed\n")
    after = digests_in(tmp_path, user), digests_in(tmp_path, other)
    assert before[0] != after[0]
    assert before[1] == after[1]


def test_imports_inside_functions_count(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "storage", tmp_path / "storage")
    module = tmp_path / "storage" / "lazy.py"
    module.write_text("def f():\n    from storage.locks import locked\n    return locked\n")
    assert "storage/locks.py" in digests_in(tmp_path, "storage.lazy")


def test_third_party_packages_are_named_with_their_version() -> None:
    files, packages = code_digests("configs.experiment")
    assert "configs/data.py" in files
    assert packages["pydantic"][0].isdigit()
    assert not {"torch", "pandas"} & packages.keys()


def test_every_house_of_the_project_is_known() -> None:
    found = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert found == set(HOUSES)
