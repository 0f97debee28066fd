"""What a person may set about turning text into ids."""

from typing import Literal

from pydantic import Field

from configs.base import Config
from configs.data import OwnFile


class TextConfig(Config):
    """Tokenizer and vocabulary; for pairs the same settings hold on both sides."""

    tokenizer: Literal["words", "bpe"] = Field(
        "words",
        description="words: runs of word characters, and each other sign by itself. bpe: parts "
        "of words, merged by frequency in the training texts, so that no word is unknown.",
    )
    joint_vocabulary: bool = Field(
        False, description="bpe of pairs: one vocabulary for both sides."
    )
    normalise: Literal["nfc", "ascii"] = Field(
        "nfc",
        description="nfc: canonical Unicode, plain spaces, no control characters. "
        "ascii: also lower case, no accents, letters and .!? only.",
    )
    lowercase: bool = Field(True, description="Fold case before the vocabulary is built.")
    min_frequency: int = Field(1, ge=1, description="Rarer training words become unknown.")
    max_vocabulary: int = Field(
        50_000, ge=4, description="Most frequent words kept, or parts of words."
    )
    max_tokens: int = Field(256, ge=1, le=100_000, description="Longer texts are cut here.")
    vectors: OwnFile | None = Field(
        None,
        description="word2vec or GloVe text file that embeddings start from; the command line "
        "takes a path and keeps the file in the home folder.",
    )
