"""Time and memory of the gate on a generated table."""

import argparse
import resource
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks.record import write_page
from configs.data import DataConfig, SplitName
from configs.text import TextConfig

SHARES: dict[SplitName, float] = {"train": 0.7, "validation": 0.1, "test": 0.2}
WORDS_PER_TEXT = 20
PART_ROWS = 100_000


def write_corpus(root: Path, rows: int) -> None:
    """Write tables and counts of random words, as the steps before the gate would."""
    random = np.random.default_rng(0)
    start = 0
    for split, share in SHARES.items():
        size = round(rows * share)
        ids = np.arange(start, start + size)
        start += size
        table, counts = root / "tables" / split, root / "tokens" / split
        table.mkdir(parents=True)
        counts.mkdir(parents=True)
        whole = _table(ids, random)
        for part, first in enumerate(range(0, size, PART_ROWS)):
            path = table / f"part-{part:05d}.parquet"
            pq.write_table(whole.slice(first, PART_ROWS), path)
        counted = {
            "id": ids,
            "tokens": np.full(size, WORDS_PER_TEXT),
            "unknown": random.integers(0, 2, size),
            "truncated": np.zeros(size, dtype=bool),
        }
        pq.write_table(pa.table(counted), counts / "counts.parquet")
    (root / "tokens" / "tokenizer.json").write_text(TextConfig().model_dump_json())


def _table(ids: np.ndarray, random: np.random.Generator) -> pa.Table:
    words = pa.array([f"word{number}" for number in range(5000)])
    drawn = [
        words.take(pa.array(random.integers(0, 5000, len(ids)))) for _ in range(WORDS_PER_TEXT)
    ]
    labels = pa.array(["negative", "positive"]).take(pa.array(random.integers(0, 2, len(ids))))
    groups = [f"{key:016x}" for key in pd.util.hash_array(ids)]
    return pa.table(
        {
            "id": ids,
            "group": groups,
            "text": pc.binary_join_element_wise(*drawn, " "),
            "label": labels,
        }
    )


def main() -> None:
    """Check a generated table, imports aside, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", nargs="?", type=int, default=1_000_000)
    rows: int = parser.parse_args().rows
    from data_checks.runner import check

    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        write_corpus(root, rows)
        wall, processor = time.perf_counter(), time.process_time()
        findings = check(
            root / "tables",
            root / "tokens",
            root / "gate",
            data=DataConfig(dataset="generated", problem="classification"),
        )
        wall, processor = time.perf_counter() - wall, time.process_time() - processor
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    path = write_page(
        "gate",
        "The gate on a generated table",
        head=("rows", "seconds", "processor seconds", "peak memory", "headline"),
        rows=[
            (
                f"{rows:,}",
                f"{wall:.1f}",
                f"{processor:.1f}",
                f"{peak:.1f} GiB",
                findings.headline(),
            )
        ],
        notes=f"Texts of {WORDS_PER_TEXT} random words in three splits; imports are not timed, "
        "Data Docs and failing rows are.",
    )
    print(path.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
