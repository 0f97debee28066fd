"""Lengths of each row beside the token ids of running text, on the disk."""

from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pandas as pd

from configs.text import TextConfig
from models.text.encoded import EncodedColumn
from models.text.lengths import written_lengths
from models.text.vocabulary import Vocabulary
from training.arrays import ArrayFile


class LengthFiles(ExitStack):
    """The growing `characters.npy` and `spelling.npy` of a split, which make scores comparable.

    Args:
        folder: The split's.
        text: How texts are cut.
        vocabulary: That of the ids.
    """

    def __init__(self, folder: Path, text: TextConfig, vocabulary: Vocabulary) -> None:
        super().__init__()
        self._text, self._vocabulary = text, vocabulary
        self._characters, self._spelling = (
            self.enter_context(ArrayFile(folder / f"{name}.npy", np.int64))
            for name in ("characters", "spelling")
        )

    def append_part(self, frame: pd.DataFrame, encoded: EncodedColumn) -> None:
        """Add the lengths of some rows, which are given as ids too."""
        lengths = written_lengths(
            frame["text"], encoded, self._text, vocabulary=self._vocabulary
        )
        self._characters.append(lengths.characters)
        self._spelling.append(lengths.spelling)
