"""The code of another commit stands in a folder of its own, and only for a while."""

import subprocess
from pathlib import Path

import pytest

from cli.rerun import CODE, code_at, rerun
from storage.errors import InputError


def git(*arguments: str) -> str:
    command = ["git", "-C", str(CODE), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("not in a git repository")
    return done.stdout.strip()


def test_the_code_of_a_commit_is_there_and_gone_and_the_users_tree_is_as_it_was() -> None:
    head, status, trees = git("rev-parse", "HEAD"), git("status", "-s"), git("worktree", "list")
    with code_at(head) as folder:
        assert (folder / "cli" / "main.py").is_file()
    assert not folder.exists()
    assert (git("status", "-s"), git("worktree", "list")) == (status, trees)


def test_a_commit_that_is_not_here_is_told_with_both_ways_out() -> None:
    git("rev-parse", "HEAD")
    with (
        pytest.raises(InputError, match=r"abababab.* git fetch it, or .* --here"),
        code_at("ab" * 20),
    ):
        pass


def test_own_data_that_is_not_here_is_asked_for_before_anything_runs(tmp_path: Path) -> None:
    file = {"name": "r.csv", "sha256": "ab" * 32}
    config = {"data": {"dataset": "r", "file": None, "added": [{"file": file}]}}
    with pytest.raises(InputError, match=f"put the file of that sha256 there as .*{'ab' * 32}"):
        rerun(config, code=CODE, home=tmp_path / "n", source=tmp_path, device="cpu", why="")
