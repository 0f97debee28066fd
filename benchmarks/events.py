"""Networks over events and gaps with several seeds, beside one that is blind to time.

Generated histories: in half of them the order of two events decides, in half the time between
two; a blind network can get no more than half of the second half right. The test split is
scored once per training. Asked: each network that sees time is ahead of the blind one on the
same test rows with p < 0.01, after Holm's correction for their number.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, stdev
from typing import Any, cast

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from benchmarks.prepared import prepare
from benchmarks.record import write_page
from configs.messages import read_experiment
from corpora.phrases.histories import decided_by_time
from corpora.tables import read_table
from models.event_predicting import EventPredictor
from models.predictors import load_predictor
from training.classification_evaluation import timed
from training.event_baselines import event_baselines
from training.job import TrainingJob
from training.loop import train
from training.significance import comparison, holm, resampled_sums

BLIND = "none"
SYSTEMS: Mapping[str, str] = {
    BLIND: "LSTM, blind to time",
    "concatenated": "(i) logarithm of the gap beside the event's vector",
    "convolution": "(ii) the same through a 1x1 convolution",
    "forget_gate": "(iii) forget gate times 1/(1 + gap)",
    "decay": "(iv) time-aware LSTM (Baytas et al. 2017)",
}

Right = NDArray[np.int64]


@dataclass(frozen=True)
class _Run:
    """One training: which test rows (N,) it got right, and its seconds."""

    right: Right
    seconds: float


def main() -> None:
    """Train and score every network with every seed, then write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    asked = parser.parse_args()
    found: dict[str, list[_Run]] = {time: [] for time in SYSTEMS}
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        prepare(read_experiment({"preset": "events"}), place)
        test = read_table(place / "tables" / "test")
        for seed in range(asked.seeds):
            for kind, runs in found.items():
                runs.append(_run(kind, seed, place, test))
                print(f"{seed} {kind}: {runs[-1].right.mean():.4f}", file=sys.stderr)
        beside = _simple_methods(place, test)
    print(_write(found, beside, test).read_text(encoding="utf-8"))


def _run(kind: str, seed: int, place: Path, test: pd.DataFrame) -> _Run:
    values: Mapping[str, Any] = {
        "preset": "events",
        "network": {"time": kind},
        "training": {"seed": seed},
    }
    folder = place / f"{kind} {seed}"
    began = time.perf_counter()
    train(place / "tokens", folder, TrainingJob.of(read_experiment(values)))
    seconds = time.perf_counter() - began
    predictor = cast(EventPredictor, load_predictor(folder / "bundle"))
    classes = predictor.predict_columns(pa.array(timed(test))).classes
    labels = np.array(predictor.labels, dtype=object)
    return _Run((labels[classes] == test["label"].to_numpy(object)).astype(np.int64), seconds)


def _simple_methods(place: Path, test: pd.DataFrame) -> dict[str, Right]:
    baselines = event_baselines(
        read_table(place / "tables" / "train"),
        read_table(place / "tables" / "validation"),
        test,
    )
    labels = test["label"].to_numpy(object)
    return {
        one.name.replace("_", " "): (one.answers == labels).astype(np.int64)
        for one in baselines
    }


def _write(
    found: Mapping[str, Sequence[_Run]], beside: Mapping[str, Right], test: pd.DataFrame
) -> Path:
    halves = decided_by_time(pa.array(test["events"], pa.large_string()))
    p_values = {kind: _lead(found[kind], found[BLIND])[1] for kind in SYSTEMS if kind != BLIND}
    adjusted = holm(p_values)
    rows = []
    for kind, title in SYSTEMS.items():
        runs = found[kind]
        each = (
            [one.right[part].mean() for one in runs] for part in (slice(None), ~halves, halves)
        )
        lead = ("", "")
        if kind != BLIND:
            lead = (_lead(runs, found[BLIND])[0], f"{adjusted[kind]:.4f}")
        seconds = f"{mean(one.seconds for one in runs):.0f} s"
        rows.append((title, *map(_spread, each), *lead, seconds))
    for name, right in beside.items():
        parts = (right[part].mean() for part in (slice(None), ~halves, halves))
        rows.append((name, *(f"{value:.4f}" for value in parts), "", "", ""))
    return write_page(
        "events",
        "Events: order and time",
        head=(
            "system", "accuracy", "where order decides", "where time decides",
            "ahead of the blind one", "p", "training",
        ),
        rows=rows,
        notes=(
            f"{len(test):,} test sequences of the preset `events`, {int(halves.sum()):,} of "
            f"them decided by time. Means over {len(found[BLIND])} seeds with their standard "
            "deviation. The lead, with its 95 % interval, and p are of the mean over seeds, "
            "by a paired bootstrap over test sequences; p is two-sided, adjusted for four "
            "comparisons (Holm), and at 2,000 draws not below 0.001 before that."
        ),
    )  # fmt: skip


def _lead(runs: Sequence[_Run], blind: Sequence[_Run]) -> tuple[str, float]:
    """How far ahead of the blind network, mean over seeds, and how likely that is chance."""
    both = np.stack(
        [sum(one.right for one in each) for each in (runs, blind)], axis=1
    )  # (N, 2)
    draws = resampled_sums(both, np.arange(len(both))) / (len(both) * len(runs))
    value = (both[:, 0] - both[:, 1]).mean() / len(runs)
    lead = comparison(float(value), draws[:, 0] - draws[:, 1])
    return f"{lead.difference:+.3f} [{lead.low:+.3f}, {lead.high:+.3f}]", lead.p_value


def _spread(values: Sequence[float]) -> str:
    deviation = f" ± {stdev(values):.4f}" if len(values) > 1 else ""
    return f"{mean(values):.4f}{deviation}"


if __name__ == "__main__":
    main()
