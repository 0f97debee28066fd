"""Findings: counting, ordering, reading and writing."""

import subprocess
import sys
from pathlib import Path

import pytest

from data_checks.findings import Finding, Findings, Outcome, Severity
from storage.files import write_json


def finding(
    check: str = "duplicates",
    outcome: Outcome = "passed",
    severity: Severity = "warning",
    split: str = "train",
    message: str = "all is well",
) -> Finding:
    return Finding(check, split, severity, outcome, 0.5, 0.2, 3, message)


ALL_SORTS = Findings(
    (
        finding("duplicates"),
        finding("imbalance", "failed"),
        finding("row_count", "failed", "critical"),
        finding("longest_text", "unchecked", "critical"),
        finding("length_ratio", "unchecked", "warning"),
    )
)


def test_what_stops_a_run_is_critical_and_failed_or_could_not_be_checked() -> None:
    assert [each.check for each in ALL_SORTS.critical] == ["row_count", "longest_text"]


def test_outcomes_are_told_apart() -> None:
    assert [each.check for each in ALL_SORTS.passed] == ["duplicates"]
    assert [each.check for each in ALL_SORTS.warnings] == ["imbalance"]
    assert [each.check for each in ALL_SORTS.unchecked] == ["longest_text", "length_ratio"]


def test_headline_counts_a_check_once_by_its_worst_split() -> None:
    findings = Findings(
        (
            finding("duplicates", split="train"),
            finding("duplicates", "failed", split="test"),
            finding("row_count", severity="critical"),
        )
    )
    assert findings.headline() == "1 check passed, 1 warning"


def test_headline_names_every_outcome() -> None:
    assert ALL_SORTS.headline() == (
        "1 check passed, 1 failed, 2 could not be checked, 1 warning"
    )


def test_markdown_shows_the_worst_first() -> None:
    table = ALL_SORTS.as_markdown().split("\n")[4:-1]
    assert [row.split("|")[1].strip(" *") for row in table] == [
        "critical",
        "unchecked",
        "unchecked",
        "warning",
        "passed",
    ]


def test_a_message_cannot_break_out_of_its_cell() -> None:
    table = Findings((finding(message="a|b\n<script>"),)).as_markdown()
    assert "a\\|b &lt;script>" in table


def test_findings_come_back_from_json_as_they_went(tmp_path: Path) -> None:
    write_json(tmp_path / "findings.json", ALL_SORTS.to_json())
    assert Findings.read(tmp_path / "findings.json") == ALL_SORTS


def test_json_of_another_shape_is_refused() -> None:
    with pytest.raises(TypeError, match="no list under `findings`"):
        Findings.from_json({"findings": 3})


def test_reading_findings_imports_no_heavy_library() -> None:
    heavy = {"great_expectations", "pandas", "pyarrow", "torch"}
    code = f"import sys, data_checks.findings; print(sorted({heavy} & set(sys.modules)))"
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "[]"
