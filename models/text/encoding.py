"""From texts to ids as a config says, the same in training and in prediction."""

from typing import assert_never

import pyarrow as pa

from configs.text import TextConfig
from models.text.characters import split_characters
from models.text.encoded import EncodedColumn
from models.text.terms import split_terms
from models.text.tokenizers import (
    TextColumn,
    TokenColumn,
    given_words,
    normalised_texts,
    split_spaced_words,
    split_words,
)
from models.text.vocabulary import Vocabulary


def normalised(texts: TextColumn, text: TextConfig) -> pa.Array:
    """The texts in the spelling that a network reads and writes, as large strings.

    Both tokenizers bring texts into it first, and decoding gives it back exactly. What is
    compared with written texts, as references are, is brought into it by this.
    """
    return normalised_texts(
        texts, lowercase=text.lowercase, ascii_only=text.normalise == "ascii"
    )


def tokenize(texts: TextColumn, text: TextConfig, *, written: bool = False) -> TokenColumn:
    """The words of each text; a vocabulary of pieces cuts them further.

    Args:
        texts: Strings, an Arrow array, or a pandas column of strings.
        text: How to cut them.
        written: True for the side that a network writes: its words then carry what is
            needed to join them to text again. Words that are cut further always do.
    """
    lowercase, ascii_only = text.lowercase, text.normalise == "ascii"
    match text.tokenizer:
        case "words":
            return split_words(
                texts, lowercase=lowercase, ascii_only=ascii_only, mark_joins=written
            )
        case "given":
            return given_words(texts, lowercase=lowercase)
        case "terms":
            return split_terms(
                texts,
                lowercase=lowercase,
                min_letters=text.min_letters,
                stop_words=text.stop_words,
                lemmas=text.lemmas,
            )
        case "characters":
            return split_characters(texts, lowercase=lowercase)
        case "bpe":
            return split_spaced_words(texts, lowercase=lowercase, ascii_only=ascii_only)
        case _:
            assert_never(text.tokenizer)


def encode_texts(
    texts: TextColumn, text: TextConfig, *, vocabulary: Vocabulary, written: bool = False
) -> EncodedColumn:
    """The ids of texts, cut at the config's `max_tokens`.

    Args:
        texts: Strings, an Arrow array, or a pandas column of strings.
        text: How to cut them.
        vocabulary: That of their side.
        written: True for the side that a network writes.
    """
    return vocabulary.encode(
        tokenize(texts, text, written=written),
        max_tokens=text.max_tokens,
        from_end=text.keep == "end",
    )
