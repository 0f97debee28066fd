"""The words or pieces a network knows, and whole columns of words turned into their ids."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from models.text.encoded import EncodedColumn, offsets_of
from models.text.pieces import ALPHABET, Merge, bytes_of, cut, cutter, joined, learn
from models.text.tokenizers import JOINER, TokenColumn, join_words, spread
from storage.errors import InputError
from storage.files import write_text

if TYPE_CHECKING:
    from tokenizers import Tokenizer

PAD_ID, UNKNOWN_ID, BOS_ID, EOS_ID = range(4)
SPECIALS = ("<pad>", "<unk>", "<s>", "</s>")
"""Padding, unknown word, begin and end of a sentence. No text yields them: `<` is a sign."""


EVERY_SHARE = (0.0, 1.0)
"""Of texts that a word may stand in."""


@dataclass(frozen=True)
class Vocabulary:
    """Words, or pieces of words, by id; the four specials come first.

    Attributes:
        words: All words or pieces in the order of their ids, specials included.
        merges: Pairs that make the pieces, in the order in which they apply; none if whole
            words are known.
    """

    words: tuple[str, ...]
    merges: tuple[Merge, ...] = ()

    def __post_init__(self) -> None:
        if self.words[: len(SPECIALS)] != SPECIALS:
            raise InputError(
                f"a vocabulary begins with {' '.join(SPECIALS)}, this one with "
                f"{' '.join(self.words[: len(SPECIALS)]) or 'nothing'}; build it again"
            )

    @classmethod
    def build(
        cls,
        tokens: TokenColumn | Iterable[TokenColumn],
        *,
        min_frequency: int = 1,
        max_words: int | None = None,
        text_shares: tuple[float, float] = EVERY_SHARE,
    ) -> "Vocabulary":
        """The most frequent words first, equally frequent ones in the order of their letters.

        The order of rows and parts plays no role.

        Args:
            tokens: The words of the training texts, or of each part of them.
            min_frequency: Rarer words are left out.
            max_words: At most so many words beside the specials.
            text_shares: Words in a smaller or larger share of the texts are left out.
        """
        parts = [tokens] if isinstance(tokens, TokenColumn) else tokens
        counted, texts = [], 0
        for part in parts:
            counted.append(_word_counts(part, in_texts=text_shares != EVERY_SHARE))
            texts += len(part)
        counts = _count(counted)
        if text_shares != EVERY_SHARE:
            least, most = (share * texts for share in text_shares)
            held = counts["texts"]
            counts = counts.filter(
                pc.and_(pc.greater_equal(held, least), pc.less_equal(held, most))
            )
        frequent = counts.filter(pc.greater_equal(counts["count"], max(min_frequency, 1)))
        ordered = frequent.sort_by([("count", "descending"), ("word", "ascending")])
        return cls(SPECIALS + tuple(ordered["word"][:max_words].to_pylist()))

    @classmethod
    def learn_pieces(
        cls,
        words: TokenColumn | Iterable[TokenColumn],
        *,
        min_frequency: int = 1,
        max_pieces: int,
    ) -> "Vocabulary":
        """All bytes, and what the most frequent pairs of pieces merge to, in that order.

        The order of rows and parts plays no role.

        Args:
            words: Those of the training texts, or of each part of them, cut with their spaces.
            min_frequency: Rarer pairs are not merged.
            max_pieces: At most so many pieces beside the specials.
        """
        parts = [words] if isinstance(words, TokenColumn) else words
        counts = _count([_word_counts(part) for part in parts])
        pieces, merges = learn(
            counts["word"].combine_chunks(),
            counts["count"].to_numpy(),
            specials=SPECIALS,
            min_frequency=min_frequency,
            max_pieces=max_pieces,
        )
        return cls(pieces, merges)

    @classmethod
    def load(cls, path: Path) -> "Vocabulary":
        """Read the file that :meth:`save` wrote.

        Raises:
            InputError: If the specials are not its first lines, a word stands twice, or its
                merges do not make its pieces.
        """
        return cls.from_text(path.read_text(encoding="utf-8"), name=path.name)

    @classmethod
    def from_text(cls, text: str, *, name: str = "vocabulary") -> "Vocabulary":
        """The vocabulary that :meth:`to_text` spelt; `name` is for messages."""
        listed, parted, merges = text.removesuffix("\n").partition("\n\n")
        words = tuple(listed.split("\n"))
        if len(set(words)) < len(words):
            twice = Counter(words).most_common(1)[0][0]
            raise InputError(
                f"{name} holds the word {twice!r} twice; each line is one word, and its number "
                f"the word's id: take the file as it was written"
            )
        return cls(words, _merges_of(merges.split("\n"), words, name=name) if parted else ())

    def to_text(self) -> str:
        """One word a line; the line's number, from 0, is the id.

        Of pieces: then an empty line, and one merge a line, its two sides parted by a space.
        """
        merges = [" ".join(merge) for merge in self.merges]
        return "\n".join([*self.words, *([""] if merges else []), *merges]) + "\n"

    def save(self, path: Path) -> None:
        """Write the file that :meth:`load` reads."""
        write_text(path, self.to_text())

    def __len__(self) -> int:
        """Number of ids, specials included."""
        return len(self.words)

    def id_of(self, word: str) -> int:
        """Id of a word; the unknown word's if it is not in the vocabulary."""
        return self._ids.get(word, UNKNOWN_ID)

    def encode(
        self, tokens: TokenColumn, *, max_tokens: int, from_end: bool = False
    ) -> EncodedColumn:
        """Ids of the words of each text, or of their pieces: the first, or last, `max_tokens`.

        A text without words gets one unknown word, so that every text has an answer; its
        counts stay 0. Begin and end of sentence are not added.
        """
        if self.merges:
            tokens = self._in_pieces(tokens)
        lengths = tokens.lengths
        kept = np.minimum(lengths, max_tokens)
        offsets = offsets_of(np.maximum(kept, 1))
        if len(offsets) and np.array_equal(offsets, tokens.offsets):
            indices = tokens.indices
            ids = self._ids_of(tokens.words)[indices]
        else:
            ids = np.full(offsets[-1], UNKNOWN_ID, np.int32)
            places = np.arange(kept.sum())
            begins = offsets_of(kept)[:-1]
            into = places + np.repeat(offsets[:-1] - begins, kept)
            starts = tokens.offsets[1:] - kept if from_end else tokens.offsets[:-1]
            places += np.repeat(starts - begins, kept)
            ids[into] = self._ids_of(tokens.words)[tokens.indices[places]]
        unknown_before = np.zeros(len(ids) + 1, np.int64)
        np.cumsum(ids == UNKNOWN_ID, out=unknown_before[1:])
        unknown = np.diff(unknown_before[offsets])
        return EncodedColumn(
            ids=ids,
            offsets=offsets,
            tokens=lengths,
            unknown=np.where(lengths == 0, 0, unknown),
            truncated=lengths - kept,
        )

    def decode(self, ids: NDArray[np.int32], offsets: NDArray[np.int64]) -> TokenColumn:
        """The words or pieces behind flat ids and their offsets."""
        return TokenColumn(words=self._column, indices=ids, offsets=offsets)

    def texts(self, ids: NDArray[np.int32], offsets: NDArray[np.int64]) -> list[str]:
        """The texts behind flat ids and their offsets: the inverse of encoding written texts.

        Of a vocabulary of pieces the specials say nothing.
        """
        if not self.merges:
            return join_words(self.decode(ids, offsets))
        return joined(TokenColumn(self._bytes, ids, offsets).as_lists())

    def shown(self, ids: Iterable[int]) -> list[str]:
        """Each word or piece by itself, for people: without marks of what it joins."""
        words = [self.words[place] for place in ids]
        if not self.merges:
            return [word.replace(JOINER, "") for word in words]
        return [
            word if word in SPECIALS else bytes_of(word).decode("utf-8", "replace").strip()
            for word in words
        ]

    def _in_pieces(self, words: TokenColumn) -> TokenColumn:
        """The same texts as pieces; each distinct word is cut once."""
        starts, ids = cut(words.words, self._cutter)
        places, offsets = spread(words, starts)
        return TokenColumn(words=self._column, indices=ids[places], offsets=offsets)

    @cached_property
    def _cutter(self) -> "Tokenizer":
        return cutter(self.words, self.merges)

    @cached_property
    def _bytes(self) -> pa.Array:
        pieces = [bytes_of(piece) for piece in self.words[len(SPECIALS) :]]
        return pa.array([*[b""] * len(SPECIALS), *pieces], pa.large_binary())

    @cached_property
    def _column(self) -> pa.Array:
        return pa.array(self.words, pa.large_string())

    @cached_property
    def _ids(self) -> dict[str, int]:
        return {word: number for number, word in enumerate(self.words)}

    def _ids_of(self, words: pa.Array) -> NDArray[np.int32]:
        """Ids of distinct words; a dictionary is quicker for the few of a single request."""
        if words is self._column:
            return np.arange(len(words), dtype=np.int32)
        if len(words) < _FEW_WORDS:
            found = [self.id_of(word) for word in words.to_pylist()]
            return np.array(found, np.int32).reshape(len(words))
        places = pc.index_in(words, value_set=self._column)
        return np.asarray(pc.fill_null(places, UNKNOWN_ID))


_FEW_WORDS = 2_000
_COUNTS = pa.schema([("word", pa.large_string()), ("count", pa.int64()), ("texts", pa.int64())])


def _merges_of(lines: Sequence[str], words: Sequence[str], *, name: str) -> tuple[Merge, ...]:
    """The merges, if they and all bytes make pieces that are listed."""
    known = frozenset(words[len(SPECIALS) :])
    if not set("".join(known)) <= ALPHABET <= known:
        raise InputError(
            f"{name} does not list the {len(ALPHABET)} bytes that pieces are made of, and "
            f"pieces of them alone; take the file as it was written"
        )
    merges = [tuple(line.split(" ")) for line in lines]
    for merge in merges:
        if len(merge) != 2 or not {*merge, "".join(merge)} <= known:
            raise InputError(
                f"{name} holds the merge {' '.join(merge)!r}, which is no two listed pieces "
                f"that make a third; take the file as it was written"
            )
    return cast(tuple[Merge, ...], tuple(merges))


def _word_counts(tokens: TokenColumn, *, in_texts: bool = False) -> pa.Table:
    """Occurrences of each word, and the texts that it stands in where they are asked for."""
    words = len(tokens.words)
    counts = np.bincount(tokens.indices, minlength=words)
    texts = np.zeros(words, np.int64)
    if in_texts and words:
        rows = np.repeat(np.arange(len(tokens)), tokens.lengths)
        different = np.unique(rows * words + tokens.indices)
        texts = np.bincount(different % words, minlength=words)
    return pa.table({"word": tokens.words, "count": counts, "texts": texts}, schema=_COUNTS)


def _count(parts: Sequence[pa.Table]) -> pa.Table:
    """The counts of each word over all parts."""
    if not parts:
        return _COUNTS.empty_table()
    counted = [("count", "sum"), ("texts", "sum")]
    summed = pa.concat_tables(parts).group_by("word").aggregate(counted)
    return summed.rename_columns({"count_sum": "count", "texts_sum": "texts"})
