"""Whole columns of text cut into words, and words joined to text again.

Only the distinct runs between spaces are looked at in full: a million sentences hold some
ten thousand of them, so case, Unicode form and signs cost next to nothing, and the words
come out as numbers into a short list without a Python object per word.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from models.text.normalising import RESERVED, rewritten
from storage.errors import InputError

JOINER = RESERVED
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
        lists: list[list[str]] = self.as_lists().to_pylist()
        return lists

    def as_lists(self) -> pa.Array:
        """The words of each text, as an Arrow list array."""
        return pa.LargeListArray.from_arrays(self.offsets, self.words.take(self.indices))


def split_words(
    texts: TextColumn, *, lowercase: bool, ascii_only: bool = False, mark_joins: bool = False
) -> TokenColumn:
    """Cut each text into runs of letters, marks and digits, and every other sign by itself.

    Before that, texts come into one spelling: see :mod:`models.text.normalising`. A missing
    text is an empty one; an empty text has no words.

    Args:
        texts: Strings, an Arrow array, or a pandas column of strings.
        lowercase: Fold case first.
        ascii_only: Keep nothing but lower-case letters without accents, and .!?
        mark_joins: Mark each sign on the sides where it touches a neighbour, so that
            :func:`join_words` gives the text back. For the side that is written, not read.
    """
    runs = runs_of(texts)
    spelt = rewritten(runs.words, lowercase=lowercase, ascii_only=ascii_only)
    sign = _ASCII_SIGN if _is_ascii(spelt) else _SIGN
    cut = _replaced(spelt, _marked(sign) if mark_joins else _parted(sign))
    # Arrow 25's utf8_split_whitespace sometimes reads past the column's last sign
    return cut_again(runs, pc.split_pattern(cut, pattern=" "))


def split_spaced_words(
    texts: TextColumn, *, lowercase: bool, ascii_only: bool = False
) -> TokenColumn:
    """Cut each text into runs of letters, single digits and runs of signs, spaces kept.

    A word begins with the space before it, the first of a text with one too: joined without
    anything between, the words of a text are the text after one space. Marks and joiners
    belong to what they follow.

    Args:
        texts: As for :func:`split_words`, and brought into the same spelling.
        lowercase: Fold case first.
        ascii_only: Keep nothing but lower-case letters without accents, and .!?
    """
    runs = runs_of(texts)
    spelt = rewritten(runs.words, lowercase=lowercase, ascii_only=ascii_only)
    kinds = _ASCII_KINDS if _is_ascii(spelt) else _KINDS
    cut = _replaced(pc.ascii_trim(spelt, " "), ((" *([^ ]+)", rf"{_CUT} \1"), *kinds))
    return cut_again(runs, pc.split_pattern(cut, pattern=_CUT))


def given_words(texts: TextColumn, *, lowercase: bool) -> TokenColumn:
    """The runs between spaces, one word for each, whatever signs are in them.

    Args:
        texts: As for :func:`split_words`; each run comes into the same spelling, but for a
            space inside, which becomes an underscore.
        lowercase: Fold case first.
    """
    runs = runs_of(texts)
    spelt = rewritten(runs.words, lowercase=lowercase, ascii_only=False)
    whole = pc.replace_substring(pc.ascii_trim(spelt, " "), " ", "_")
    named = pc.if_else(pc.and_(pc.equal(whole, ""), pc.not_equal(runs.words, "")), "_", whole)
    one_each = pa.LargeListArray.from_arrays(np.arange(len(named) + 1), named)
    return cut_again(runs, one_each)


def normalised_texts(
    texts: TextColumn, *, lowercase: bool, ascii_only: bool = False
) -> pa.Array:
    """The texts, as large strings, in the spelling that both ways of cutting give them.

    Args:
        texts: As for :func:`split_words`.
        lowercase: Fold case.
        ascii_only: Keep nothing but lower-case letters without accents, and .!?
    """
    runs = runs_of(texts)
    spelt = rewritten(runs.words, lowercase=lowercase, ascii_only=ascii_only)
    spaced = cut_again(runs, pc.split_pattern(spelt, pattern=" "))
    return pc.binary_join(spaced.as_lists(), pa.scalar(" ", pa.large_string()))


def join_words(tokens: TokenColumn) -> list[str]:
    """The texts behind words that were split with marked joins, up to normalisation.

    Words without a mark are parted by one space.
    """
    spaced = pc.binary_join(tokens.as_lists(), pa.scalar(" ", pa.large_string()))
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


def runs_of(texts: TextColumn) -> TokenColumn:
    """The runs between ASCII spaces, some of them empty."""
    runs = pc.ascii_split_whitespace(as_text_column(texts))
    distinct = runs.flatten().dictionary_encode()
    return TokenColumn(
        words=distinct.dictionary,
        indices=np.asarray(distinct.indices),
        offsets=np.asarray(runs.offsets).astype(np.int64),
    )


def cut_again(runs: TokenColumn, pieces: pa.Array) -> TokenColumn:
    """The texts of these runs as texts of the runs' pieces, a list for each distinct run."""
    starts, words = _without_empty(pieces)
    words = words.dictionary_encode()
    places, offsets = spread(runs, starts)
    return TokenColumn(
        words=words.dictionary, indices=np.asarray(words.indices)[places], offsets=offsets
    )


def spread(
    tokens: TokenColumn, starts: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where the parts of each text's words lie, when each distinct word has parts.

    Args:
        tokens: The words of the texts.
        starts: (distinct words + 1,) word i's parts are those at `starts[i]` to
            `starts[i + 1]` of a list of all parts.

    Returns:
        Places in that list, one text after the other, and the (rows + 1,) texts' offsets
        into them.
    """
    counts = np.diff(starts)[tokens.indices]
    ends = np.zeros(len(counts) + 1, np.int64)
    np.cumsum(counts, out=ends[1:])
    places = np.arange(ends[-1])
    places += np.repeat(starts[:-1][tokens.indices] - ends[:-1], counts)
    return places, ends[tokens.offsets]


def _is_ascii(runs: pa.Array) -> bool:
    return bool(pc.all(pc.string_is_ascii(runs), min_count=0).as_py())


def _replaced(runs: pa.Array, passes: tuple[tuple[str, str], ...]) -> pa.Array:
    for pattern, replacement in passes:
        runs = pc.replace_substring_regex(runs, pattern=pattern, replacement=replacement)
    return runs


_SIGN = r"([^\pL\pM\pN_\x{200C}\x{200D} ])"  # the two joiners spell Persian, Indic words, emoji
_ASCII_SIGN = r"([^\w ])"  # the same for ASCII; building the other takes RE2 5 ms, each time
_CUT = "\x01"
"""Marks where to cut: control characters are spaces by then, so this one is free."""
_KINDS = (
    (r"( ?\pN)", rf"{_CUT}\1{_CUT}"),
    (rf"( ?[^\pL\pM\pN\x{{200C}}\x{{200D}} {_CUT}][^\pL\pN {_CUT}]*)", rf"{_CUT}\1{_CUT}"),
)
_ASCII_KINDS = (
    ("( ?[0-9])", rf"{_CUT}\1{_CUT}"),
    (f"( ?[^A-Za-z0-9 {_CUT}]+)", rf"{_CUT}\1{_CUT}"),
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
