"""Speed and memory of batch prediction on many short texts, through a registered model."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks.record import write_page
from corpora.synthetic import FILE, generate

MEMORY_LIMIT_MB = 2_048
_SUFFIXES = ("parquet", "csv")


def main() -> None:
    """Generate rows, predict them by the command in a process of its own, write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", nargs="?", default="sentiment")
    parser.add_argument("--rows", type=int, default=1_000_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        characters = _write_source(place / "rows.csv", options.rows)
        found = {
            suffix: _measured(options.model, place / "rows.csv", place / f"scored.{suffix}")
            for suffix in _SUFFIXES
        }
    page = write_page(
        "prediction",
        f"Batch prediction of {options.rows:,} short texts by `{options.model}`",
        head=("from → to", "rows", "seconds", "rows/s", "processor seconds", "peak memory, MB"),
        rows=[_row(suffix, figures) for suffix, figures in found.items()],
        notes=f"Generated reviews of {characters:.0f} characters in the mean. Seconds do not "
        f"count the start of Python and the look into the registry; processor seconds and "
        f"memory, the highest resident size, are the whole command's. The limit of memory is "
        f"{MEMORY_LIMIT_MB:,} MB.",
    )
    sys.stdout.write(page.read_text(encoding="utf-8"))


def _write_source(path: Path, rows: int) -> float:
    """Write a CSV of texts; returns their mean length."""
    generate("generated-reviews", path.parent, rows=rows, seed=1)
    with pq.ParquetFile(path.parent / FILE) as file, path.open("wb") as target:
        target.write(b"text\n")
        characters = 0
        for batch in file.iter_batches(columns=["text"]):
            characters += pc.sum(pc.utf8_length(batch["text"])).as_py()
            frame = batch.to_pandas()
            target.write(frame.to_csv(index=False, header=False).encode())
    return characters / rows


def _measured(model: str, source: Path, output: Path) -> Mapping[str, float]:
    """What the command says of itself, and the peak of its memory in MB."""
    command = [sys.executable, "-m", "cli.main", "predict", model, str(source)]
    process = subprocess.Popen(
        [*command, "--output", str(output), "--json"], stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    told = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(os.waitstatus_to_exitcode(status))
    return {
        **json.loads(told),
        "processor_seconds": usage.ru_utime + usage.ru_stime,
        "peak_memory_mb": usage.ru_maxrss / 1024,
    }


def _row(suffix: str, figures: Mapping[str, float]) -> tuple[str, ...]:
    rows, seconds = figures["rows"], figures["seconds"]
    return (
        f"CSV → {suffix}",
        f"{rows:,}",
        f"{seconds:.1f}",
        f"{rows / seconds:,.0f}",
        f"{figures['processor_seconds']:.1f}",
        f"{figures['peak_memory_mb']:,.0f}",
    )


if __name__ == "__main__":
    main()
