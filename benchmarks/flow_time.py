"""Time of each step, of a fully reused run and of the demo, over an empty flow of 12 tasks."""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.record import write_page

_EMPTY_FLOW = """
from configs.settings import Settings, apply_safe_defaults
apply_safe_defaults(Settings.from_environment())
from prefect import flow, task

@task
def nothing(i: int) -> int:
    return i

@flow
def empty() -> None:
    for i in range(12):
        nothing(i)

empty()
"""


def main() -> None:
    """Run the three in turn, five times each, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    repeats: int = parser.parse_args().repeats
    empty, reused, demo, steps = [], [], [], []
    with tempfile.TemporaryDirectory() as place:
        warm = Path(place) / "warm"
        _demo(warm)
        for turn in range(repeats):
            empty.append(_seconds(["-c", _EMPTY_FLOW], warm))
            reused.append(_demo(warm))
            fresh = Path(place) / f"fresh-{turn}"
            demo.append(_demo(fresh, prefect=warm / "prefect"))
            steps.append(_step_seconds(fresh))
    rows = [
        ("empty flow of 12 tasks", *_spread(empty), ""),
        ("fully reused demo", *_spread(reused), _over(reused, empty)),
        ("demo from nothing", *_spread(demo), _over(demo, empty)),
        *((f"step {name}", *_spread([each[name] for each in steps]), "") for name in steps[0]),
    ]
    path = write_page(
        "flow_time",
        "Time of a whole flow",
        head=("what", "median s", "min", "max", "over the empty flow, median of pairs"),
        rows=rows,
        notes="Whole processes in turn, each on a temporary Prefect server, whose database is "
        "there already; steps by manifest.",
    )
    print(path.read_text(encoding="utf-8"))


def _demo(home: Path, prefect: Path | None = None) -> float:
    return _seconds(["-m", "cli.main", "train", "demo"], home, prefect)


def _seconds(arguments: list[str], home: Path, prefect: Path | None = None) -> float:
    """Time of a process; Prefect's database is the home's own unless another is given."""
    environment = {
        **os.environ,
        "SEQFLOW_HOME": str(home),
        "PREFECT_HOME": str(prefect or home / "prefect"),
    }
    begun = time.perf_counter()
    subprocess.run(
        [sys.executable, *arguments], env=environment, check=True, capture_output=True
    )
    return time.perf_counter() - begun


def _step_seconds(home: Path) -> dict[str, float]:
    manifests = [json.loads(path.read_text()) for path in home.glob("steps/*/*/manifest.json")]
    manifests.sort(key=lambda manifest: manifest["created"])
    return {manifest["step"]: manifest["seconds"] for manifest in manifests}


def _spread(values: list[float]) -> tuple[str, str, str]:
    return tuple(  # type: ignore[return-value]
        f"{value:.1f}" for value in (statistics.median(values), min(values), max(values))
    )


def _over(values: list[float], base: list[float]) -> str:
    pairs = [value - zero for value, zero in zip(values, base, strict=True)]
    return f"+{statistics.median(pairs):.1f} s"


if __name__ == "__main__":
    main()
