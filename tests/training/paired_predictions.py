"""Prediction tables of two made-up models, as an evaluation writes them."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Bools = NDArray[np.bool_]


class Pair(NamedTuple):
    """What the first and the second model answered to the same rows."""

    first: pd.DataFrame
    second: pd.DataFrame


def rows_of(number: int, random: np.random.Generator) -> pd.DataFrame:
    """Test rows of two even classes and of 3 to 29 tokens, each a group of its own."""
    frame = pd.DataFrame(
        {
            "id": np.arange(number),
            "group": [f"{place:016x}" for place in range(number)],
            "text": [f"text {place}" for place in range(number)],
            "label": np.where(random.random(number) < 0.5, "bad", "good"),
            "tokens": random.integers(3, 30, number),
        }
    )
    return frame.astype({"group": "str", "text": "str", "label": "str"})


def answered(rows: pd.DataFrame, right: Bools) -> pd.DataFrame:
    """The rows with the right answer where the mask says so, else the other class."""
    other = np.where(rows["label"] == "bad", "good", "bad")
    predicted = np.where(right, rows["label"], other)
    return rows.assign(predicted=pd.array(predicted, dtype="str"))


def pair(number: int, *, gain: float, differing: float, seed: int) -> Pair:
    """Two models of about 85 % whose answers differ on a share of the rows.

    Args:
        number: Rows.
        gain: Expected accuracy of the second minus the first's, 0 to 1.
        differing: Share of the rows on which one of the two is wrong, the other right.
        seed: Same seed, same rows.
    """
    random = np.random.default_rng(seed)
    rows = rows_of(number, random)
    differs = random.random(number) < differing
    second_better = random.random(number) < (1 + gain / differing) / 2
    both = random.random(number) < 0.85
    first = np.where(differs, ~second_better, both)
    second = np.where(differs, second_better, both)
    return Pair(answered(rows, first), answered(rows, second))
