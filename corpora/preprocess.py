"""From raw files to clean, split tables, in two passes that hold one chunk at a time.

The first pass reads, cleans and lays rows aside, and keeps two hashes per row; the second
sends each row to the split that all hashes together decided. So memory grows by some forty
bytes per row, whatever the length of the texts.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from configs.data import SPLITS, DataConfig
from corpora.assigning import Ranks, RowHashes, assign, ranks_of
from corpora.cleaning import clean
from corpora.columns import text_column
from corpora.grouping import Hashes, as_hex, group_key, hash_of, row_hash
from corpora.readers import read_rows
from corpora.rejected import RejectedRows
from corpora.rows import RawChunk
from corpora.splits import Assignment, require_rows
from corpora.tables import CONTENT, PartWriter, table_schema
from storage import progress
from storage.faults import fault_point
from storage.files import Json

REJECTED = "rejected.parquet"


@dataclass
class _Gathered:
    """What the first pass knows of the rows that cleaning left, chunk by chunk."""

    read: int = 0
    changed: Counter[str] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)
    groups: list[Hashes] = field(default_factory=list)
    contents: list[Hashes] = field(default_factory=list)
    ranks: list[Ranks] = field(default_factory=list)

    def hashes(self) -> RowHashes:
        """All chunks as one."""
        return RowHashes(
            groups=np.concatenate([np.empty(0, np.uint64), *self.groups]),
            contents=np.concatenate([np.empty(0, np.uint64), *self.contents]),
            ranks=np.concatenate([np.empty(0, np.int64), *self.ranks]),
        )


def build_tables(raw: Path, folder: Path, data: DataConfig) -> dict[str, Json]:
    """Read, clean and split: `train/`, `validation/`, `test/` and `rejected.parquet`.

    Args:
        raw: Folder of the raw files.
        folder: Where the tables go.
        data: Which data, and the rules for it.

    Returns:
        Facts: `rows` (read = rejected + all dropped + the three splits), `dropped` and
        `changed` rows by rule, `split_digests`, and for classification the `labels`.

    Raises:
        CorpusFormatError: If too many rows cannot be read.
        InputError: If a split comes out empty, or `data.split` asks for what the data lacks.
    """
    return tables_of(read_rows(raw, data), folder, data)


def tables_of(chunks: Iterable[RawChunk], folder: Path, data: DataConfig) -> dict[str, Json]:
    """The same, from rows that are read already; see :func:`build_tables`."""
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryFile(dir=folder) as aside:
        with RejectedRows(folder / REJECTED) as rejected:
            gathered = _gather(chunks, aside, rejected, data)
        rejected.refuse_more_than(data.cleaning.max_rejected_share, read=gathered.read)
        hashes = gathered.hashes()
        assignment, dropped = assign(hashes, data)
        require_rows(assignment, hashes.groups, data)
        fault_point("preprocess.middle")
        aside.seek(0)
        written = _write_splits(aside, folder, assignment, hashes.groups, data)
    rows = {"read": gathered.read, "rejected": rejected.count}
    return {
        "rows": rows | {name: int((assignment == i).sum()) for i, name in enumerate(SPLITS)},
        "dropped": dict(gathered.dropped + dropped),
        "changed": dict(gathered.changed),
        **written,
    }


def _gather(
    chunks: Iterable[RawChunk], aside: IO[bytes], rejected: RejectedRows, data: DataConfig
) -> _Gathered:
    """The first pass: clean each chunk, lay its rows aside, keep their hashes."""
    gathered, first_id = _Gathered(), 0
    with pa.ipc.new_stream(aside, _schema_aside(data)) as writer:
        for chunk in chunks:
            rejected.add(chunk.rejected)
            given = {name: text_column(chunk.frame[name]) for name in CONTENT[data.problem]}
            cleaned = clean(given, data.cleaning, problem=data.problem)
            ids = pa.array(np.flatnonzero(cleaned.stays) + first_id)
            writer.write_table(pa.table({"id": ids, **cleaned.columns}, _schema_aside(data)))
            gathered.groups.append(
                hash_of(group_key(cleaned.columns[CONTENT[data.problem][0]]))
            )
            gathered.contents.append(row_hash(cleaned.columns))
            gathered.ranks.append(ranks_of(chunk.frame, data)[cleaned.stays])
            gathered.changed.update(cleaned.changed)
            gathered.dropped.update(cleaned.dropped)
            gathered.read += len(chunk.frame) + len(chunk.rejected)
            first_id += len(chunk.frame)
            progress.advanced("preprocess", gathered.read, note="rows read and cleaned")
    return gathered


def _write_splits(
    aside: IO[bytes], folder: Path, assignment: Assignment, groups: Hashes, data: DataConfig
) -> dict[str, Json]:
    """The second pass: each row to its split, in source order."""
    schema = table_schema(data.problem)
    # without row numbers: a test set stays the same when rows before it are added
    digested = [name for name in schema.names if name != "id"]
    writers = [PartWriter(folder / name, schema, digested=digested) for name in SPLITS]
    labels: set[str] = set()
    start = 0
    for batch in pa.ipc.open_stream(aside):
        stop = start + batch.num_rows
        named = as_hex(groups[start:stop])
        table = pa.Table.from_batches([batch]).append_column("group", named)
        for place, writer in enumerate(writers):
            rows = table.filter(pa.array(assignment[start:stop] == place))
            writer.add(rows)
            if data.problem == "classification":
                labels.update(pc.unique(rows["label"]).to_pylist())
        start = stop
        progress.advanced("preprocess", start, len(assignment), "rows split")
    for writer in writers:
        writer.close()
    facts: dict[str, Json] = {
        "split_digests": {n: w.digest for n, w in zip(SPLITS, writers, strict=True)}
    }
    return facts | ({"labels": sorted(labels)} if data.problem == "classification" else {})


def _schema_aside(data: DataConfig) -> pa.Schema:
    return pa.schema([field for field in table_schema(data.problem) if field.name != "group"])
