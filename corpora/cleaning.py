"""Rules that mend or drop rows before the split; each says how many rows it touched."""

import functools
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from configs.data import CleaningConfig, Problem, Removed
from corpora.columns import Change, Columns, Mask, differs
from corpora.normalising import CHANGES, CHANGES_OF, suspects
from corpora.posts import without
from corpora.tables import CONTENT

_NO_TEXTS = ("label", "case", "gaps")
"""Columns whose length says nothing of the row's."""


@dataclass(frozen=True)
class Cleaned:
    """What cleaning left of a chunk.

    Attributes:
        columns: The content columns, only of the rows that stay.
        stays: For every row given, whether it stays.
        changed: Rows that each rule changed.
        dropped: Rows that each rule dropped; a row counts for the first rule that drops it.
    """

    columns: Columns
    stays: Mask
    changed: dict[str, int]
    dropped: dict[str, int]


def clean(
    columns: Columns,
    rules: CleaningConfig,
    *,
    problem: Problem,
    removed: Collection[Removed] = (),
) -> Cleaned:
    """Apply all rules but the one on duplicates, which has to see every row.

    Args:
        columns: The problem's content columns, of equal length; null counts as blank. New
            rows may come without label or target.
        rules: What the user set.
        problem: Decides which columns hold text.
        removed: Parts of posts that are taken out before all else.
    """
    content = [name for name in CONTENT[problem] if name in columns]
    texts = [name for name in content if name not in _NO_TEXTS]
    changes = CHANGES_OF.get(problem, CHANGES)
    given = {name: columns[name] for name in content}
    if removed:
        given |= {name: _without(given[name], removed) for name in texts}
    mended, changed = _mended(given, changes)
    stays = np.ones(len(mended[texts[0]]), dtype=np.bool_)
    dropped = {}
    for rule, fulfilled in _requirements(mended, rules, texts=texts):
        dropped[rule] = int((stays & ~fulfilled).sum())
        stays &= fulfilled
    kept = mended if stays.all() else {n: c.filter(pa.array(stays)) for n, c in mended.items()}
    return Cleaned(kept, stays, changed, dropped)


def _without(column: pa.LargeStringArray, removed: Collection[Removed]) -> pa.LargeStringArray:
    """The posts without these parts, their lines ended by line feeds alone."""
    posts = (
        text and without(text.replace("\r\n", "\n"), removed) for text in column.to_pylist()
    )
    return pa.array(posts, pa.large_string())


def _mended(columns: Columns, changes: Mapping[str, Change]) -> tuple[Columns, dict[str, int]]:
    """The columns after all changes, and how many rows each change touched."""
    whole = {name: pc.fill_null(column, "") for name, column in columns.items()}
    suspect = functools.reduce(pc.or_, (suspects(column) for column in whole.values()))
    part = {name: column.filter(suspect) for name, column in whole.items()}
    changed = {}
    for rule, change in changes.items():
        after = {name: change(column) for name, column in part.items()}
        changed[rule] = int(_touched(part, after).sum())
        part = after
    return {n: pc.replace_with_mask(c, suspect, part[n]) for n, c in whole.items()}, changed


def _touched(before: Columns, after: Columns) -> Mask:
    """True for a row that is not what it was, in any of the columns afterwards."""
    touched: Mask = np.logical_or.reduce([differs(before[n], after[n]) for n in after])
    return touched


def _requirements(
    columns: Columns, rules: CleaningConfig, *, texts: list[str]
) -> Iterator[tuple[str, Mask]]:
    """What a row must fulfil to stay, by the name of the rule it would break."""
    yield "blank", np.logical_and.reduce([_lengths(column) > 0 for column in columns.values()])
    lengths = [_lengths(columns[name]) for name in texts]
    shortest, longest = np.minimum.reduce(lengths), np.maximum.reduce(lengths)
    yield "too_short", shortest >= rules.min_characters
    yield "too_long", longest <= rules.max_characters
    if rules.min_words > 1:
        words = np.minimum.reduce([_words(columns[name]) for name in texts])
        yield "too_few_words", words >= rules.min_words
    if texts == ["source", "target"]:
        yield "uneven", longest <= rules.max_length_ratio * shortest
        yield "untranslated", differs(columns["source"], columns["target"])


def _lengths(column: pa.LargeStringArray) -> NDArray[np.int64]:
    """Characters of each text."""
    lengths: NDArray[np.int64] = pc.utf8_length(column).to_numpy(zero_copy_only=False)
    return lengths


def _words(column: pa.LargeStringArray) -> NDArray[np.int64]:
    """Words of each text, as runs between spaces."""
    counts = pc.count_substring_regex(column, r"\S+")
    words: NDArray[np.int64] = counts.to_numpy(zero_copy_only=False)
    return words
