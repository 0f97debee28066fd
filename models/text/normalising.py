"""One spelling of what reads the same: Unicode form, spaces, and on request plain letters only.

What is rewritten are runs between spaces, so that a million sentences cost as much as their
distinct runs; a run may come out with spaces in it, or empty. No sign's fate depends on the
run before or after it, so the texts come out as if they had been rewritten whole.
"""

import unicodedata
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

RESERVED = "\uffed"
"""Stands in no rewritten text, so that a tokenizer may mark with it."""

_INVISIBLE = (
    r"[\x{AD}\x{61C}\x{200B}\x{200E}\x{200F}\x{202A}-\x{202E}"
    r"\x{2060}-\x{2064}\x{2066}-\x{206F}\x{FEFF}]+"
)
_TIDY = (
    (_INVISIBLE, ""),
    (r"[\pZ\p{Cc}]+", " "),
    (RESERVED, "\u25a0"),  # its compatible form
)
_LETTERS = (
    ("œ", "oe"),
    ("æ", "ae"),
    ("ß", "ss"),
    ("ø", "o"),
    ("ł", "l"),
    ("đ", "d"),
    ("ı", "i"),
)
"""Letters that no decomposition turns into plain ones."""


def rewritten(runs: pa.Array, *, lowercase: bool, ascii_only: bool) -> pa.Array:
    """Runs in the Unicode form NFC, with plain spaces and without control characters.

    Soft hyphens and their like, invisible inside words, are dropped.

    Args:
        runs: large_string without nulls.
        lowercase: Fold case first.
        ascii_only: Also lower case, without accents; whatever is then no letter from a to z
            and none of .!? becomes a space.
    """
    if lowercase or ascii_only:
        runs = pc.utf8_lower(runs)
    for pattern, replacement in _TIDY:
        runs = pc.replace_substring_regex(runs, pattern=pattern, replacement=replacement)
    if not pc.all(pc.string_is_ascii(runs), min_count=0).as_py():
        runs = _without_accents(runs) if ascii_only else in_form(runs, "NFC")
    if ascii_only:
        runs = pc.replace_substring_regex(runs, pattern="[^a-z.!? ]+", replacement=" ")
    return runs


def in_form(runs: pa.Array, form: Literal["NFC", "NFKD"]) -> pa.Array:
    """Runs without line breaks in a Unicode form.

    Arrow 25's own `utf8_normalize` gives NFD when asked for NFC.
    """
    together = unicodedata.normalize(form, "\n".join(runs.to_pylist()))
    return pa.array(together.split("\n"), pa.large_string())


def _without_accents(runs: pa.Array) -> pa.Array:
    for letter, plain in _LETTERS:
        runs = pc.replace_substring(runs, letter, plain)
    return pc.replace_substring_regex(in_form(runs, "NFKD"), r"\p{M}+", "")
