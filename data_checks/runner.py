"""The gate between data and training: it checks the tables and writes down what it found."""

from pathlib import Path

from configs.data import DataConfig
from data_checks.failing import write_failing
from data_checks.findings import Finding, Findings
from data_checks.gate import Gate
from data_checks.inspections import inspections_of
from storage.faults import fault_point
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
    for inspection in inspections_of(tables, tokens, data):
        findings = gate.findings(inspection.name, inspection.frame, inspection.suite)
        for finding, each in zip(findings, inspection.suite, strict=True):
            if finding.outcome == "failed":
                write_failing(folder / "failing", each, inspection)
        found += findings
    fault_point("validate.middle")
    result = Findings(tuple(found))
    write_json(folder / "findings.json", result.to_json())
    write_text(folder / "summary.md", result.as_markdown())
    gate.write_data_docs(folder / "data_docs", result)
    return result
