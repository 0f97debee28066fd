"""Whole columns of text cut into characters, line ends too, and characters joined again."""

import unicodedata
from collections.abc import Iterable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from models.text.tokenizers import TextColumn, TokenColumn, as_text_column

LINE_END = "\\n"
"""How the line feed is written in a vocabulary, which has a word on each line. No other
character is two signs long."""
_LINE_FEED, _BETWEEN = "\n", "\0"
_DROPPED = r"[\x00-\x08\x0b-\x1f\x7f-\x{9f}]"


def split_characters(texts: TextColumn, *, lowercase: bool) -> TokenColumn:
    """Every character of each text, in the Unicode form NFC, without control characters.

    Args:
        texts: Strings, an Arrow array, or a pandas column of strings.
        lowercase: Fold case first.
    """
    column = pc.replace_substring(as_text_column(texts), "\r\n", _LINE_FEED)
    column = pc.replace_substring_regex(column, _DROPPED, "")
    column = pc.utf8_lower(column) if lowercase else column
    # Arrow 25's own `utf8_normalize` gives NFD when asked for NFC
    listed = unicodedata.normalize("NFC", _BETWEEN.join(column.to_pylist())).split(_BETWEEN)
    lengths = [len(text) for text in listed][: len(column)]
    points = np.frombuffer("".join(listed).encode("utf-32-le"), np.uint32)
    distinct, indices = np.unique(points, return_inverse=True)
    words = [chr(point) for point in distinct.tolist()]
    return TokenColumn(
        words=pa.array(
            [LINE_END if word == _LINE_FEED else word for word in words], pa.large_string()
        ),
        indices=indices.astype(np.int32),
        offsets=np.cumsum([0, *lengths], dtype=np.int64),
    )


def join_characters(characters: Iterable[str]) -> str:
    """The text of characters as a vocabulary spells them."""
    return "".join(_LINE_FEED if each == LINE_END else each for each in characters)
