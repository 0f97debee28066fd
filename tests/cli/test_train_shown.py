"""What a person reads while a run goes on, and at its end."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from cli.console import steps_shown
from cli.train import show_verdict
from configs.data import Problem
from storage import progress
from tasks.verdict import Verdict


@pytest.mark.parametrize(
    ("problem", "version", "alias", "expected"),
    [
        ("translation", 1, "champion", 'seqflow predict it "…"   |   seqflow up'),
        ("tagging", 2, "challenger", 'seqflow predict it "…" --version 2   |   seqflow up'),
        ("language_modelling", 1, "champion", 'generate it --prompt "…"   |   seqflow up'),
        ("language_modelling", None, None, "  Next:  seqflow up"),
    ],
)
def test_the_next_command_answers_with_the_version_just_made(
    problem: Problem,
    version: int | None,
    alias: str | None,
    expected: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SEQFLOW_HOME", str(tmp_path))
    verdict = Verdict("it", "it", version, alias, "good", tmp_path / "r.md", "run", None)
    out = Console(file=io.StringIO(), width=200)
    show_verdict(verdict, out, problem=problem, as_json=False)
    assert isinstance(out.file, io.StringIO)
    assert out.file.getvalue().rstrip("\n").endswith(expected)


def test_a_note_stands_below_the_line_of_its_step() -> None:
    out = Console(file=io.StringIO(), width=200)
    with steps_shown(out):
        progress.finished("validate", "23 checks passed, 1 warning", seconds=2.0)
        progress.noted("validate", "warning: the target of 5 rows [of test] stands in train")
    assert isinstance(out.file, io.StringIO)
    lines = out.file.getvalue().splitlines()
    assert lines[0].startswith("  validate    23 checks passed, 1 warning")
    assert lines[1] == "    warning: the target of 5 rows [of test] stands in train"
