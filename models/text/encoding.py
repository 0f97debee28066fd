"""From texts to ids as a config says, the same in training and in prediction."""

from typing import assert_never

from configs.text import TextConfig
from models.text.tokenizers import TextColumn, TokenColumn, split_words
from models.text.vocabulary import EncodedColumn, Vocabulary


def tokenize(texts: TextColumn, text: TextConfig, *, written: bool = False) -> TokenColumn:
    """The words of each text.

    Args:
        texts: Strings, an Arrow array, or a pandas column of strings.
        text: How to cut them.
        written: True for the side that a network writes: its words then carry what is
            needed to join them to text again.
    """
    match text.tokenizer:
        case "words":
            return split_words(texts, lowercase=text.lowercase, mark_joins=written)
        case _:
            assert_never(text.tokenizer)


def encode_texts(
    texts: TextColumn, text: TextConfig, *, vocabulary: Vocabulary
) -> EncodedColumn:
    """The ids of texts that a network reads, cut at the config's `max_tokens`."""
    return vocabulary.encode(tokenize(texts, text), max_tokens=text.max_tokens)
