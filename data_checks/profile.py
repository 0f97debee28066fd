"""The profile of the data a champion learnt from: small, exact counts that outlive the data."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, cast

from configs.data import Problem
from configs.monitoring import DriftCheck
from data_checks.distributions import CategoryCounts, Distribution, NumberCounts
from storage.errors import InputError
from storage.files import Json, read_json, write_json

FILE = "profile.json"
FORMAT = 1


@dataclass(frozen=True)
class Column:
    """One column of a profile.

    Attributes:
        name: As people read it, such as `text length in words`.
        check: The check of the settings that it belongs to.
        counted_on: Which rows, in words.
        counts: Its distribution.
    """

    name: str
    check: DriftCheck
    counted_on: str
    counts: Distribution

    def __add__(self, other: Self) -> Self:
        """The same column of further rows added."""
        one, two = self.counts, other.counts
        total: Distribution
        if isinstance(one, NumberCounts) and isinstance(two, NumberCounts):
            total = one + two
        else:
            assert isinstance(one, CategoryCounts)
            assert isinstance(two, CategoryCounts)
            total = one + two
        return type(self)(self.name, self.check, self.counted_on, total)

    def to_json(self) -> Json:
        """Plain values, as `from_json` reads them."""
        kind = "numbers" if isinstance(self.counts, NumberCounts) else "categories"
        return {
            "name": self.name,
            "check": self.check,
            "counted_on": self.counted_on,
            "kind": kind,
            "counts": self.counts.to_json(),
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Self:
        """The column that `to_json` spelt."""
        kind = NumberCounts if content["kind"] == "numbers" else CategoryCounts
        counts = kind.from_json(content["counts"])
        return cls(content["name"], content["check"], content["counted_on"], counts)


@dataclass(frozen=True)
class Profile:
    """What some rows are like; rows of one group count once.

    Attributes:
        problem: What the model does with a row.
        rows: Rows looked at, repeats included.
        distinct: Groups among them: what was counted.
        top_words: By text column, the words that are counted by name.
        columns: The distributions.
    """

    problem: Problem
    rows: int
    distinct: int
    top_words: Mapping[str, tuple[str, ...]]
    columns: tuple[Column, ...]

    def column(self, name: str) -> Column | None:
        """The column of that name, if there is one."""
        return next((column for column in self.columns if column.name == name), None)

    def write(self, folder: Path) -> None:
        """Write `profile.json`."""
        content: Json = {
            "format": FORMAT,
            "problem": self.problem,
            "rows": self.rows,
            "distinct": self.distinct,
            "top_words": {side: list(words) for side, words in self.top_words.items()},
            "columns": [column.to_json() for column in self.columns],
        }
        write_json(folder / FILE, content)

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read the file that `write` wrote.

        Raises:
            InputError: If it is of a format that this version does not know.
        """
        content = cast(dict[str, Any], read_json(path))
        if content.get("format") != FORMAT:
            raise InputError(
                f"{path} is a profile of format {content.get('format')!r}, this version reads "
                f"format {FORMAT}; train the model again, or use the version that wrote it"
            )
        return cls(
            problem=content["problem"],
            rows=content["rows"],
            distinct=content["distinct"],
            top_words={side: tuple(words) for side, words in content["top_words"].items()},
            columns=tuple(Column.from_json(each) for each in content["columns"]),
        )
