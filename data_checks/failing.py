"""The rows that failed checks object to, as Parquet for whoever mends the data."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from data_checks.checks import Check
from data_checks.frames import SplitTable
from data_checks.inspections import Inspection

LIMIT = 10_000
"""Most rows written for a check; the finding counts all."""


def write_failing(
    folder: Path, check: Check, inspection: Inspection, *, limit: int = LIMIT
) -> None:
    """Write the first rows that a failed check objects to, if it objects to any.

    The file is `<check>-<split>.parquet`: the rows of the split, with the derived columns
    that the check judges by, or rows of the inspected frame where they are of no split.
    """
    rows = check.blamed(inspection.frame)[:limit].to_numpy(np.int64)
    if not len(rows):
        return
    derived = pa.Table.from_pandas(inspection.frame.take(rows), preserve_index=False)
    if inspection.table is not None:
        original = _taken(inspection.table, rows)
        for name in derived.column_names:
            if name in str(check.objects_to) and name not in original.column_names:
                original = original.append_column(name, derived.column(name))
        derived = original
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(derived, folder / f"{check.name}-{check.split}.parquet")


def _taken(table: SplitTable, rows: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> pa.Table:
    """The rows, in order, reading part by part."""
    taken, start = [], 0
    for part in table.parts:
        end = start + pq.read_metadata(part).num_rows
        inside = rows[(rows >= start) & (rows < end)] - start
        if len(inside):
            taken.append(pq.read_table(part).take(pa.array(inside)))
        start = end
    return pa.concat_tables(taken, promote_options="permissive")
