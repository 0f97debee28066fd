"""The code digest sees every helper, lazy imports included."""

import re
import shutil
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

from storage.code import HOUSES, OTHER_NAMES, code_digests

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


def test_every_package_the_project_imports_is_found_by_the_name_of_its_distribution() -> None:
    files = [path for house in HOUSES for path in (ROOT / house).rglob("*.py")]
    imported = {top for path in files for top in outside_imports(path)}
    owners = packages_distributions()
    installed = {top for top in imported if top in owners}
    assert {"torch", "yaml", "sklearn"} <= installed
    assert {top for top in installed if not owned_by_name(top, owners[top])} == set()


def outside_imports(path: Path) -> set[str]:
    names = re.findall(r"^\s*(?:from|import) (\w+)", path.read_text(), re.MULTILINE)
    return set(names) - HOUSES - sys.stdlib_module_names


def owned_by_name(top: str, owners: list[str]) -> bool:
    """Whether the digest of code, which looks a package up by one name, finds its owner."""
    name = OTHER_NAMES.get(top, top)
    return canonical(name) in {canonical(owner) for owner in owners}


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
