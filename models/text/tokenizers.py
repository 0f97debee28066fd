"""Whole columns of text cut into words, and words joined to text again.

Only the distinct runs between spaces are looked at in full: a million sentences hold some
ten thousand of them, so case, Unicode form and signs cost next to nothing, and the words
come out as numbers into a short list without a Python object per word.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from storage.errors import InputError

JOINER = "\uffed"
"""Stands on the side where a sign touches its neighbour, as in OpenNMT's tokenizer."""

TextColumn: TypeAlias = "Sequence[str | None] | pa.Array | pa.ChunkedArray"


@dataclass(frozen=True)
class TokenColumn:
    """The words of many texts: each word once, and per text a run of indices into them.

    Attributes:
        words: The distinct words, an Arrow array of large strings.
        indices: (N,) int32, the texts' words one after the other, as places in `words`.
        offsets: (rows + 1,) int64; text i holds `indices[offsets[i] : offsets[i + 1]]`.
    """

    words: pa.Array
    indices: NDArray[np.int32]
    offsets: NDArray[np.int64]

    def __len__(self) -> int:
        """Number of texts."""
        return len(self.offsets) - 1

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Words of each text."""
        return np.diff(self.offsets)

    def to_lists(self) -> list[list[str]]:
        """The words of each text, as Python strings: for few rows."""
        lists: list[list[str]] = self._as_arrow().to_pylist()
        return lists

    def _as_arrow(self) -> pa.Array:
        return pa.LargeListArray.from_arrays(self.offsets, self.words.take(self.indices))


def split_words(texts: TextColumn, *, lowercase: bool, mark_joins: bool = False) -> TokenColumn:
    """Cut each text into runs of letters, marks and digits, and every other sign by itself.

    Before that, texts come into the Unicode form NFC, white space and control characters
    become plain spaces, and soft hyphens and their like, invisible inside words, are dropped.
    A missing text is an empty one; an empty text has no words.

    Args:
        texts: Strings, an Arrow array, or a pandas column of strings.
        lowercase: Fold case first.
        mark_joins: Mark each sign on the sides where it touches a neighbour, so that
            :func:`join_words` gives the text back. For the side that is written, not read.
    """
    runs = pc.ascii_split_whitespace(as_text_column(texts))
    distinct = runs.flatten().dictionary_encode()
    pieces = _words_of(distinct.dictionary, lowercase=lowercase, mark_joins=mark_joins)
    starts, words = _without_empty(pieces)
    words = words.dictionary_encode()
    run_of = np.asarray(distinct.indices)
    counts = np.diff(starts)[run_of]
    ends = np.zeros(len(run_of) + 1, np.int64)
    np.cumsum(counts, out=ends[1:])
    places = np.arange(ends[-1])
    places += np.repeat(starts[:-1][run_of] - ends[:-1], counts)
    return TokenColumn(
        words=words.dictionary,
        indices=np.asarray(words.indices)[places],
        offsets=ends[np.asarray(runs.offsets)],
    )


def join_words(tokens: TokenColumn) -> list[str]:
    """The texts behind words that were split with marked joins, up to normalisation.

    Words without a mark are parted by one space.
    """
    spaced = pc.binary_join(tokens._as_arrow(), pa.scalar(" ", pa.large_string()))
    joined: list[str] = pc.replace_substring_regex(
        spaced, pattern=f" ?{JOINER} ?", replacement=""
    ).to_pylist()
    return joined


def as_text_column(texts: TextColumn) -> pa.Array:
    """One Arrow array of large strings; missing texts become empty, lone surrogates U+FFFD.

    Raises:
        InputError: If something else than text is among them.
    """
    try:
        column = pa.array(texts, from_pandas=True)
    except UnicodeEncodeError:
        column = pa.array([_without_surrogates(text) for text in texts], pa.large_string())
    except pa.ArrowException as error:
        raise InputError(f"texts are wanted, one string a row: {error}") from error
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if not _is_text(kind):
        raise InputError(f"texts are wanted, one string a row, but these are of type {kind}")
    return pc.fill_null(column.cast(pa.large_string()), "")


def _is_text(kind: pa.DataType) -> bool:
    return kind in (pa.string(), pa.large_string(), pa.string_view(), pa.null())


def _without_surrogates(text: str | None) -> str | None:
    return text and text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _words_of(runs: pa.Array, *, lowercase: bool, mark_joins: bool) -> pa.Array:
    """The words of each run between spaces, as a list array; splitting may leave empty ones."""
    if lowercase:
        runs = pc.utf8_lower(runs)
    runs = _replaced(runs, _TIDY)
    sign = _ASCII_SIGN
    if not pc.all(pc.string_is_ascii(runs)).as_py():
        runs, sign = _composed(runs), _SIGN
    runs = _replaced(runs, _marked(sign) if mark_joins else _parted(sign))
    # Arrow 25's utf8_split_whitespace sometimes reads past the column's last sign
    return pc.split_pattern(runs, pattern=" ")


def _replaced(runs: pa.Array, passes: tuple[tuple[str, str], ...]) -> pa.Array:
    for pattern, replacement in passes:
        runs = pc.replace_substring_regex(runs, pattern=pattern, replacement=replacement)
    return runs


def _composed(runs: pa.Array) -> pa.Array:
    """Unicode form NFC; Arrow 25's own `utf8_normalize` gives NFD when asked for NFC."""
    together = unicodedata.normalize("NFC", "\n".join(runs.to_pylist()))
    return pa.array(together.split("\n"), pa.large_string())


_INVISIBLE = (
    r"[\x{AD}\x{61C}\x{200B}\x{200E}\x{200F}\x{202A}-\x{202E}"
    r"\x{2060}-\x{2064}\x{2066}-\x{206F}\x{FEFF}]+"
)
_SIGN = r"([^\pL\pM\pN_\x{200C}\x{200D} ])"  # the two joiners spell Persian, Indic words, emoji
_ASCII_SIGN = r"([^\w ])"  # the same for ASCII; building the other takes RE2 5 ms, each time
_TIDY = (
    (_INVISIBLE, ""),
    (r"[\pZ\p{Cc}]+", " "),
    (JOINER, "\u25a0"),  # its compatible form: the mark is ours alone
)


def _parted(sign: str) -> tuple[tuple[str, str], ...]:
    return ((sign, r" \1 "),)


def _marked(sign: str) -> tuple[tuple[str, str], ...]:
    before, after = "\x01", "\x02"  # control characters are spaces by now, so these are free
    return (
        (sign, rf"{before}\1{after}"),
        (f"(^| ){before}", r"\1"),
        (f"{after}( |$)", r"\1"),
        (f"{after}{before}|{before}", f" {JOINER}"),
        (after, f"{JOINER} "),
    )


def _without_empty(pieces: pa.Array) -> tuple[NDArray[np.int64], pa.Array]:
    """Where each run's words start, and all words, without the empty ones of splitting."""
    words = pieces.flatten()
    real = np.asarray(pc.greater(pc.binary_length(words), 0), bool)
    before = np.zeros(len(real) + 1, np.int64)
    np.cumsum(real, out=before[1:])
    return before[np.asarray(pieces.offsets)], words.filter(pa.array(real))
