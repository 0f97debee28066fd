"""What the gate found: one finding per check and split, and how it reads."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, cast

from storage.files import Json, read_json

Severity = Literal["critical", "warning"]
Outcome = Literal["passed", "failed", "unchecked"]
STANDINGS = ("critical", "unchecked", "warning", "passed")


@dataclass(frozen=True)
class Finding:
    """One check of one split.

    Args:
        check: Name of the check, words joined by underscores.
        split: The split it looked at.
        severity: What a failure means: critical stops the run, a warning is shown.
        outcome: unchecked is neither passed nor failed: the check could not be made.
        observed: The value that was compared with the limit; None where there is none.
        limit: The limit; None where the check has none but zero.
        rows: How many rows (for checks of classes: classes) the check objects to.
        message: One sentence with the value and the limit.
    """

    check: str
    split: str
    severity: Severity
    outcome: Outcome
    observed: float | None
    limit: float | None
    rows: int
    message: str

    @property
    def title(self) -> str:
        """The check's name as people read it."""
        return self.check.replace("_", " ")

    @property
    def standing(self) -> str:
        """Outcome and severity in one word: critical, unchecked, warning or passed."""
        return self.severity if self.outcome == "failed" else self.outcome

    def to_json(self) -> dict[str, Json]:
        """Plain values under the names of the attributes."""
        return asdict(self)


@dataclass(frozen=True)
class Findings:
    """All findings of one run of the gate, in the order of the checks."""

    findings: tuple[Finding, ...]

    @property
    def passed(self) -> tuple[Finding, ...]:
        """What was checked and is well."""
        return tuple(each for each in self.findings if each.outcome == "passed")

    @property
    def critical(self) -> tuple[Finding, ...]:
        """What must stop a run: critical checks that failed or could not be made."""
        return tuple(
            each
            for each in self.findings
            if each.severity == "critical" and each.outcome != "passed"
        )

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """Failures that are shown only."""
        return tuple(each for each in self.findings if each.standing == "warning")

    @property
    def unchecked(self) -> tuple[Finding, ...]:
        """What could not be checked, of either severity."""
        return tuple(each for each in self.findings if each.outcome == "unchecked")

    def worst_first(self) -> list[Finding]:
        """Critical failures, what could not be checked, warnings, then what passed."""
        return sorted(self.findings, key=lambda each: STANDINGS.index(each.standing))

    def headline(self) -> str:
        """Checks by outcome, such as "14 checks passed, 1 warning".

        A check counts once, by its worst split.
        """
        worst: dict[str, str] = {}
        for each in self.worst_first():
            worst.setdefault(each.check, each.standing)
        count = Counter(worst.values())
        parts = [f"{_counted(count['passed'], 'check')} passed"]
        if count["critical"]:
            parts.append(f"{count['critical']} failed")
        if count["unchecked"]:
            parts.append(f"{count['unchecked']} could not be checked")
        if count["warning"]:
            parts.append(_counted(count["warning"], "warning"))
        return ", ".join(parts)

    def as_markdown(self) -> str:
        """A table of all findings, the worst first."""
        rows = [
            f"| {_emphasised(each.standing)} | {each.title} | {each.split} "
            f"| {_escaped(each.message)} |"
            for each in self.worst_first()
        ]
        head = ["| outcome | check | split | finding |", "|---|---|---|---|"]
        return "\n".join([f"**{self.headline()}**", "", *head, *rows]) + "\n"

    def to_json(self) -> Json:
        """Plain values, as `from_json` reads them."""
        return {"findings": [each.to_json() for each in self.findings]}

    @classmethod
    def read(cls, path: Path) -> "Findings":
        """The findings that the gate wrote to `findings.json`."""
        return cls.from_json(read_json(path))

    @classmethod
    def from_json(cls, value: Json) -> "Findings":
        """Findings from the plain values of `to_json`.

        Raises:
            TypeError: If the values are of another shape.
        """
        listed = value["findings"] if isinstance(value, Mapping) else None
        if not isinstance(listed, list):
            raise TypeError("findings.json holds no list under `findings`; run the gate again")
        return cls(tuple(Finding(**cast(dict[str, object], each)) for each in listed))  # type: ignore[arg-type]


def _emphasised(standing: str) -> str:
    return standing if standing == "passed" else f"**{standing}**"


def _escaped(text: str) -> str:
    """Text that cannot end a cell of a Markdown table, nor open a tag."""
    return text.replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
