"""What is counted of a column of texts: lengths, words, classes of characters, scripts.

Only distinct words are looked at; a sparse product with their places in the rows gives the
counts of every row, so a million texts cost some seconds.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy import sparse

from data_checks.distributions import CategoryCounts, Distribution, NumberCounts
from models.text.tokenizers import TokenColumn, split_words

OTHER_WORDS = "other words"
NO_LETTERS = "no letters"
CHARACTER_CLASSES = {
    "lower case": r"\p{Ll}",
    "upper case": r"\p{Lu}",
    "other letters and marks": r"[\p{Lt}\p{Lm}\p{Lo}\p{M}]",
    "digits": r"\p{N}",
    "punctuation": r"\p{P}",
    "symbols": r"\p{S}",
}
SCRIPTS = {
    "Latin": r"\p{Latin}",
    "Cyrillic": r"\p{Cyrillic}",
    "Greek": r"\p{Greek}",
    "Arabic": r"\p{Arabic}",
    "Hebrew": r"\p{Hebrew}",
    "Devanagari": r"\p{Devanagari}",
    "Bengali": r"\p{Bengali}",
    "Thai": r"\p{Thai}",
    "Han": r"\p{Han}",
    "Kana": r"[\p{Hiragana}\p{Katakana}]",
    "Hangul": r"\p{Hangul}",
    "another script": r"\p{L}",
}
"""The last takes the letters that those before leave."""


def count_texts(
    texts: pa.Array, *, top_words: Sequence[str], lowercase: bool
) -> Mapping[str, Distribution]:
    """Count the texts of some rows.

    Args:
        texts: large_string, without nulls.
        top_words: The words that are counted by name; all others are one category.
        lowercase: Whether those words are folded.

    Returns:
        Words and characters of a text, top words and classes of characters by unit, and the
        rows by the script that most of their letters are of.
    """
    tokens = split_words(texts, lowercase=False)
    occurrences = _occurrences(tokens)
    return {
        "length in words": NumberCounts.of(tokens.lengths),
        "length in characters": NumberCounts.of(pc.utf8_length(texts).to_numpy()),
        "words": _words(tokens, occurrences, top_words=top_words, lowercase=lowercase),
        "characters": _characters(tokens, occurrences),
        "script": _scripts(tokens, occurrences),
    }


def _occurrences(tokens: TokenColumn) -> "sparse.csr_array[np.int64]":
    """(rows, distinct words) how often each word stands in each text."""
    ones = np.ones(len(tokens.indices), np.int64)
    shape = (len(tokens), len(tokens.words))
    return sparse.csr_array((ones, tokens.indices, tokens.offsets), shape=shape)


def _words(
    tokens: TokenColumn,
    occurrences: "sparse.csr_array[np.int64]",
    *,
    top_words: Sequence[str],
    lowercase: bool,
) -> CategoryCounts:
    words = pc.utf8_lower(tokens.words) if lowercase else tokens.words
    places = pc.index_in(words, value_set=pa.array(top_words, pa.large_string()))
    category = np.asarray(pc.fill_null(places, len(top_words)))
    onehot = sparse.csr_array(
        (np.ones(len(words), np.int64), (np.arange(len(words)), category)),
        shape=(len(words), len(top_words) + 1),
    )
    return CategoryCounts.of_rows([*top_words, OTHER_WORDS], occurrences @ onehot)


def _characters(
    tokens: TokenColumn, occurrences: "sparse.csr_array[np.int64]"
) -> CategoryCounts:
    of_words = [_counted(tokens.words, pattern) for pattern in CHARACTER_CLASSES.values()]
    return CategoryCounts.of_rows(
        list(CHARACTER_CLASSES), occurrences @ np.stack(of_words, axis=1)
    )


def _scripts(tokens: TokenColumn, occurrences: "sparse.csr_array[np.int64]") -> CategoryCounts:
    foreign = np.flatnonzero(~np.asarray(pc.string_is_ascii(tokens.words)))
    of_words = np.zeros((len(tokens.words), len(SCRIPTS)), np.int64)
    of_words[:, 0] = _counted(tokens.words, "[A-Za-z]")
    words = tokens.words.take(pa.array(foreign))
    of_foreign = np.stack([_counted(words, pattern) for pattern in SCRIPTS.values()], axis=1)
    of_foreign[:, -1] -= of_foreign[:, :-1].sum(axis=1)
    of_words[foreign] = of_foreign
    letters = np.asarray(occurrences @ of_words)  # (rows, scripts)
    main = np.where(letters.sum(axis=1) > 0, letters.argmax(axis=1), len(SCRIPTS))
    rows = np.bincount(main, minlength=len(SCRIPTS) + 1)
    return CategoryCounts.of([*SCRIPTS, NO_LETTERS], rows)


def _counted(words: pa.Array, pattern: str) -> NDArray[np.int64]:
    """How often the pattern matches in each word."""
    found = pc.count_substring_regex(words, pattern)
    return np.asarray(found, np.int64)
