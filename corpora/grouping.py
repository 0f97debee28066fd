"""Which rows say the same: the key that groups them, and its hash."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from corpora.columns import Columns, in_form, replacing, rewritten, rewritten_where, text_column

Hashes = NDArray[np.uint64]

_SIPHASH_KEY = "seqflow-group-01"
"""16 bytes; part of what a group's hash means, so it never changes."""
_FOREIGN_APOSTROPHES = r"[\x{2018}\x{2019}\x{02BC}]"
_PUNCTUATION = r" *[!-#%-*,-/:;?@\[-\]_{}]+ *"
"""ASCII's share of the class \\p{P}, with the spaces around it."""
_HEX = np.array([f"{byte:02x}".encode() for byte in range(256)], dtype="S2")


def group_key(column: pa.LargeStringArray) -> pa.LargeStringArray:
    """What rows of one group share: NFKC, case folded, no punctuation or surplus spaces.

    `Don't  stop!` and `don’t stop` have one key. Text that is nothing but punctuation keeps
    it, or all of it would be one group. Emoji and other symbols are not punctuation.
    """
    foreign = pc.invert(pc.string_is_ascii(column))
    folded = rewritten_where(foreign, pc.ascii_lower(column), _folded)
    plain = rewritten_where(foreign, folded, _without_foreign_punctuation)
    joined = pc.replace_substring(plain, "'", "")
    bare = pc.replace_substring_regex(joined, _PUNCTUATION, " ")
    single = rewritten(bare, r"\s\s|[\t-\r]", replacing(r"\s+", " "))
    key = pc.utf8_trim(single, " ")
    return pc.if_else(pc.equal(key, ""), folded, key)


def hash_of(column: pa.LargeStringArray) -> Hashes:
    """SipHash-2-4 of each text's UTF-8 bytes, stirred once more by SplitMix64's finaliser.

    pandas computes it over the whole column. Both functions are published (Aumasson and
    Bernstein 2012; Steele, Lea and Flood 2014), and a test holds the result against them, so
    a change in pandas cannot move rows between splits unnoticed. Among a million texts two
    share a hash with a chance of 3e-8; they would then only stand in the same split.
    """
    texts = pd.array(column, dtype="str")
    hashes = pd.util.hash_array(texts, hash_key=_SIPHASH_KEY, categorize=False)
    return hashes.astype(np.uint64, copy=False)


def row_hash(columns: Columns) -> Hashes:
    """One hash of all that each row says, column by column."""
    frame = pd.DataFrame({n: pd.array(c, dtype="str") for n, c in columns.items()})
    hashes = pd.util.hash_pandas_object(
        frame, index=False, hash_key=_SIPHASH_KEY, categorize=False
    )
    return hashes.to_numpy().astype(np.uint64, copy=False)


def as_hex(hashes: Hashes) -> pa.LargeStringArray:
    """Each hash as 16 hex digits."""
    digits = _HEX[hashes.astype(">u8").view(np.uint8)]
    offsets = np.arange(0, 16 * len(hashes) + 1, 16, dtype=np.int64)
    return pa.LargeStringArray.from_buffers(
        len(hashes), pa.py_buffer(offsets), pa.py_buffer(digits)
    )


def _folded(column: pa.LargeStringArray) -> pa.LargeStringArray:
    normal = pd.Series(pd.array(in_form(column, "NFKC"), dtype="str"))
    return text_column(normal.str.casefold())


def _without_foreign_punctuation(column: pa.LargeStringArray) -> pa.LargeStringArray:
    joined = pc.replace_substring_regex(column, _FOREIGN_APOSTROPHES, "")
    return pc.replace_substring_regex(joined, r"[^\P{P}\x00-\x7f]+", " ")
