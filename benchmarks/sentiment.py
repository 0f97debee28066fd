"""Real sentiment corpus, five splits with a third for test: networks beside their baselines."""

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from benchmarks.prepared import prepare
from benchmarks.record import write_page
from configs.messages import read_experiment
from training.evaluation import evaluate
from training.job import TrainingJob
from training.loop import train
from training.model_card import ModelName
from training.scores import Scores

Accuracies = NDArray[np.float64]

PRESETS = ("sentiment", "sentiment-notebook")
TEST_SHARE, VALIDATION_SHARE = 1 / 3, 0.1
PEERS = {"naive_bayes": 0.822, "logistic_regression": 0.821, "sentiment-notebook": 0.754}
"""Means over three other splits of the same corpus, by scikit-learn and Keras alone."""


@dataclass(frozen=True)
class _Run:
    """One training on one split.

    Attributes:
        scores: Of the network and of the baselines.
        seconds: Wall time of training alone.
    """

    scores: Scores
    seconds: float


def main() -> None:
    """Train and score every preset on every split, then write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("presets", nargs="*", default=PRESETS)
    parser.add_argument("--splits", type=int, default=5)
    options = parser.parse_args()
    runs: dict[str, list[_Run]] = {name: [] for name in options.presets}
    for split_seed in range(options.splits):
        for name, done in runs.items():
            with tempfile.TemporaryDirectory() as place:
                done.append(_run(name, split_seed, Path(place)))
            accuracy = done[-1].scores.score.value
            print(f"split {split_seed}, {name}: {accuracy:.4f}", file=sys.stderr)
    print(_write(runs).read_text(encoding="utf-8"))


def _run(preset: str, split_seed: int, place: Path) -> _Run:
    """Every step from the archive to the scores."""
    experiment = read_experiment(
        {
            "preset": preset,
            "data": {
                "split_seed": split_seed,
                "test_share": TEST_SHARE,
                "validation_share": VALIDATION_SHARE,
            },
            "training": {"seed": split_seed},
        }
    )
    tables, tokens = prepare(experiment, place)
    trained, evaluated = place / "trained", place / "evaluated"
    for folder in (trained, evaluated):
        folder.mkdir()
    job = TrainingJob.of(experiment)
    began = time.perf_counter()
    train(tokens, trained, job)
    seconds = time.perf_counter() - began
    evaluate(
        trained / "bundle",
        tables,
        tokens,
        evaluated,
        job=job,
        name=ModelName(preset, preset),
        train_folder=trained,
    )
    return _Run(Scores.read(evaluated), seconds)


def _write(runs: dict[str, list[_Run]]) -> Path:
    first = [run.scores for run in next(iter(runs.values()))]
    columns = {
        name: np.array([run.scores.score.value for run in done]) for name, done in runs.items()
    }
    baselines = {
        name: np.array([scores.baseline_score(name) for scores in first])
        for name in first[0].baselines
    }
    best = np.max(list(baselines.values()), axis=0)
    every = columns | baselines | {"best baseline": best}
    rows = [
        (str(split), *(f"{values[split]:.4f}" for values in every.values()))
        for split in range(len(first))
    ]
    rows.append(("mean ± deviation", *(_spread(values) for values in every.values())))
    rows.append(("on validation", *(_on_validation(runs, name) for name in every)))
    rows.append(("peers' mean", *(_peer(name) for name in every)))
    notes = [_difference(name, columns[name], best, first) for name in columns]
    notes.append(
        "Settings were chosen on validation rows alone. Networks and baselines learn from the "
        "training rows alone, 57 % of all. Training took "
        + ", ".join(f"{_seconds(done):.1f} s ({name})" for name, done in runs.items())
        + " in the median. Peers: scikit-learn's baselines and a Keras BiLSTM on three other "
        "splits, 2026-11-21."
    )
    head = ("split seed", *every)
    title = "Sentiment sentences: accuracy on the test third"
    return write_page("sentiment", title, head=head, rows=rows, notes="\n\n".join(notes))


def _spread(values: Accuracies) -> str:
    return f"{values.mean():.4f} ± {values.std(ddof=1):.4f}"


def _on_validation(runs: dict[str, list[_Run]], name: str) -> str:
    done = runs.get(name)
    if done is None:
        return ""
    return f"{np.mean([run.scores.validation['accuracy'] for run in done]):.4f}"


def _peer(name: str) -> str:
    return f"{PEERS[name]:.3f}" if name in PEERS else ""


def _seconds(done: Sequence[_Run]) -> float:
    return float(np.median([run.seconds for run in done]))


def _difference(
    preset: str, network: Accuracies, best: Accuracies, scores: Sequence[Scores]
) -> str:
    """The paired difference with two intervals, as one sentence.

    Test thirds of different seeds overlap, so Student's t over splits is too sure of itself;
    Nadeau and Bengio 2003, section 3, widen it by the ratio of test to training rows.
    """
    difference = network - best
    count = len(difference)
    ratio = TEST_SHARE / (1 - TEST_SHARE - VALIDATION_SHARE)
    halves = [
        stats.t.ppf(0.975, count - 1) * difference.std(ddof=1) * share**0.5
        for share in (1 / count, 1 / count + ratio)
    ]
    plain, corrected = (
        f"[{difference.mean() - half:+.4f}, {difference.mean() + half:+.4f}]" for half in halves
    )
    return (
        f"**{preset} − best baseline of the same split: {difference.mean():+.4f}**, 95 % "
        f"interval {plain} (paired, Student's t over {count} splits; {corrected} with the "
        f"overlap of the splits allowed for)."
    )


if __name__ == "__main__":
    main()
