"""Class ids beside the token ids of labelled texts, on the disk."""

from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from corpora.tables import iter_parts
from training.arrays import ArrayFile

UNSEEN_LABEL = -1
"""Stands for a label of validation or test that training does not have."""


def training_labels(train: Path) -> pa.Array:
    """The distinct labels, sorted; a label's place is its class id."""
    distinct = [
        pc.unique(pa.array(frame["label"], pa.string(), from_pandas=True))
        for frame in iter_parts(train, ["label"])
    ]
    labels = pc.unique(pa.concat_arrays([*distinct, pa.array([], pa.string())]))
    return labels.drop_null().sort()


class LabelFiles(ExitStack):
    """The growing `labels.npy` of one split.

    Args:
        folder: The split's.
        labels: The training labels.
    """

    def __init__(self, folder: Path, labels: pa.Array) -> None:
        super().__init__()
        self._known = labels
        self._ids = self.enter_context(ArrayFile(folder / "labels.npy", np.int64))

    def append_part(self, frame: pd.DataFrame) -> None:
        """Add the labels of some rows."""
        column = pa.array(frame["label"], pa.string(), from_pandas=True)
        ids = pc.index_in(column, value_set=self._known)
        self._ids.append(np.asarray(pc.fill_null(ids, UNSEEN_LABEL)))
