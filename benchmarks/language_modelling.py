"""Language models on running text: cells, systems and own texts, in equal or in given time.

Every training is given so many epochs as fit into its minutes, by the time of its second
epoch; the step size falls to 0 over them. The test text is read once per training.
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

from benchmarks.prepared import prepare
from benchmarks.record import write_page
from cli.experiments import Request, values_of
from configs.experiment import ExperimentConfig
from configs.messages import read_experiment
from configs.settings import Settings
from configs.shipped import merged
from models.language_modelling import LanguagePredictor
from models.predictors import load_predictor
from training.history import History
from training.job import TrainingJob
from training.language_evaluation import evaluate_language
from training.loop import train
from training.scores import Scores

CELLS = ("rnn_tanh", "rnn_relu", "lstm", "gru", "gru_reset_before", "peephole_lstm")
SYSTEMS: Mapping[str, Mapping[str, Mapping[str, Any]]] = {
    "cells": {cell: {"network": {"cell": cell}} for cell in CELLS},
    "alice": {
        "stateful": {},
        "stateless": {"training": {"stateful": False}},
    },
    "notebook": {"the notebook's GRU": {"preset": "alice-notebook"}},
    "wide": {"wide": {"preset": "alice-1024"}},
    "own": {"character": {}},
}


@dataclass(frozen=True)
class _Run:
    """One training.

    Attributes:
        title: Of the network.
        scores: On the test text.
        validation: Bits per character of the epoch that was kept.
        seconds: Wall time of training alone.
        epochs: Until it stopped.
        rate: Tokens per second.
    """

    title: str
    scores: Scores
    validation: float
    seconds: float
    epochs: int
    rate: float


class _Watch:
    """Times the epochs of a training."""

    def __init__(self) -> None:
        self.rates: list[float] = []

    def metric(self, key: str, value: float, *, step: int | None = None) -> None:
        if key == "system/tokens_per_second":
            self.rates.append(value)

    def artifact(self, path: Path, to: str) -> None:
        """Nothing: files stay where they are."""


def main() -> None:
    """Train and score every system with every seed, then write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=SYSTEMS)
    parser.add_argument(
        "--minutes", type=float, help="of each training; else the preset's epochs"
    )
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--threads", type=int)
    parser.add_argument("--text", type=Path, help="own: the file")
    parser.add_argument("--keep", type=Path, help="where bundles of the first seed go")
    asked = parser.parse_args()
    found: dict[str, list[_Run]] = {name: [] for name in SYSTEMS[asked.what]}
    with tempfile.TemporaryDirectory() as made:
        place = Path(made)
        prepare(_experiment(asked, {}, 0), place)
        for seed in range(asked.seeds):
            for name, runs in found.items():
                settings = SYSTEMS[asked.what][name]
                runs.append(_run(asked, settings, place / f"{name} {seed}", seed))
                value = runs[-1].scores.score.value
                print(f"seed {seed}, {name}: {value:.4f}", file=sys.stderr)
    print(_write(asked, found).read_text(encoding="utf-8"))


def _experiment(
    asked: argparse.Namespace, settings: Mapping[str, Any], seed: int, epochs: int | None = None
) -> ExperimentConfig:
    values: dict[str, Any] = {"preset": "alice"}
    if asked.text is not None:
        own = Request(data=asked.text, problem="language-modelling")
        values = values_of(own, Settings.from_environment().home)
    training: dict[str, Any] = {"seed": seed, "threads": asked.threads, "sample_epochs": 1_000}
    if epochs is not None:
        training |= {"epochs": epochs, "schedule": "cosine", "patience": None}
    return read_experiment(merged(merged(values, settings), {"training": training}))


def _run(
    asked: argparse.Namespace, settings: Mapping[str, Any], folder: Path, seed: int
) -> _Run:
    place, epochs = folder.parent, None
    if asked.minutes is not None:
        epochs = _epochs_in(60 * asked.minutes, asked, settings, place)
    job = TrainingJob.of(_experiment(asked, settings, seed, epochs))
    watch = _Watch()
    began = time.perf_counter()
    facts = train(place / "tokens", folder, job, journal=watch)
    seconds = time.perf_counter() - began
    predictor = load_predictor(folder / "bundle")
    evaluated = evaluate_language(
        cast(LanguagePredictor, predictor),
        place / "tables",
        place / "tokens",
        job=job,
        validation={},
    )
    if asked.keep is not None and seed == 0:
        (folder / "bundle").rename(asked.keep / folder.name.rpartition(" ")[0])
    history = History.read(folder)
    return _Run(
        job.network.title,
        evaluated.scores,
        history.epochs[history.best_epoch - 1]["validation/bits_per_character"],
        seconds,
        cast(int, facts["epochs"]),
        mean(watch.rates),
    )


def _epochs_in(
    seconds: float, asked: argparse.Namespace, settings: Mapping[str, Any], place: Path
) -> int:
    """How many epochs fit, the first being slower than the others."""
    job = TrainingJob.of(_experiment(asked, settings, 0, 2))
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        train(place / "tokens", Path(folder), job)
        return max(2, round(seconds / ((time.perf_counter() - began) / 2)))


def _write(asked: argparse.Namespace, found: Mapping[str, Sequence[_Run]]) -> Path:
    rows = [_row(name, runs) for name, runs in found.items()]
    first = next(iter(found.values()))[0].scores
    for name, beside in first.baselines.items():
        bits = beside.metrics["bits_per_character"].value
        rows.append((name.replace("_", " "), "", f"{bits:.3f}", "", "", ""))
    characters = int(first.details["characters"])
    return write_page(
        f"language_modelling_{asked.what}",
        f"Language modelling: {asked.what}",
        head=("system", "network", "bits per character", "validation", "training", "tokens/s"),
        rows=rows,
        notes=(
            f"{characters:,} test characters, read once, the state carried along. Means over "
            f"{len(next(iter(found.values())))} seeds, with their standard deviation; the 95 % "
            f"interval of the first system's first seed is {first.score.text(decimals=3)} "
            f"(bootstrap over blocks of some 500 characters)."
        ),
        module="language_modelling",
    )


def _row(name: str, runs: Sequence[_Run]) -> tuple[str, ...]:
    seconds, epochs = mean(run.seconds for run in runs), mean(run.epochs for run in runs)
    return (
        name,
        runs[0].title,
        _spread([run.scores.score.value for run in runs]),
        _spread([run.validation for run in runs]),
        f"{seconds:.0f} s, {epochs:.0f} epochs",
        f"{mean(run.rate for run in runs):,.0f}",
    )


def _spread(values: Sequence[float]) -> str:
    deviation = f" ± {stdev(values):.3f}" if len(values) > 1 else ""
    return f"{mean(values):.3f}{deviation}"


if __name__ == "__main__":
    main()
