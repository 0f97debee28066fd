"""Time and memory of the gate on a generated table."""

import argparse
import resource
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks.record import write_page
from configs.data import DataConfig, Problem, SplitName
from configs.text import TextConfig
from corpora.grouping import as_hex, group_key, hash_of

SHARES: dict[SplitName, float] = {"train": 0.7, "validation": 0.1, "test": 0.2}
WORDS_PER_TEXT = 20
PART_ROWS = 100_000


SIDES: dict[Problem, tuple[str, ...]] = {
    "classification": ("text",),
    "translation": ("source", "target"),
}


def write_corpus(root: Path, rows: int, problem: Problem) -> None:
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
        whole = _table(ids, random, problem)
        for part, first in enumerate(range(0, size, PART_ROWS)):
            path = table / f"part-{part:05d}.parquet"
            pq.write_table(whole.slice(first, PART_ROWS), path)
        counted = {"id": ids}
        for side in SIDES[problem]:
            prefix = "" if side == "text" else f"{side}_"
            counted[f"{prefix}tokens"] = np.full(size, WORDS_PER_TEXT)
            counted[f"{prefix}unknown"] = random.integers(0, 2, size)
            counted[f"{prefix}truncated"] = np.zeros(size, dtype=bool)
        pq.write_table(pa.table(counted), counts / "counts.parquet")
    (root / "tokens" / "tokenizer.json").write_text(TextConfig().model_dump_json())


def _table(ids: np.ndarray, random: np.random.Generator, problem: Problem) -> pa.Table:
    texts = {side: _texts(len(ids), random) for side in SIDES[problem]}
    first = texts[SIDES[problem][0]]
    columns = {"id": ids, "group": as_hex(hash_of(group_key(first))), **texts}
    if problem == "classification":
        classes = pa.array(["negative", "positive"])
        columns["label"] = classes.take(pa.array(random.integers(0, 2, len(ids))))
    return pa.table(columns)


def _texts(rows: int, random: np.random.Generator) -> pa.Array:
    words = pa.array([f"word{number}" for number in range(5000)], pa.large_string())
    drawn = [
        words.take(pa.array(random.integers(0, 5000, rows))) for _ in range(WORDS_PER_TEXT)
    ]
    return pc.binary_join_element_wise(*drawn, pa.scalar(" ", pa.large_string()))


def main() -> None:
    """Check a generated table, imports aside, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", nargs="?", type=int, default=1_000_000)
    parser.add_argument("--problem", choices=SIDES, default="classification")
    options = parser.parse_args()
    rows: int = options.rows
    problem: Problem = options.problem
    from data_checks.runner import check

    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        write_corpus(root, rows, problem)
        wall, processor = time.perf_counter(), time.process_time()
        findings = check(
            root / "tables",
            root / "tokens",
            root / "gate",
            data=DataConfig(dataset="generated", problem=problem),
        )
        wall, processor = time.perf_counter() - wall, time.process_time() - processor
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    path = write_page(
        "gate" if problem == "classification" else "gate_pairs",
        f"The gate on a generated table, {problem}",
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
        module="gate",
        notes=f"Texts of {WORDS_PER_TEXT} random words in three splits; imports are not timed, "
        "Data Docs and failing rows are.",
    )
    print(path.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
