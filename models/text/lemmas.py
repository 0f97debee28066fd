"""Dictionary forms of English words, by spaCy where it is installed."""

from functools import lru_cache
from typing import TYPE_CHECKING

import pyarrow as pa

from storage import progress
from storage.errors import InputError

if TYPE_CHECKING:
    from spacy.language import Language

TRAINED = "en_core_web_sm"
_AT_ONCE = 2_000


def lemmas_of(words: pa.Array) -> pa.Array:
    """The lemma of each word by itself, in lower case; a word that has none stays.

    Words come without their sentence, so that a million texts cost as much as their distinct
    words; of "saw" and its like the commonest reading is taken.

    Args:
        words: (N,) distinct words.

    Raises:
        InputError: If spaCy or its tables are not installed.
    """
    pipeline = _pipeline()
    found: list[str] = []
    for first in range(0, len(words), _AT_ONCE):
        some = words.slice(first, _AT_ONCE).to_pylist()
        for word, document in zip(some, pipeline.pipe(some), strict=True):
            lemma = "".join(token.lemma_ for token in document).lower()
            found.append(lemma or word)
        progress.advanced("tokenize", len(found), len(words), "lemmas")
    return pa.array(found, words.type)


@lru_cache(maxsize=1)
def _pipeline() -> "Language":
    """The trained English pipeline where it is installed, else one that looks lemmas up."""
    try:
        import spacy

        if spacy.util.is_package(TRAINED):
            return spacy.load(TRAINED, exclude=["parser", "ner"])
        blank = spacy.blank("en")
        blank.add_pipe("lemmatizer", config={"mode": "lookup"})
        blank.initialize()
    except (ImportError, ValueError) as error:
        raise InputError(
            f"text.lemmas is spacy, which is not installed whole ({type(error).__name__}); "
            "run: pip install --constraint requirements.lock '.[lemmas]', or set "
            "text.lemmas=none"
        ) from error
    return blank
