"""The text columns of each problem's tables, and what belongs to them."""

from dataclasses import dataclass
from typing import assert_never

import pandas as pd
import pyarrow as pa

from configs.data import Problem
from configs.text import TextConfig
from models.text.encoding import tokenize
from models.text.tokenizers import TokenColumn


@dataclass(frozen=True)
class TextSide:
    """A text column of the tables.

    Attributes:
        column: Name of the column.
        prefix: What the names of its arrays, counts and vocabulary begin with.
        written: Whether the model writes this side, so that its words must join to text.
    """

    column: str
    prefix: str
    written: bool

    @property
    def vocabulary_file(self) -> str:
        """Name of the side's vocabulary in the tokens folder."""
        return f"{self.prefix}vocabulary.txt"

    def words(self, frame: pd.DataFrame, text: TextConfig) -> TokenColumn:
        """The words of each text, uncut."""
        texts = pa.array(frame[self.column], from_pandas=True)
        return tokenize(texts, text, written=self.written)


def sides_of(problem: Problem) -> tuple[TextSide, ...]:
    """The text columns of a problem's tables."""
    match problem:
        case "classification":
            return (TextSide("text", "", written=False),)
        case "events":
            return (TextSide("events", "", written=False),)
        case "tagging":
            return (TextSide("tokens", "", written=False),)
        case "language_modelling":
            return (TextSide("text", "", written=True),)
        case "translation":
            return (
                TextSide("source", "source_", written=False),
                TextSide("target", "target_", written=True),
            )
        case _:
            assert_never(problem)
