"""How many letters of each text are of which script.

Of texts with other signs than ASCII only the distinct runs between spaces are looked at.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from data_checks.texts import SCRIPTS

_OTHERS = "another script"
_ALONE = [name for name in SCRIPTS if name not in ("Han", "Kana", _OTHERS)]
FAMILIES = {
    **{name: SCRIPTS[name][1] for name in _ALONE},
    # Japanese is written in both; U+30FC lengthens a vowel in either kana, so it is of neither
    "Han and Kana": r"[\p{Han}\p{Hiragana}\p{Katakana}\x{30FC}]",
    _OTHERS: SCRIPTS[_OTHERS][1],
}
"""RE2 of a letter of each; where two match, the first counts."""
_LATIN = list(FAMILIES).index("Latin")
_NO_LETTER = len(FAMILIES)
_CODE_POINTS = 0x110000


def letters_by_script(texts: pa.LargeStringArray) -> NDArray[np.int64]:
    """(rows, families) letters of each text, in the order of FAMILIES.

    Args:
        texts: Without nulls.
    """
    letters = np.zeros((len(texts), len(FAMILIES)), np.int64)
    is_ascii = pc.string_is_ascii(texts)
    letters[np.flatnonzero(is_ascii), _LATIN] = _ascii_letters(texts.filter(is_ascii))
    foreign = pc.invert(is_ascii)
    letters[np.flatnonzero(foreign)] = _letters_in_runs(texts.filter(foreign))
    return letters


def _ascii_letters(texts: pa.LargeStringArray) -> NDArray[np.int64]:
    """(rows,) letters of texts of ASCII alone."""
    data, offsets = _content(texts)
    is_letter = (np.frombuffer(data, np.uint8) | 32) - ord("a") < 26
    letters = np.zeros(len(texts), np.int64)
    filled = np.flatnonzero(np.diff(offsets))
    if len(filled):
        starts = offsets[filled] - offsets[0]
        letters[filled] = np.add.reduceat(is_letter, starts, dtype=np.uint32)
    return letters


def _letters_in_runs(texts: pa.LargeStringArray) -> NDArray[np.int64]:
    """(rows, families) letters of each text; its runs between spaces recur in others."""
    runs = pc.ascii_split_whitespace(texts)
    distinct = runs.flatten().dictionary_encode()
    of_runs, run = _letters_of(distinct.dictionary), np.asarray(distinct.indices)
    starts, ends = np.asarray(runs.offsets)[:-1], np.asarray(runs.offsets)[1:]
    letters = np.zeros((len(texts), len(FAMILIES)), np.int64)
    for family in np.flatnonzero(of_runs.any(axis=0)):
        until = np.concatenate([[0], np.cumsum(of_runs[:, family][run])])
        letters[:, family] = until[ends] - until[starts]
    return letters


def _letters_of(runs: pa.LargeStringArray) -> NDArray[np.int64]:
    """(runs, families) letters of each run of signs, code point by code point."""
    letters = np.zeros((len(runs), len(FAMILIES)), np.int64)
    points = _code_points(runs)
    ends = np.cumsum(pc.utf8_length(runs).to_numpy())
    family_of = _family_of_each(points)[points]
    for family in range(len(FAMILIES)):
        of_family = family_of == family
        if of_family.any():
            until = np.concatenate([[0], np.cumsum(of_family)])
            letters[:, family] = np.diff(until[ends], prepend=0)
    return letters


def _code_points(texts: pa.LargeStringArray) -> NDArray[np.uint32]:
    """All texts' code points, one text after the other."""
    data, _ = _content(texts)
    return np.frombuffer(str(data, "utf-8").encode("utf-32-le"), np.uint32)


def _content(texts: pa.LargeStringArray) -> tuple[memoryview, NDArray[np.int64]]:
    """The texts' bytes, one text after the other, and where each begins in a longer buffer."""
    offsets = np.frombuffer(texts.buffers()[1], np.int64)[texts.offset :][: len(texts) + 1]
    return memoryview(texts.buffers()[2] or b"")[offsets[0] : offsets[-1]], offsets


def _family_of_each(points: NDArray[np.uint32]) -> NDArray[np.uint8]:
    """(code points,) the family of those that occur; other entries mean nothing."""
    table = np.full(_CODE_POINTS, _NO_LETTER, np.uint8)
    seen = np.zeros(_CODE_POINTS, np.bool_)
    seen[points] = True
    present = np.flatnonzero(seen)
    characters = pa.array([chr(point) for point in present], pa.large_string())
    for family, pattern in reversed(list(enumerate(FAMILIES.values()))):
        table[present[pc.match_substring_regex(characters, pattern).to_numpy(False)]] = family
    return table
