"""Texts cut into the terms of bags of words: runs of letters, without what says little."""

from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from models.text.lemmas import lemmas_of
from models.text.normalising import rewritten
from models.text.stop_words import STOP_WORDS
from models.text.tokenizers import TextColumn, TokenColumn, cut_again, runs_of

StopWords = Literal["none", "english"]
Lemmas = Literal["none", "spacy"]
_NO_LETTERS = r"[^\pL\pM]+"


def split_terms(
    texts: TextColumn,
    *,
    lowercase: bool,
    min_letters: int,
    stop_words: StopWords,
    lemmas: Lemmas,
) -> TokenColumn:
    """The terms of each text, in its order.

    Stop words and short words are known by the word as it stands; what a lemma becomes stays.

    Args:
        texts: Strings, an Arrow array, or a pandas column of strings.
        lowercase: Fold case first; stop words are known in lower case only.
        min_letters: Shorter runs of letters are left out.
        stop_words: Whose are left out.
        lemmas: Whether a word is put into its dictionary form, and by which library.

    Raises:
        InputError: If the library is not installed.
    """
    runs = runs_of(texts)
    spelt = rewritten(runs.words, lowercase=lowercase, ascii_only=False)
    letters = pc.replace_substring_regex(spelt, _NO_LETTERS, " ")
    tokens = cut_again(runs, pc.split_pattern(letters, pattern=" "))
    says = pc.greater_equal(pc.utf8_length(tokens.words), min_letters)
    if stop_words == "english":
        listed = pa.array(sorted(STOP_WORDS), tokens.words.type)
        says = pc.and_(says, pc.invert(pc.is_in(tokens.words, value_set=listed)))
    kept = _only(tokens, np.asarray(says))
    return _renamed(kept, lemmas_of(kept.words)) if lemmas == "spacy" else kept


def _only(tokens: TokenColumn, kept: NDArray[np.bool_]) -> TokenColumn:
    """The same texts without the words that are not kept."""
    stays = kept[tokens.indices]
    before = np.zeros(len(stays) + 1, np.int64)
    np.cumsum(stays, out=before[1:])
    places = np.cumsum(kept) - 1
    return TokenColumn(
        words=tokens.words.filter(pa.array(kept)),
        indices=places[tokens.indices[stays]],
        offsets=before[tokens.offsets],
    )


def _renamed(tokens: TokenColumn, words: pa.Array) -> TokenColumn:
    """The same texts in other words, some of which are now the same."""
    distinct = words.dictionary_encode()
    return TokenColumn(
        words=distinct.dictionary,
        indices=np.asarray(distinct.indices)[tokens.indices],
        offsets=tokens.offsets,
    )
