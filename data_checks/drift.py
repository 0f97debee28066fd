"""Drift that was found: column by column, in words, and as a table."""

from dataclasses import asdict, dataclass
from typing import Literal

from configs.monitoring import DriftCheck
from storage.files import Json

Outcome = Literal["drifted", "small", "same", "unchecked"]
"""small: real, but below the floor. unchecked: too few rows to say anything."""
KOLMOGOROV_SMIRNOV, CHI_SQUARE = "Kolmogorov-Smirnov", "chi-square"


@dataclass(frozen=True)
class ColumnDrift:
    """One column of the new data beside the reference's.

    Attributes:
        name: The column.
        check: The check of the settings that it belongs to.
        outcome: What to think of it.
        test: The test made; empty where none was.
        statistic: Of the test.
        p_value: Of the test alone.
        corrected: The p-value corrected for all tests made.
        effect: Size of the difference: Kolmogorov-Smirnov or Jensen-Shannon distance, or loss
            of accuracy.
        floor: Least effect that matters.
        rows: New rows counted.
        change: What moved most, in words.
    """

    name: str
    check: DriftCheck
    outcome: Outcome
    test: str
    statistic: float
    p_value: float
    corrected: float
    effect: float
    floor: float
    rows: int
    change: str

    @property
    def weight(self) -> float:
        """How many times the floor the effect is; the larger the worse."""
        return self.effect / max(self.floor, 1e-3)

    def sentence(self) -> str:
        """The column's change with its numbers, in one line."""
        if self.outcome == "unchecked":
            return f"{self.name}: {self.change}"
        return (
            f"{self.name}: {self.change} ({self.effect_name} {self.effect:.3f}, "
            f"{p_text(self.corrected)})"
        )

    @property
    def effect_name(self) -> str:
        """What the effect measures."""
        if self.check == "accuracy":
            return "loss"
        return "KS distance" if self.test == KOLMOGOROV_SMIRNOV else "JS distance"


@dataclass(frozen=True)
class Drift:
    """All columns, the worst first.

    Attributes:
        rows: New rows read.
        distinct: Those that say something of their own, which were counted.
        reference_rows: Rows counted for the reference.
        minimum_rows: Fewer than this, and nothing is concluded.
        false_alarm_rate: What the corrected p-values were held against.
        columns: One for each column compared.
    """

    rows: int
    distinct: int
    reference_rows: int
    minimum_rows: int
    false_alarm_rate: float
    columns: tuple[ColumnDrift, ...]

    @property
    def drifted(self) -> tuple[ColumnDrift, ...]:
        """Columns whose drift matters."""
        return tuple(column for column in self.columns if column.outcome == "drifted")

    @property
    def tested(self) -> int:
        """Columns that a test was made of."""
        return sum(column.outcome != "unchecked" for column in self.columns)

    @property
    def concluded(self) -> bool:
        """Whether there were rows enough to conclude anything."""
        return self.tested > 0

    def sentence(self, *, data: str, model: str) -> str:
        """The verdict in one sentence."""
        if not self.concluded:
            return (
                f"{data} has {self.distinct:,} different rows; with fewer than "
                f"{self.minimum_rows:,} nothing is concluded (monitoring.minimum_rows)"
            )
        if not self.drifted:
            small = [column.name for column in self.columns if column.outcome == "small"]
            noted = f"; small but real: {', '.join(small[:3])}" if small else ""
            return (
                f"no drift that matters from what {model} learnt: {self.distinct:,} rows of "
                f"{data}, {self.tested} columns{noted}"
            )
        worst = self.drifted[0]
        more = len(self.drifted) - 1
        others = f", and {more} more of {self.tested} columns" if more else ""
        return (
            f"{data} has drifted from what {model} learnt: {worst.name}, {worst.change}{others}"
        )

    def to_json(self) -> dict[str, Json]:
        """Plain values under the names of the attributes."""
        return {
            "rows": self.rows,
            "distinct": self.distinct,
            "reference_rows": self.reference_rows,
            "minimum_rows": self.minimum_rows,
            "false_alarm_rate": self.false_alarm_rate,
            "drifted": [column.name for column in self.drifted],
            "columns": [asdict(column) for column in self.columns],
        }

    def as_markdown(self, verdict: str) -> str:
        """The verdict above a table of all columns, the worst first."""
        head = "| | column | change | effect | floor | p, corrected | test |"
        lines = [
            f"| {_emphasised(each.outcome)} | {_cell(each.name)} | {_cell(each.change)} "
            f"| {each.effect:.3f} | {each.floor:g} | {p_text(each.corrected)} | {each.test} |"
            for each in self.columns
        ]
        return "\n".join([f"**{_cell(verdict)}**", "", head, f"|{'---|' * 7}", *lines]) + "\n"


def p_text(p_value: float) -> str:
    """`p<0.001`, `p=0.012`."""
    return "p<0.001" if p_value < 0.001 else f"p={p_value:.3f}"


def shortened(text: str, *, longest: int) -> str:
    """The text on one line of at most so many characters."""
    line = " ".join(text.split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def _emphasised(outcome: Outcome) -> str:
    return f"**{outcome}**" if outcome == "drifted" else outcome


def _cell(text: str) -> str:
    """Text that cannot end a cell of a Markdown table, nor open a tag."""
    return text.replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")
