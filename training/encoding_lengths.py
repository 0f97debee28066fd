"""Characters of each row beside the token ids of running text, on the disk."""

from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from training.arrays import ArrayFile


class LengthFiles(ExitStack):
    """The growing `characters.npy` of one split, by which scores are made comparable.

    Args:
        folder: The split's.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._characters = self.enter_context(ArrayFile(folder / "characters.npy", np.int64))

    def append_part(self, frame: pd.DataFrame) -> None:
        """Add the lengths of some rows."""
        lengths = pc.utf8_length(pa.array(frame["text"], pa.large_string(), from_pandas=True))
        self._characters.append(lengths.to_numpy().astype(np.int64))
