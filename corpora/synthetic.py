"""Generated corpora: the same seed gives the same rows, and more rows only add to them."""

from collections.abc import Callable
from pathlib import Path
from typing import IO, TypedDict

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from corpora.phrases.grammar import Draw
from corpora.phrases.histories import histories
from corpora.phrases.pairs import pairs
from corpora.phrases.reviews import reviews
from corpora.phrases.running import paragraphs
from corpora.phrases.tagged import tagged_sentences
from corpora.phrases.topics import topic_posts
from storage import progress
from storage.errors import InputError
from storage.faults import fault_point
from storage.files import atomic_write

FILE = "data.parquet"
BATCH_ROWS = 10_000
"""Rows drawn from one random state; part of what a seed means, so it never changes."""

GENERATORS: dict[str, Callable[[Draw], pa.Table]] = {
    "generated-reviews": reviews,
    "generated-pairs": pairs,
    "generated-topics": topic_posts,
    "generated-tags": tagged_sentences,
    "generated-text": paragraphs,
    "generated-events": histories,
}


class GeneratedFacts(TypedDict):
    """What became of a call of :func:`generate`."""

    description: str
    rows: int
    bytes: int
    files: list[str]


def generate(name: str, folder: Path, *, rows: int, seed: int) -> GeneratedFacts:
    """Write so many rows of a generated corpus to `data.parquet` in the folder.

    Args:
        name: One of GENERATORS.
        folder: Made where it does not exist.
        rows: Rows to write, repeated ones included; the first rows do not depend on it.
        seed: Decides every row.

    Raises:
        InputError: If there is no generated corpus of that name.
    """
    if name not in GENERATORS:
        raise InputError(
            f"there is no generated data set {name!r}; there are {', '.join(GENERATORS)}"
        )
    path = folder / FILE
    with atomic_write(path) as file:
        _write_batches(file, GENERATORS[name], rows=rows, seed=seed)
    return {
        "description": f"generated {name.removeprefix('generated-')}, seed {seed}",
        "rows": rows,
        "bytes": path.stat().st_size,
        "files": [FILE],
    }


def _write_batches(
    file: IO[bytes], generator: Callable[[Draw], pa.Table], *, rows: int, seed: int
) -> None:
    """Batch by batch, each from its own random state, the last one cut to size."""
    writer: pq.ParquetWriter | None = None
    for batch, start in enumerate(range(0, rows, BATCH_ROWS)):
        table = generator(Draw(BATCH_ROWS, np.random.default_rng([seed, batch])))
        if writer is None:
            writer = pq.ParquetWriter(file, table.schema)
        writer.write_table(table.slice(0, rows - start))
        fault_point("download.middle")
        progress.advanced("download", min(start + BATCH_ROWS, rows), rows, "rows generated")
    if writer is not None:
        writer.close()
