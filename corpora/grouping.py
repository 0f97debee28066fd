"""Which rows say the same: the key that groups them, and its hash."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from corpora.columns import Columns, replacing, rewritten, text_column

Hashes = NDArray[np.uint64]

_SIPHASH_KEY = "seqflow-group-01"
"""16 bytes; part of what a group's hash means, so it never changes."""
_NOT_ASCII = r"[^\x00-\x7f]"
_APOSTROPHES = r"['\x{2019}\x{02BC}]"
_PUNCTUATION = r"[!-#%-*,-/:;?@\[-\]_{}\x{a1}\x{a7}\x{ab}\x{b6}\x{b7}\x{bb}\x{bf}]"
"""ASCII and Latin-1 punctuation by code point: three times as fast as the class \\p{P}."""
_HEX = np.array([f"{byte:02x}".encode() for byte in range(256)], dtype="S2")


def group_key(column: pa.LargeStringArray) -> pa.LargeStringArray:
    """What rows of one group share: NFKC, case folded, no punctuation or surplus spaces.

    `Don't  stop!` and `don’t stop` have one key. Text that is nothing but punctuation keeps
    it, or all of it would be one group. Emoji and other symbols are not punctuation.
    """
    folded = rewritten(pc.ascii_lower(column), _NOT_ASCII, _folded)
    joined = rewritten(folded, _APOSTROPHES, replacing(_APOSTROPHES, ""))
    bare = rewritten(joined, _PUNCTUATION, replacing(f"{_PUNCTUATION}+", " "))
    bare = rewritten(bare, _NOT_ASCII, replacing(r"\p{P}+", " "))
    single = rewritten(bare, r"\s\s|[^\S ]", replacing(r"\s+", " "))
    key = pc.utf8_trim_whitespace(single)
    return pc.if_else(pc.equal(key, ""), folded, key)


def hash_of(column: pa.LargeStringArray) -> Hashes:
    """SipHash-2-4 of each text's UTF-8 bytes.

    pandas computes it over the whole column. The function is a published one (Aumasson and
    Bernstein 2012), and a test holds it against an implementation of the paper, so a change
    in pandas cannot move rows between splits unnoticed. Two texts of a million share a hash
    with a chance of 3e-8; they would then only stand in the same split.
    """
    texts = pd.array(column, dtype="str")
    return pd.util.hash_array(texts, hash_key=_SIPHASH_KEY, categorize=False)


def row_hash(columns: Columns) -> Hashes:
    """One hash of all that each row says, column by column."""
    frame = pd.DataFrame({n: pd.array(c, dtype="str") for n, c in columns.items()})
    hashes: Hashes = pd.util.hash_pandas_object(
        frame, index=False, hash_key=_SIPHASH_KEY, categorize=False
    ).to_numpy(np.uint64)
    return hashes


def as_hex(hashes: Hashes) -> pa.LargeStringArray:
    """Each hash as 16 hex digits."""
    digits = _HEX[hashes.astype(">u8").view(np.uint8)]
    offsets = np.arange(0, 16 * len(hashes) + 1, 16, dtype=np.int64)
    return pa.LargeStringArray.from_buffers(
        len(hashes), pa.py_buffer(offsets), pa.py_buffer(digits)
    )


def _folded(column: pa.LargeStringArray) -> pa.LargeStringArray:
    normal = pd.Series(pd.array(pc.utf8_normalize(column, form="NFKC"), dtype="str"))
    return text_column(normal.str.casefold())
