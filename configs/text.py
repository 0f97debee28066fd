"""What a person may set about turning text into ids."""

from typing import Literal, Self

from pydantic import Field, model_validator

from configs.base import Config
from configs.data import OwnFile

FEWEST_PIECES = 256
"""Smallest vocabulary of bpe: the 210 bytes that texts are made of, and some merges."""


class TextConfig(Config):
    """Tokenizer and vocabulary; for pairs the same settings hold on both sides."""

    tokenizer: Literal["words", "bpe", "given", "characters", "terms"] = Field(
        "words",
        description="words: runs of word characters, and each other sign by itself. bpe: parts "
        "of words, merged by frequency in the training texts, so that no word is unknown. "
        "given: the words between spaces, as tagged sentences have them. characters: every "
        "character by itself, line ends too. terms: runs of letters, for bags of words.",
    )
    min_letters: int = Field(
        3, ge=1, le=100, description="terms: shorter runs of letters are left out."
    )
    stop_words: Literal["none", "english"] = Field(
        "none", description="terms: words left out because they say little."
    )
    lemmas: Literal["none", "spacy"] = Field(
        "none", description="terms: put words into their dictionary form; needs spaCy."
    )
    min_text_share: float = Field(
        0.0, ge=0, lt=1, description="Words in a smaller share of training texts are unknown."
    )
    max_text_share: float = Field(
        1.0, gt=0, le=1, description="Words in a larger share of training texts are unknown."
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
    min_frequency: int = Field(
        1,
        ge=1,
        description="Rarer training words become unknown; bpe: rarer pairs are not merged.",
    )
    max_vocabulary: int = Field(
        50_000, ge=4, description="Most frequent words kept, or parts of words."
    )
    max_tokens: int = Field(256, ge=1, le=100_000, description="Longer texts are cut here.")
    keep: Literal["start", "end"] = Field(
        "start", description="Which end of longer texts is read; of events the last say most."
    )
    vectors: OwnFile | None = Field(
        None,
        description="word2vec or GloVe text file that embeddings start from; the command line "
        "takes a path and keeps the file in the home folder.",
    )

    @model_validator(mode="after")
    def _terms_have_their_settings(self) -> Self:
        others = (self.stop_words, self.lemmas) != ("none", "none")
        if others and self.tokenizer != "terms":
            raise ValueError(
                f"stop_words {self.stop_words} and lemmas {self.lemmas} go with tokenizer "
                f"terms, not {self.tokenizer}; set tokenizer=terms, or both to none"
            )
        if self.min_text_share >= self.max_text_share:
            raise ValueError(
                f"min_text_share {self.min_text_share:g} and max_text_share "
                f"{self.max_text_share:g} leave no word between them; lower the first"
            )
        return self

    @model_validator(mode="after")
    def _settings_fit_tokenizer(self) -> Self:
        if self.tokenizer in ("given", "characters") and self.normalise != "nfc":
            raise ValueError(
                f"normalise {self.normalise} would drop what tokenizer {self.tokenizer} has "
                "to keep; set normalise=nfc"
            )
        if self.tokenizer == "characters" and self.vectors is not None:
            raise ValueError(
                "vectors are of words, and tokenizer characters knows none; leave them out"
            )
        if self.tokenizer != "bpe":
            if self.joint_vocabulary:
                raise ValueError(
                    "joint_vocabulary goes with tokenizer bpe: the words of two languages have "
                    "little in common; set tokenizer=bpe, or joint_vocabulary=false"
                )
            return self
        if self.vectors is not None:
            raise ValueError(
                "vectors are of whole words, and tokenizer bpe cuts words into parts; set "
                "tokenizer=words, or leave vectors out"
            )
        if self.max_vocabulary < FEWEST_PIECES:
            raise ValueError(
                f"max_vocabulary {self.max_vocabulary} leaves bpe no parts beside the single "
                f"bytes it starts from; give at least {FEWEST_PIECES}"
            )
        return self
