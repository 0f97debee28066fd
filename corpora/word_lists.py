"""Lists of words as text: one space between two words, and none inside one."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

WORD_COLUMNS = ("tokens", "tags")
"""Our columns of words, and of what is said of each."""
LIST_COLUMNS = (*WORD_COLUMNS, "events", "gaps")
"""Our columns that may be lists in a source."""
_SPACES = r"[\s\x{85}\x{A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000}]+"

NUMBER = r"([+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?)"
"""A gap as it may be written, which is finite."""
_WORD = _SPACES.replace("[", "[^", 1)


def joined_words(words: pa.Array, offsets: NDArray[np.int64]) -> pa.Array:
    """(rows,) large strings; a space inside a word becomes an underscore.

    Args:
        words: (N,) large strings, of all rows one after the other.
        offsets: (rows + 1,).
    """
    if pc.any(pc.match_substring_regex(words, _SPACES)).as_py():
        words = pc.replace_substring_regex(words, _SPACES, "_")
    lists = pa.LargeListArray.from_arrays(offsets, words)
    return pc.binary_join(lists, pa.scalar(" ", pa.large_string()))


def joined_lists(lists: pa.Array) -> pa.Array:
    """(rows,) large strings; null for no list, and for one with a blank word."""
    lists = lists.cast(pa.large_list(pa.large_string()))
    lengths = pc.fill_null(pc.list_value_length(lists), 0).to_numpy()
    words = pc.list_flatten(lists)
    blank = pc.equal(pc.utf8_trim_whitespace(pc.fill_null(words, "")), "")
    row = np.repeat(np.arange(len(lists)), lengths)
    broken = lists.is_null().to_numpy(zero_copy_only=False).copy()
    broken[row[blank.to_numpy(zero_copy_only=False)]] = True
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    return pc.if_else(pa.array(broken), None, joined_words(pc.fill_null(words, ""), offsets))


def is_list(kind: pa.DataType) -> bool:
    """Whether values of the type are lists of text or of numbers."""
    if not (pa.types.is_list(kind) or pa.types.is_large_list(kind)):
        return False
    textual = (pa.string(), pa.large_string(), pa.string_view(), pa.null())
    number = pa.types.is_integer(kind.value_type) or pa.types.is_floating(kind.value_type)
    return number or kind.value_type in textual


def untagged(words: pa.Array, tags: pa.Array) -> pa.Array:
    """(rows,) why the tags of a sentence are none, as large strings; null where they are.

    Args:
        words: (rows,) strings of words between spaces; null says nothing.
        tags: (rows,) likewise; `_` is what CoNLL-U writes for none.
    """
    numbers = [pc.count_substring_regex(each, _WORD) for each in (words, tags)]
    counts = [number.cast(pa.large_string()) for number in numbers]
    between, end, none = (
        pa.scalar(t, pa.large_string()) for t in (" words, but ", " tags", "")
    )
    told = pc.binary_join_element_wise(counts[0], between, counts[1], end, none)
    missing = pc.match_substring_regex(tags, r"(^|\s)_(\s|$)")
    reason = pa.scalar("a word has no tag but _", pa.large_string())
    reasons = pc.if_else(missing, reason, pa.scalar(None, pa.large_string()))
    return pc.if_else(pc.not_equal(*numbers), told, reasons)


def ungapped(events: pa.Array, gaps: pa.Array) -> pa.Array:
    """(rows,) why the gaps of a sequence are none, as large strings; null where they are.

    Args:
        events: (rows,) strings of events between spaces; null says nothing.
        gaps: (rows,) likewise, of numbers.
    """
    numbers = [pc.count_substring_regex(each, _WORD) for each in (events, gaps)]
    counts = [number.cast(pa.large_string()) for number in numbers]
    between, end, none = (
        pa.scalar(t, pa.large_string()) for t in (" events, but ", " gaps", "")
    )
    told = pc.binary_join_element_wise(counts[0], between, counts[1], end, none)
    strange = pc.invert(pc.match_substring_regex(gaps, rf"^(\s|{NUMBER})*$"))
    reason = pa.scalar("a gap is no number", pa.large_string())
    reasons = pc.if_else(strange, reason, pa.scalar(None, pa.large_string()))
    return pc.if_else(pc.not_equal(*numbers), told, reasons)
