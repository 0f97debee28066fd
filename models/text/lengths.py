"""How long texts are as their tokens write them, and what it takes to spell unknown words."""

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from configs.text import TextConfig
from models.text.encoded import EncodedColumn
from models.text.encoding import normalised, tokenize
from models.text.tokenizers import JOINER, TextColumn, as_text_column
from models.text.vocabulary import Vocabulary

_BITS_OF_A_BYTE = 8


class WrittenLengths(NamedTuple):
    """What bits of texts are divided by, and what they lack.

    Attributes:
        characters: (rows,) int64, of each text as its tokens write it: but for characters by
            themselves, line ends and runs of spaces are one space, and one stands before it.
        spelling: (rows,) int64, bits that the unknown words of each text take: 8 for each byte
            of UTF-8, and of words 8 for the end. Without them, a model that knows few words
            would look good.
    """

    characters: NDArray[np.int64]
    spelling: NDArray[np.int64]


def written_lengths(
    texts: TextColumn, encoded: EncodedColumn, text: TextConfig, *, vocabulary: Vocabulary
) -> WrittenLengths:
    """Lengths of running texts.

    Args:
        texts: Strings, an Arrow array, or a pandas column of strings.
        encoded: The same as ids.
        text: How they are cut.
        vocabulary: That of the ids.
    """
    by_itself = text.tokenizer == "characters"
    column = as_text_column(texts) if by_itself else normalised(texts, text)
    characters = pc.utf8_length(column).to_numpy(zero_copy_only=False).astype(np.int64)
    spelling = np.zeros(len(column), np.int64)
    places = np.flatnonzero(encoded.unknown)
    if len(places):
        some = as_text_column(texts).take(pa.array(places))
        spelling[places] = _spelling(some, text, vocabulary=vocabulary)
    return WrittenLengths(characters + (0 if by_itself else 1), spelling)


def _spelling(
    texts: pa.Array, text: TextConfig, *, vocabulary: Vocabulary
) -> NDArray[np.int64]:
    tokens = tokenize(texts, text, written=True)
    known = pc.is_in(tokens.words, value_set=pa.array(vocabulary.words, tokens.words.type))
    bare = pc.replace_substring(tokens.words, JOINER, "")
    end = 0 if text.tokenizer == "characters" else 1
    cost = _BITS_OF_A_BYTE * (pc.binary_length(bare).to_numpy(zero_copy_only=False) + end)
    cost = np.where(known.to_numpy(zero_copy_only=False), 0, cost).astype(np.int64)
    until = np.concatenate([[0], np.cumsum(cost[tokens.indices])])
    spelling: NDArray[np.int64] = np.diff(until[tokens.offsets])
    return spelling
