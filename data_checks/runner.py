"""The gate between data and training: it checks the tables and writes down what it found."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from configs.data import SPLITS, DataConfig, SplitName
from data_checks.checks import Check
from data_checks.failing import write_failing
from data_checks.findings import Finding, Findings
from data_checks.frames import Seen, SplitTable, class_frame, column_frame, row_frame
from data_checks.gate import Gate
from data_checks.suites import class_suite, column_suite, row_suite
from storage.files import write_json, write_text


def check(tables: Path, tokens: Path, folder: Path, *, data: DataConfig) -> Findings:
    """Check the split tables and the counts that tokenizing wrote.

    Args:
        tables: Folder of the split tables.
        tokens: Folder of the tokens, with `<split>/counts.parquet`.
        folder: Where `findings.json`, `summary.md`, `failing/` and `data_docs/` go.
        data: The problem and the limits.

    Returns:
        What was found; a failed check is a finding, not an exception.
    """
    gate = Gate()
    found: list[Finding] = []
    for inspection in _inspections(tables, tokens, data):
        findings = gate.findings(inspection.name, inspection.frame, inspection.suite)
        for finding, each in zip(findings, inspection.suite, strict=True):
            write_failing(
                folder / "failing",
                finding,
                each,
                frame=inspection.frame,
                table=inspection.table,
            )
        found += findings
    result = Findings(tuple(found))
    write_json(folder / "findings.json", result.to_json())
    write_text(folder / "summary.md", result.as_markdown())
    gate.write_data_docs(folder / "data_docs", result)
    return result


@dataclass(frozen=True)
class _Inspection:
    """A frame, its suite, and the split its rows are of; None where they are of none."""

    name: str
    frame: pd.DataFrame
    suite: Sequence[Check]
    table: SplitTable | None = None


def _inspections(tables: Path, tokens: Path, data: DataConfig) -> list[_Inspection]:
    """Every frame with its suite, in the order they are shown."""
    splits = [SplitTable.open(tables, name) for name in SPLITS]
    seen = Seen()
    frames: dict[SplitName, pd.DataFrame] = {
        table.name: row_frame(table, data.problem, tokens=tokens, seen=seen) for table in splits
    }
    inspections = [
        _Inspection("columns", column_frame(splits, data.problem), column_suite()),
        *(
            _Inspection(
                table.name,
                frames[table.name],
                row_suite(table.name, data.problem, limits=data.checks),
                table,
            )
            for table in splits
        ),
    ]
    if data.problem == "classification":
        inspections.append(
            _Inspection("classes", class_frame(frames), class_suite(data.checks))
        )
    return inspections
