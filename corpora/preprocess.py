"""From raw files to clean, split tables, in two passes that hold one part at a time.

The first pass reads and cleans each source, and keeps two hashes per row beside its rows; the
second sends each row to the split that all hashes together decided. So memory grows by some
forty bytes per row, whatever the length of the texts, and a source that was read before is
taken as it was left (`corpora.sources`).
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from configs.data import SPLITS, DataConfig
from corpora.assigning import RowHashes, assign
from corpora.grouping import as_hex
from corpora.rejected import SCHEMA
from corpora.rows import RawChunk
from corpora.sources import REJECTED, CleanedSource, clean_rows, cleaned_once, sources_of
from corpora.splits import DROPPED, Assignment, require_rows
from corpora.tables import PartWriter, table_schema
from storage import progress
from storage.faults import fault_point
from storage.files import Json


def build_tables(
    raw: Path, folder: Path, data: DataConfig, *, home: Path | None = None
) -> dict[str, Json]:
    """Read, clean and split: `train/`, `validation/`, `test/` and `rejected.parquet`.

    Args:
        raw: Folder of the dataset's raw files.
        folder: Where the tables go.
        data: Which data, and the rules for it.
        home: Home folder, where added files lie and cleaned sources are kept; None keeps
            nothing, and then nothing can be added.

    Returns:
        Facts: `rows` (read = rejected + all dropped + the three splits), what was `skipped` by
        kind, `dropped` and `changed` rows by rule, `split_digests`, `sources` (what
        cleaning said of each, and the rows `kept` of it), and for classes the `labels`.

    Raises:
        CorpusFormatError: If too many rows of a source cannot be read.
        InputError: If a split comes out empty, or `data.split` asks for what the data lacks.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with _place(folder, home) as place:
        sources = sources_of(raw, data, own=place / "own")
        cleaned = [cleaned_once(source, home=place) for source in sources]
        return _split(cleaned, folder, data)


def tables_of(chunks: Iterable[RawChunk], folder: Path, data: DataConfig) -> dict[str, Json]:
    """The same, from rows that are read already; see :func:`build_tables`."""
    folder.mkdir(parents=True, exist_ok=True)
    with _place(folder, None) as place:
        facts = clean_rows(chunks, place, data)
        return _split([CleanedSource(data.dataset, place, facts)], folder, data)


@contextmanager
def _place(folder: Path, home: Path | None) -> Iterator[Path]:
    """The home folder, else one that is gone at the end."""
    if home is not None:
        yield home
        return
    with TemporaryDirectory(dir=folder, prefix=".cleaned-") as name:
        yield Path(name)


def _split(sources: Sequence[CleanedSource], folder: Path, data: DataConfig) -> dict[str, Json]:
    """The second pass: every row to its split, those of earlier sources first."""
    each = [source.hashes() for source in sources]
    hashes = RowHashes(
        groups=np.concatenate([one.groups for one in each]),
        contents=np.concatenate([one.contents for one in each]),
        ranks=np.concatenate([one.ranks for one in each]),
    )
    assignment, dropped = assign(hashes, data)
    require_rows(assignment, hashes.groups, data)
    fault_point("preprocess.middle")
    written = _write_splits(sources, folder, assignment, data)
    _write_rejected(sources, folder / REJECTED)
    bounds = np.cumsum([len(one.groups) for one in each])[:-1]
    kept = [int((part != DROPPED).sum()) for part in np.split(assignment, bounds)]
    splits: dict[str, Json] = {
        name: int((assignment == place).sum()) for place, name in enumerate(SPLITS)
    }
    return {
        "rows": {
            "read": sum(source.count("read") for source in sources),
            "rejected": sum(source.count("rejected") for source in sources),
            **splits,
        },
        "dropped": dict(_total(sources, "dropped") + dropped),
        "skipped": dict(_total(sources, "skipped")),
        "changed": dict(_total(sources, "changed")),
        "sources": [
            {**source.facts, "name": source.name, "kept": count}
            for source, count in zip(sources, kept, strict=True)
        ],
        **written,
    }


def _write_splits(
    sources: Sequence[CleanedSource], folder: Path, assignment: Assignment, data: DataConfig
) -> dict[str, Json]:
    schema = table_schema(data.problem)
    # without row numbers: a test set stays the same when rows before it are added
    digested = [name for name in schema.names if name != "id"]
    writers = [PartWriter(folder / name, schema, digested=digested) for name in SPLITS]
    labels: set[str] = set()
    start = 0
    for table in _numbered(sources):
        stop = start + table.num_rows
        for place, writer in enumerate(writers):
            rows = table.filter(pa.array(assignment[start:stop] == place))
            writer.add(rows)
            if "label" in schema.names:
                labels.update(pc.unique(rows["label"]).to_pylist())
        start = stop
        progress.advanced("preprocess", start, len(assignment), "rows split")
    for writer in writers:
        writer.close()
    facts: dict[str, Json] = {
        "split_digests": {n: w.digest for n, w in zip(SPLITS, writers, strict=True)}
    }
    return facts | ({"labels": sorted(labels)} if labels else {})


def _numbered(sources: Sequence[CleanedSource]) -> Iterator[pa.Table]:
    """All rows, ids going on from source to source, groups in hex."""
    first_id = 0
    for source in sources:
        for table in source.parts():
            ids = pc.add(table["id"], pa.scalar(first_id, pa.int64()))
            groups = as_hex(table["group_hash"].to_numpy())
            yield (
                table.drop_columns(["id", "group_hash"])
                .append_column("id", ids)
                .append_column("group", groups)
            )
        first_id += source.count("numbered")


def _write_rejected(sources: Sequence[CleanedSource], path: Path) -> None:
    with pq.ParquetWriter(path, SCHEMA) as writer:
        for source in sources:
            for batch in pq.ParquetFile(source.folder / REJECTED).iter_batches():
                writer.write_batch(batch)


def _total(sources: Sequence[CleanedSource], name: str) -> Counter[str]:
    total: Counter[str] = Counter()
    for source in sources:
        total.update(cast(dict[str, int], source.facts[name]))
    return total
