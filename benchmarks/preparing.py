"""Time and memory of all steps before training, on the data of a preset."""

import argparse
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar, cast

from benchmarks.record import write_page
from configs.messages import read_experiment
from configs.settings import Settings
from corpora.download import fetch
from corpora.preprocess import build_tables
from data_checks.runner import check
from storage.files import Json
from training.encoding import encode

_Result = TypeVar("_Result")


class _Clock:
    """Runs steps one after the other and keeps what each took."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, ...]] = []

    def timed(self, step: str, work: Callable[[], _Result]) -> _Result:
        """The work's result; its time becomes a row of the page."""
        wall, processor = time.perf_counter(), time.process_time()
        result = work()
        wall, processor = time.perf_counter() - wall, time.process_time() - processor
        self.rows.append((step, f"{wall:.1f}", f"{processor:.1f}"))
        return result


def main() -> None:
    """Prepare once from nothing, imports aside, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("preset", nargs="?", default="translation")
    preset: str = parser.parse_args().preset
    experiment = read_experiment({"preset": preset})
    data, mirror = experiment.data, Settings.from_environment().mirror
    clock = _Clock()
    with tempfile.TemporaryDirectory() as place:
        raw, tables, tokens, gate, cache = (
            Path(place) / name for name in ("raw", "tables", "tokens", "gate", "cache")
        )
        for folder in (raw, tables, tokens, gate):
            folder.mkdir()
        clock.timed("download", lambda: fetch(data, raw, cache=cache, mirror=mirror))
        facts = clock.timed("preprocess", lambda: build_tables(raw, tables, data))
        clock.timed("tokenize", lambda: encode(tables, tokens, data=data, text=experiment.text))
        findings = clock.timed("validate", lambda: check(tables, tokens, gate, data=data))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    rows = ", ".join(f"{name} {count:,}" for name, count in _counts(facts["rows"]))
    said = [each.message for each in findings.worst_first() if each.outcome != "passed"]
    path = write_page(
        f"preparing_{preset}",
        f"From the download to the gate: {preset}",
        head=("step", "seconds", "processor seconds"),
        rows=clock.rows,
        module="preparing",
        notes=f"Rows: {rows}. Peak memory {peak:.1f} GiB; imports are not timed, "
        "and the download comes from a mirror folder where SEQFLOW_MIRROR names one. "
        f"{'. '.join([findings.headline(), *said])}.",
    )
    print(path.read_text(encoding="utf-8"))


def _counts(rows: Json) -> list[tuple[str, int]]:
    return [(name, count) for name, count in cast(dict[str, int], rows).items() if count]


if __name__ == "__main__":
    main()
