"""The side table of a prediction: what could not be answered, with its line and the reason."""

import os
from pathlib import Path
from types import TracebackType
from typing import Self

import pyarrow as pa
import pyarrow.parquet as pq

from corpora.rows import no_rejected_rows


def rejected_path(output: Path) -> Path:
    """Where the side table of an output lies: `scored.csv.rejected.parquet`.

    The whole name, for `scored.csv` and `scored.parquet` may lie side by side.
    """
    return output.with_name(f"{output.name}.rejected.parquet")


class RejectedTable:
    """Writes line, reason and excerpt as they come.

    Attributes:
        count: Rows taken so far.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.count = 0
        self._path = path
        self._writer = pq.ParquetWriter(path, no_rejected_rows().schema, compression="zstd")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._writer.close()

    def add(self, rejected: pa.Table) -> None:
        """Take the refused rows of one window."""
        if rejected.num_rows:
            self._writer.write_table(rejected)
            self.count += rejected.num_rows

    def settle(self, place: Path) -> Path | None:
        """Give the table its place; without a row, remove what an earlier output left there."""
        if not self.count:
            place.unlink(missing_ok=True)
            return None
        os.replace(self._path, place)
        return place
