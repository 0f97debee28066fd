"""Byte pair encoding: words cut into pieces that the training words share.

Sennrich et al. 2016, on bytes as in Radford et al. 2019 (GPT-2), section 2.2: a word is its
UTF-8 bytes, each shown as one printable character, and pieces are merged bytes. Every text of
every script is made of the same 210 bytes, so no word is unknown and the way back is exact;
with characters as the smallest piece, a rare one would need a second spelling to fall back to,
and texts that hold that spelling a third. The library `tokenizers` learns and applies merges.
"""

import json
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Merge: TypeAlias = tuple[str, str]

_BYTES = (*range(0x20, 0x7F), *range(0x80, 0xC0), *range(0xC2, 0xF5))
"""Those of UTF-8 without control characters, which no rewritten text holds."""
_SHOWN_AS_THEMSELVES = frozenset([*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)])
_OTHERS = [byte for byte in range(256) if byte not in _SHOWN_AS_THEMSELVES]
_SHOWN = {
    byte: chr(byte if byte in _SHOWN_AS_THEMSELVES else 256 + _OTHERS.index(byte))
    for byte in _BYTES
}
"""GPT-2's characters: a space is Ġ, é is Ã©."""
_BYTE_OF = {ord(shown): byte for byte, shown in _SHOWN.items()}
ALPHABET = frozenset(_SHOWN.values())
"""The characters that pieces are spelt with; each is a piece by itself."""
_AT_ONCE = 1_000


def learn(
    words: pa.Array,
    counts: NDArray[np.int64],
    *,
    specials: Sequence[str],
    min_frequency: int,
    max_pieces: int,
) -> tuple[tuple[str, ...], tuple[Merge, ...]]:
    """The specials, all bytes and the most frequent merges of the words.

    Args:
        words: Distinct words, as :func:`models.text.tokenizers.split_spaced_words` cuts them.
        counts: (distinct words,) how often each occurs.
        specials: Words that come first and are never cut into nor merged.
        min_frequency: Rarer pairs of pieces are not merged.
        max_pieces: At most so many pieces beside the specials.

    Returns:
        Pieces in the order of their ids, and merges in the order in which they apply.
    """
    from tokenizers import Tokenizer
    from tokenizers.models import BPE
    from tokenizers.pre_tokenizers import CharDelimiterSplit
    from tokenizers.trainers import BpeTrainer

    tokenizer = Tokenizer(BPE())
    tokenizer.pre_tokenizer = CharDelimiterSplit(" ")
    trainer = BpeTrainer(
        vocab_size=len(specials) + max_pieces,
        min_frequency=min_frequency,
        special_tokens=list(specials),
        initial_alphabet=sorted(ALPHABET),
        show_progress=False,
    )
    tokenizer.train_from_iterator(_repeated(words, counts), trainer)
    ids = tokenizer.get_vocab()
    merges = json.loads(tokenizer.to_str())["model"]["merges"]
    return tuple(sorted(ids, key=ids.__getitem__)), tuple((a, b) for a, b in merges)


def cutter(pieces: Sequence[str], merges: Sequence[Merge]) -> "Tokenizer":
    """What :func:`cut` cuts with; no special is ever found in a text."""
    from tokenizers import Tokenizer
    from tokenizers.models import BPE

    return Tokenizer(BPE({piece: i for i, piece in enumerate(pieces)}, list(merges)))


def cut(words: pa.Array, tokenizer: "Tokenizer") -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Cut distinct words into pieces.

    Returns:
        (words + 1,) where each word's pieces start, and the ids of all pieces.
    """
    encodings = tokenizer.encode_batch_fast(spelt(words), add_special_tokens=False)
    ids = [encoding.ids for encoding in encodings]
    starts = np.zeros(len(ids) + 1, np.int64)
    np.cumsum([len(one) for one in ids], out=starts[1:])
    return starts, np.fromiter(chain.from_iterable(ids), np.int32, starts[-1])


def spelt(words: pa.Array) -> list[str]:
    """Words in the characters of the alphabet."""
    if not len(words):
        return []
    together = "\n".join(words.to_pylist()).encode().decode("latin-1")
    return together.translate(_SHOWN).split("\n")


def bytes_of(piece: str) -> bytes:
    """The bytes that a piece stands for.

    Raises:
        KeyError: If it holds another character than the alphabet's.
    """
    return bytes(_BYTE_OF[ord(shown)] for shown in piece)


def joined(pieces: pa.Array) -> list[str]:
    """The texts behind lists of pieces' bytes, without the space that they begin with.

    What is no UTF-8, as only a network puts pieces together, becomes U+FFFD.
    """
    whole = pc.binary_join(pieces, pa.scalar(b"", pa.large_binary())).to_pylist()
    return [text.decode("utf-8", "replace").removeprefix(" ") for text in whole]


def _repeated(words: pa.Array, counts: NDArray[np.int64]) -> Iterator[str]:
    """Each word as often as it occurs: the library counts words, and takes no counts."""
    for word, count in zip(spelt(words), counts.tolist(), strict=True):
        whole, rest = divmod(count, _AT_ONCE)
        yield from [f"{word} " * _AT_ONCE] * whole
        if rest:
            yield f"{word} " * rest
