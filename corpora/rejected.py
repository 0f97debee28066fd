"""Rows that could not be read: kept in a table, and too many of them end the run."""

from pathlib import Path
from types import TracebackType
from typing import Self

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
    """Writes refused rows to one Parquet file as they come.

    Args:
        path: The file; its folder is made when absent.
        schema: Columns of the rows; without `file` where all come from one source.

    Attributes:
        path: The file, whole once the block has ended.
        count: Rows taken so far.
    """

    def __init__(self, path: Path, schema: pa.Schema = SCHEMA) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.count = 0
        self._writer = pq.ParquetWriter(path, schema, compression="zstd")

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
        """Take the refused rows of one chunk."""
        if rejected.num_rows:
            self._writer.write_table(rejected)
            self.count += rejected.num_rows


def refuse_more_than(limit: float, rejected: RejectedRows, *, read: int) -> None:
    """End the run when the share of refused rows is above the limit.

    Args:
        limit: Largest share that passes, 0 to 1.
        rejected: Refused rows with their files, all written.
        read: All rows met, the refused ones included.

    Raises:
        CorpusFormatError: With the share, the limit, the first rows and the way out.
    """
    if not read or rejected.count / read <= limit:
        return
    first = next(pq.ParquetFile(rejected.path).iter_batches(_EXAMPLES)).to_pylist()
    examples = [
        f"{each['file']} line {each['line']}: {each['reason']}: {each['excerpt']!r}"
        for each in first
    ]
    raise CorpusFormatError(
        f"{rejected.count:,} of {read:,} rows ({rejected.count / read:.1%}) could not be read, "
        f"more than {limit:.1%} (data.cleaning.max_rejected_share); first "
        f"{'; '.join(examples)}; mend these rows, check the format and encoding, "
        f"or raise the limit"
    )
