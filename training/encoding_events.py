"""Class ids and gaps beside the event ids of sequences, on the disk."""

from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from models.text.encoded import EncodedColumn
from models.text.timed import kept_gaps, numbers_of
from training.arrays import ArrayFile
from training.encoding_labels import LabelFiles


class EventFiles(ExitStack):
    """The growing `labels.npy` of one split, and `gaps.npy`: a number for each id.

    Args:
        folder: The split's.
        labels: The training labels.
    """

    def __init__(self, folder: Path, labels: pa.Array) -> None:
        super().__init__()
        self._labels = self.enter_context(LabelFiles(folder, labels))
        self._gaps = self.enter_context(ArrayFile(folder / "gaps.npy", np.float32))

    def append_part(self, frame: pd.DataFrame, encoded: EncodedColumn) -> None:
        """Add labels and gaps of some rows, whose events are given as ids too."""
        self._labels.append_part(frame)
        column = pa.array(frame["gaps"], pa.large_string(), from_pandas=True)
        self._gaps.append(kept_gaps(*numbers_of(column), encoded))
