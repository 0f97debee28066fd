"""Tags and spellings beside the word ids of tagged sentences, on the disk."""

from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from corpora.tables import iter_parts
from models.text.encoded import EncodedColumn
from models.text.spelling import characters_of, spelt
from models.text.tokenizers import TokenColumn, given_words
from models.text.vocabulary import Vocabulary
from training.arrays import ArrayFile

UNSEEN_TAG = -1
"""Stands for a tag of validation or test that training does not have."""


def training_tags(train: Path) -> pa.Array:
    """The distinct tags, sorted; a tag's place is its id."""
    distinct = [_tags(frame).words for frame in iter_parts(train, ["tags"])]
    return pc.unique(pa.concat_arrays([*distinct, pa.array([], pa.large_string())])).sort()


def training_characters(train: Path) -> Vocabulary:
    """The characters of the training words, the most frequent first."""
    return Vocabulary.build(
        characters_of(_spelt_words(frame).words) for frame in iter_parts(train, ["tokens"])
    )


class TagFiles(ExitStack):
    """The growing files of one split.

    `tags.npy` and `words.npy` hold a number for each word that has an id: its tag, and its
    place among the spelt words, whose characters lie in `spelt_ids.npy`.

    Args:
        folder: The split's.
        tags: The training tags.
        characters: The training characters.
    """

    def __init__(self, folder: Path, tags: pa.Array, characters: Vocabulary) -> None:
        super().__init__()
        self._known = tags
        self._characters = characters
        self._tags, self._words, self._spelt_ids = (
            self.enter_context(ArrayFile(folder / f"{name}.npy", np.int32))
            for name in ("tags", "words", "spelt_ids")
        )
        path = folder / "spelt_offsets.npy"
        self._spelt_offsets = self.enter_context(ArrayFile(path, np.int64))
        self._spelt_offsets.append(np.zeros(1, np.int64))

    def append_part(self, frame: pd.DataFrame, encoded: EncodedColumn) -> None:
        """Add some sentences.

        Args:
            frame: Their tokens and tags.
            encoded: Their word ids; words without one have no tag here either.
        """
        tags, words = _tags(frame), _spelt_words(frame)
        kept = _kept(words.offsets, np.diff(encoded.offsets))
        ids = pc.fill_null(pc.index_in(tags.words, value_set=self._known), UNSEEN_TAG)
        self._tags.append(np.asarray(ids)[tags.indices[kept]])
        spelling = spelt(words.words, self._characters)
        self._words.append(words.indices[kept] + len(self._spelt_offsets) - 1)
        self._spelt_offsets.append(spelling.offsets[1:] + len(self._spelt_ids))
        self._spelt_ids.append(spelling.ids)


def _tags(frame: pd.DataFrame) -> TokenColumn:
    return given_words(frame["tags"], lowercase=False)


def _spelt_words(frame: pd.DataFrame) -> TokenColumn:
    return given_words(frame["tokens"], lowercase=False)


def _kept(offsets: NDArray[np.int64], lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """Places of the first `lengths` words of each text among all."""
    ends = np.cumsum(lengths)
    within = np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - lengths, lengths)
    places: NDArray[np.int64] = np.repeat(offsets[:-1], lengths) + within
    return places
