"""NumPy files that grow part by part, so that no split has to fit into memory."""

from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray


class ArrayFile:
    """A one-dimensional `.npy` file under construction.

    The format leaves room in its header for the length to be filled in at the end
    (https://numpy.org/neps/nep-0001-npy-format.html).
    """

    def __init__(self, path: Path, dtype: type[np.number]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._dtype = np.dtype(dtype)
        self._file = path.open("wb")
        self._length = 0
        self._write_header()

    def append(self, values: NDArray[np.number]) -> None:
        """Add the values at the end."""
        self._file.write(np.ascontiguousarray(values, dtype=self._dtype).data)
        self._length += len(values)

    def __len__(self) -> int:
        """Values so far."""
        return self._length

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._file.seek(0)
        self._write_header()
        self._file.close()

    def _write_header(self) -> None:
        npy.write_array_header_1_0(
            self._file,
            {"descr": self._dtype.str, "fortran_order": False, "shape": (self._length,)},
        )
