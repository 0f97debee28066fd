"""Letters by script, counted from code points."""

import unicodedata

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_checks.scripts import FAMILIES, letters_by_script


def counted(*texts: str) -> list[dict[str, int]]:
    letters = letters_by_script(pa.array(texts, pa.large_string()))
    return [
        {name: int(n) for name, n in zip(FAMILIES, row, strict=True) if n} for row in letters
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It's 5 o'clock", {"Latin": 9}),
        ("Ça va ? Œuf", {"Latin": 7}),
        ("ещё раз a", {"Cyrillic": 6, "Latin": 1}),
        ("東京でラーメン", {"Han and Kana": 7}),
        ("안녕", {"Hangul": 2}),
        ("ქართული", {"another script": 7}),
        ("12 – 3 😀", {}),
        ("", {}),
    ],
)
def test_letters_count_for_their_script(text: str, expected: dict[str, int]) -> None:
    assert counted(text) == [expected]


@given(
    st.lists(st.text(st.sampled_from("aéЖ東ッ7 ك😀"), max_size=6), max_size=8),
    st.integers(0, 3),
)
def test_a_text_counts_alike_whatever_stands_beside_it(texts: list[str], start: int) -> None:
    column = pa.array(texts, pa.large_string())[start:]
    alone = [counted(text)[0] for text in texts[start:]]
    together = letters_by_script(column)
    assert [
        {name: int(n) for name, n in zip(FAMILIES, row, strict=True) if n} for row in together
    ] == alone


@given(st.text(max_size=30))
def test_every_letter_counts_once(text: str) -> None:
    letters = letters_by_script(pa.array([text], pa.large_string()))
    certain = sum(unicodedata.category(sign).startswith("L") for sign in text)
    possible = certain + sum(unicodedata.category(sign)[0] in "MNSP" for sign in text)
    assert certain <= int(letters.sum()) <= possible
    assert letters.dtype == np.int64
