"""One check: its expectation, the rows it objects to, and its sentence about a result."""

from dataclasses import dataclass
from typing import Literal, cast

import great_expectations.expectations as gxe
import pandas as pd
from great_expectations.core import ExpectationValidationResult
from great_expectations.expectations.metadata_types import FailureSeverity

from data_checks.findings import Finding, Severity

CRITICAL = FailureSeverity.CRITICAL
WARNING = FailureSeverity.WARNING
Unit = Literal["count", "share", "ratio"]


@dataclass(frozen=True)
class Check:
    """A check of one split, as a Great Expectations rule in words of our own.

    Args:
        name: Names the check across splits, words joined by underscores.
        split: The split it is about.
        expectation: The rule; its severity is the finding's. It is given the rule in words,
            for the Data Docs, and name and split, by which its result finds back.
        fact: What was seen, true of passed and failed results alike; may use {split},
            {observed}, {rows} (the rows objected to) and {total} (all rows of the frame).
        rule: The limit and the setting that moves it; may use {limit}.
        limit: The number the observed value is held against.
        unit: How observed value and limit are written.
        objects_to: Query that picks the rows objected to; None where no row is to blame.
    """

    name: str
    split: str
    expectation: gxe.Expectation
    fact: str
    rule: str
    limit: float = 0
    unit: Unit = "count"
    objects_to: str | None = None

    def __post_init__(self) -> None:
        title = self.name.replace("_", " ")
        self.expectation.description = f"{title}: {self._rule_in_words()}"
        self.expectation.meta = {"check": self.name, "split": self.split}

    @property
    def severity(self) -> Severity:
        """What a failure means."""
        return cast(Severity, self.expectation.severity.value)

    def blamed(self, frame: pd.DataFrame) -> pd.Index:
        """Row numbers the check objects to, from 0."""
        if self.objects_to is None:
            return pd.RangeIndex(0)
        return frame.query(self.objects_to, engine="python").index

    def finding(self, result: ExpectationValidationResult, frame: pd.DataFrame) -> Finding:
        """What a result means, in one sentence."""
        trouble = _exception(result.exception_info)
        if trouble is None and not _has_value(result.result):
            trouble = "there are no values to look at"
        if trouble is not None:
            return self._unchecked(trouble)
        rows = len(self.blamed(frame))
        observed = float(result.result.get("observed_value", rows))
        fact = self.fact.format(
            split=self.split,
            observed=_written(observed, self.unit),
            rows=f"{rows:,}",
            total=f"{len(frame):,}",
        )
        return Finding(
            check=self.name,
            split=self.split,
            severity=self.severity,
            outcome="passed" if result.success else "failed",
            observed=observed,
            limit=self.limit,
            rows=rows,
            message=f"{fact}; {self._rule_in_words()}",
        )

    def _unchecked(self, trouble: str) -> Finding:
        title = self.name.replace("_", " ")
        return Finding(
            check=self.name,
            split=self.split,
            severity=self.severity,
            outcome="unchecked",
            observed=None,
            limit=self.limit,
            rows=0,
            message=f"{title} of {self.split} could not be checked: {trouble}",
        )

    def _rule_in_words(self) -> str:
        return self.rule.format(limit=_written(self.limit, self.unit))


def share_check(
    name: str,
    split: str,
    flag: str,
    *,
    limit: float,
    fact: str,
    setting: str,
    severity: FailureSeverity = WARNING,
) -> Check:
    """A check that at most a share of the rows carries a flag."""
    return Check(
        name,
        split,
        gxe.ExpectColumnMeanToBeBetween(column=flag, max_value=limit, severity=severity),
        fact=fact,
        rule=f"at most {{limit}} is {_demanded(severity)} (data.checks.{setting})",
        limit=limit,
        unit="share",
        objects_to=flag,
    )


def flag_check(
    name: str, split: str, flag: str, *, severity: FailureSeverity, fact: str
) -> Check:
    """A check that no row carries a flag."""
    return Check(
        name,
        split,
        gxe.ExpectColumnValuesToBeInSet(column=flag, value_set=[False], severity=severity),
        fact=fact,
        rule=f"none is {_demanded(severity)}",
        objects_to=flag,
    )


def _demanded(severity: FailureSeverity) -> str:
    return "allowed" if severity == CRITICAL else "expected"


def _has_value(result: dict[str, object]) -> bool:
    """Whether anything was measured: a mean of no rows has no value, a count has."""
    return result.get("observed_value") is not None or "unexpected_count" in result


def _exception(info: dict[str, object]) -> str | None:
    """First line of the exception that a rule ended in, or None.

    Great Expectations gives either one exception, or one for each metric that failed.
    """
    for each in (info, *info.values()):
        if isinstance(each, dict) and each.get("raised_exception"):
            return str(each.get("exception_message", "")).strip().split("\n")[0]
    return None


def _written(value: float, unit: Unit) -> str:
    if unit == "share":
        return f"{100 * value:.3g} %"
    return f"{value:,.0f}" if unit == "count" else f"{value:,.3g}"
