"""Rows that could not be read: kept in a table, and too many of them end the run."""

from pathlib import Path
from types import TracebackType
from typing import Self

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from storage.errors import CorpusFormatError

SCHEMA = pa.schema(
    [
        ("file", pa.large_string()),
        ("line", pa.int64()),
        ("reason", pa.large_string()),
        ("excerpt", pa.large_string()),
    ]
)
_EXAMPLES = 3


class RejectedRows:
    """Writes refused rows to one Parquet file as they come, and remembers the first few.

    Attributes:
        count: Rows taken so far.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.count = 0
        self._examples: list[str] = []
        self._writer = pq.ParquetWriter(path, SCHEMA)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._writer.close()

    def add(self, frame: pd.DataFrame) -> None:
        """Take the refused rows of one chunk."""
        if frame.empty:
            return
        self.count += len(frame)
        self._writer.write_table(pa.Table.from_pandas(frame, SCHEMA, preserve_index=False))
        for row in frame.head(_EXAMPLES - len(self._examples)).itertuples():
            self._examples.append(f"{row.file} line {row.line}: {row.reason}: {row.excerpt!r}")

    def refuse_more_than(self, limit: float, *, read: int) -> None:
        """End the run when the share of refused rows is above the limit.

        Args:
            limit: Largest share that passes, 0 to 1.
            read: All rows met, the refused ones included.

        Raises:
            CorpusFormatError: With the share, the limit, the first rows and the way out.
        """
        if not read or self.count / read <= limit:
            return
        raise CorpusFormatError(
            f"{self.count:,} of {read:,} rows ({self.count / read:.1%}) could not be read, "
            f"more than {limit:.1%} (data.cleaning.max_rejected_share); first "
            f"{'; '.join(self._examples)}; mend these rows, check the format and encoding, "
            f"or raise the limit"
        )
