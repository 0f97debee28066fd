"""The next event of cases in logs, by networks with several seeds beside simple methods.

Two logs in CSV form, split by case: made-up tickets (`benchmarks.ticket_log`), of which the
best possible accuracy is known, and what Debian's package manager wrote on this machine, where
there is such a log. Asked, before any score was seen: on tickets ahead of the Markov chain with
p < 0.01 and within two points of the best possible. The test split is scored once a training.
"""

import argparse
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, stdev
from typing import Any, cast

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from benchmarks.record import write_page
from benchmarks.ticket_log import COLUMNS, write_tickets
from configs.experiment import ExperimentConfig
from configs.messages import read_experiment
from corpora.preprocess import build_tables
from corpora.tables import read_table
from models.event_predicting import EventPredictor
from models.predictors import load_predictor
from training.classification_evaluation import timed
from training.encoding import encode
from training.event_baselines import event_baselines
from training.job import TrainingJob
from training.loop import train
from training.significance import comparison, resampled_sums

DPKG = Path("/var/log/dpkg.log")
CASES = 4_000


@dataclass(frozen=True)
class _Found:
    """What one log gave.

    Attributes:
        rows: Test rows.
        systems: Name of a system to the test rows (N,) it got right, once for each seed.
        groups: (N,) the case of each row.
        best: Best possible accuracy; None where nobody knows.
    """

    rows: int
    systems: Mapping[str, Sequence[NDArray[np.int64]]]
    groups: NDArray[np.generic]
    best: float | None


def main() -> None:
    """Train and score on both logs, then write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    asked = parser.parse_args()
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        known = write_tickets(place / "tickets.csv", cases=CASES, seed=0)
        found["tickets"] = _on(place / "tickets.csv", asked.seeds, known)
        if DPKG.is_file():
            _write_package_log(place / "packages.csv")
            found["packages"] = _on(place / "packages.csv", asked.seeds, {})
    print(_write(found, asked.seeds).read_text(encoding="utf-8"))


def _write_package_log(path: Path) -> None:
    """The log of dpkg as CSV: a case for each package, an event for what happened to it."""
    lines = pd.Series(DPKG.read_text(encoding="utf-8").splitlines())
    form = r"^(\S+ \S+) (?:status )?([a-z-]+) ([a-z0-9+.-]+:[a-z0-9]+) "
    read = lines.str.extract(form).dropna()
    read.columns = [COLUMNS[2], COLUMNS[1], COLUMNS[0]]
    read.to_csv(path, index=False)


def _experiment(path: Path, seed: int) -> ExperimentConfig:
    values: dict[str, Any] = {
        "preset": "events",
        "name": path.stem,
        "data": {
            "dataset": path.stem,
            "file": {"name": path.name, "sha256": "0" * 64, "format": "csv"},
            "columns": dict(zip(("case", "event", "time"), COLUMNS, strict=True)),
            "events": {"log": True, "target": "next_event", "unit": "hours"},
        },
        "training": {"seed": seed},
    }
    return read_experiment(values)


def _on(path: Path, seeds: int, known: Mapping[tuple[int, int], float]) -> _Found:
    place = path.parent / path.stem
    tables, tokens = place / "tables", place / "tokens"
    experiment = _experiment(path, 0)
    build_tables(path.parent, tables, experiment.data)
    encode(tables, tokens, data=experiment.data, text=experiment.text)
    test = read_table(tables / "test")
    labels = test["label"].to_numpy(object)
    systems: dict[str, list[NDArray[np.int64]]] = {"network": []}
    for seed in range(seeds):
        folder = place / str(seed)
        train(tokens, folder, TrainingJob.of(_experiment(path, seed)))
        predictor = cast(EventPredictor, load_predictor(folder / "bundle"))
        classes = predictor.predict_columns(pa.array(timed(test))).classes
        answers = np.array(predictor.labels, object)[classes]
        systems["network"].append((answers == labels).astype(np.int64))
        print(f"{path.stem} {seed}: {systems['network'][-1].mean():.4f}", file=sys.stderr)
    others = [read_table(tables / name) for name in ("train", "validation")]
    for one in event_baselines(*others, test):
        systems[one.name.replace("_", " ")] = [(one.answers == labels).astype(np.int64)]
    chances = [
        known[int(case), len(events.split())]
        for case, events in zip(test["case"], test["events"], strict=True)
        if known
    ]
    return _Found(len(test), systems, test["case"].to_numpy(), mean(chances) if known else None)


def _write(found: Mapping[str, _Found], seeds: int) -> Path:
    rows = []
    for log, one in found.items():
        for name, right in one.systems.items():
            lead = "" if name == "network" else _lead(one, name)
            rows.append((log, name, _spread([each.mean() for each in right]), lead))
        if one.best is not None:
            rows.append((log, "best possible", f"{one.best:.4f}", ""))
    listed = ", ".join(f"{name} {one.rows:,}" for name, one in found.items())
    return write_page(
        "event_logs",
        "Event logs: the next event",
        head=("log", "system", "accuracy", "the network's lead over it, and p"),
        rows=rows,
        notes=(
            f"Test rows, each the beginning of a case: {listed}. Split by case. Networks: the "
            f"preset `events` as it is, means over {seeds} seeds with their standard "
            "deviation. Leads are of the mean over seeds, with 95 % intervals, by a paired "
            "bootstrap over cases."
        ),
    )


def _lead(one: _Found, name: str) -> str:
    runs = one.systems["network"]
    both = np.stack([sum(runs), one.systems[name][0] * len(runs)], axis=1)  # (N, 2)
    draws = resampled_sums(both, one.groups)
    scale = len(both) * len(runs)
    lead = comparison(
        float((both[:, 0] - both[:, 1]).sum() / scale), (draws[:, 0] - draws[:, 1]) / scale
    )
    return f"{lead.difference:+.3f} [{lead.low:+.3f}, {lead.high:+.3f}], p {lead.p_value:.3f}"


def _spread(values: Sequence[float]) -> str:
    deviation = f" ± {stdev(values):.4f}" if len(values) > 1 else ""
    return f"{mean(values):.4f}{deviation}"


if __name__ == "__main__":
    main()
