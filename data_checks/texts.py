"""What is counted of a column of texts: lengths, words, classes of characters, scripts.

Only distinct words are looked at; a sparse product with their places in the rows gives the
counts of every row, so a million texts cost some seconds.
"""

from collections.abc import Collection, Mapping, Sequence

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
    "lower case": ("[a-z]", r"\p{Ll}"),
    "upper case": ("[A-Z]", r"\p{Lu}"),
    "other letters and marks": ("", r"[\p{Lt}\p{Lm}\p{Lo}\p{M}]"),
    "digits": ("[0-9]", r"\p{N}"),
    "punctuation": (r"[!-#%-*,-/:;?@\[-\]_{}]", r"\p{P}"),
    "symbols": (r"[$+<=>^`|~]", r"\p{S}"),
}
"""Patterns for ASCII and for other words: RE2 takes milliseconds to build the latter."""
SCRIPTS = {
    "Latin": ("[A-Za-z]", r"\p{Latin}"),
    "Cyrillic": ("", r"\p{Cyrillic}"),
    "Greek": ("", r"\p{Greek}"),
    "Arabic": ("", r"\p{Arabic}"),
    "Hebrew": ("", r"\p{Hebrew}"),
    "Devanagari": ("", r"\p{Devanagari}"),
    "Bengali": ("", r"\p{Bengali}"),
    "Thai": ("", r"\p{Thai}"),
    "Han": ("", r"\p{Han}"),
    "Kana": ("", r"[\p{Hiragana}\p{Katakana}]"),
    "Hangul": ("", r"\p{Hangul}"),
    "another script": ("", r"\p{L}"),
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
    occurrences = occurrences_of(tokens)
    return {
        "length in words": NumberCounts.of(tokens.lengths),
        "length in characters": NumberCounts.of(pc.utf8_length(texts).to_numpy()),
        "words": top_word_counts(tokens, occurrences, top_words=top_words, lowercase=lowercase),
        "characters": _characters(tokens, occurrences),
        "script": _scripts(tokens, occurrences),
    }


def occurrences_of(tokens: TokenColumn) -> "sparse.csr_array[np.int64]":
    """(rows, distinct words) how often each word stands in each text."""
    ones = np.ones(len(tokens.indices), np.int64)
    shape = (len(tokens), len(tokens.words))
    return sparse.csr_array((ones, tokens.indices, tokens.offsets), shape=shape)


def top_word_counts(
    tokens: TokenColumn,
    occurrences: "sparse.csr_array[np.int64]",
    *,
    top_words: Sequence[str],
    lowercase: bool,
) -> CategoryCounts:
    """Counts of the top words by name, and of all others together, by row."""
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
    of_words = _matches(tokens.words, CHARACTER_CLASSES.values())
    return CategoryCounts.of_rows(list(CHARACTER_CLASSES), occurrences @ of_words)


def _scripts(tokens: TokenColumn, occurrences: "sparse.csr_array[np.int64]") -> CategoryCounts:
    of_words = _matches(tokens.words, SCRIPTS.values())
    foreign = ~np.asarray(pc.string_is_ascii(tokens.words))
    of_words[foreign, -1] -= of_words[foreign, :-1].sum(axis=1)
    letters = np.asarray(occurrences @ of_words)  # (rows, scripts)
    main = np.where(letters.sum(axis=1) > 0, letters.argmax(axis=1), len(SCRIPTS))
    rows = np.bincount(main, minlength=len(SCRIPTS) + 1)
    return CategoryCounts.of([*SCRIPTS, NO_LETTERS], rows)


def _matches(words: pa.Array, patterns: Collection[tuple[str, str]]) -> NDArray[np.int64]:
    """(words, patterns) how often each pattern matches in each word."""
    ascii_only = pc.string_is_ascii(words)
    found = np.zeros((len(words), len(patterns)), np.int64)
    for kind, chosen in enumerate((ascii_only, pc.invert(ascii_only))):
        part, rows = words.filter(chosen), np.flatnonzero(chosen)
        for place, pattern in enumerate(patterns):
            if len(part) and pattern[kind]:
                found[rows, place] = pc.count_substring_regex(part, pattern[kind])
    return found
