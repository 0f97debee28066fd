"""Part-of-speech taggers over seeds, beside the most frequent tag of each word.

The split stays the same; seeds move initialisation, order and dropout. The test split is scored
once per training.
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
from configs.messages import read_experiment
from models.predictors import load_predictor
from models.tagging import TaggingPredictor
from training.history import History
from training.job import TrainingJob
from training.loop import train
from training.scores import Scores
from training.tagging_evaluation import KNOWN, UNKNOWN, evaluate_tagging

SYSTEMS: Mapping[str, Mapping[str, Mapping[str, Any]]] = {
    "pos-tagging": {
        "BiGRU": {"network": {"spelling": "none", "crf": False}},
        "BiGRU + spelling": {"network": {"crf": False}},
        "BiGRU + spelling + CRF": {},
    },
    "pos-tagging-notebook": {"the notebook's BiGRU": {}},
    "pos-tagging-ud": {"BiGRU + spelling + CRF": {}},
}


@dataclass(frozen=True)
class _Run:
    """One training.

    Attributes:
        scores: On the test split.
        seconds: Wall time of training alone.
        epochs: Until it stopped.
    """

    scores: Scores
    seconds: float
    epochs: int


def main() -> None:
    """Train and score every system of a preset with every seed, then write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("preset", choices=SYSTEMS)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--threads", type=int)
    asked = parser.parse_args()
    found: dict[str, list[_Run]] = {name: [] for name in SYSTEMS[asked.preset]}
    with tempfile.TemporaryDirectory() as place:
        prepare(read_experiment({"preset": asked.preset}), Path(place))
        for seed in range(asked.seeds):
            for name, runs in found.items():
                folder = Path(place) / f"{name} {seed}"
                runs.append(_run(asked, SYSTEMS[asked.preset][name], seed, folder))
                value = runs[-1].scores.score.value
                print(f"seed {seed}, {name}: {value:.4f}", file=sys.stderr)
    print(_write(asked.preset, found).read_text(encoding="utf-8"))


def _run(
    asked: argparse.Namespace, settings: Mapping[str, Any], seed: int, folder: Path
) -> _Run:
    training = {"seed": seed, "threads": asked.threads}
    experiment = read_experiment({"preset": asked.preset, **settings, "training": training})
    job, place = TrainingJob.of(experiment), folder.parent
    began = time.perf_counter()
    facts = train(place / "tokens", folder, job)
    seconds = time.perf_counter() - began
    history = History.read(folder)
    evaluated = evaluate_tagging(
        cast(TaggingPredictor, load_predictor(folder / "bundle")),
        place / "tables",
        text=job.text,
        validation=history.epochs[history.best_epoch - 1],
    )
    return _Run(evaluated.scores, seconds, cast(int, facts["epochs"]))


def _write(preset: str, found: Mapping[str, Sequence[_Run]]) -> Path:
    rows = [_row(name, runs) for name, runs in found.items()]
    first = next(iter(found.values()))[0].scores
    for name, beside in first.baselines.items():
        metrics = beside.metrics
        cells = (f"{metrics[key].value:.4f}" for key in ("accuracy", "sentence_accuracy"))
        rows.append((name.replace("_", " "), *cells, "", "", ""))
    words = sum(first.class_rows.values())
    return write_page(
        f"tagging_{preset.replace('-', '_')}",
        f"Tagging: {preset}",
        head=(
            "system", "accuracy", "sentences all right", "known words", "unknown words",
            "training",
        ),
        rows=rows,
        notes=(
            f"{first.rows:,} test sentences with {words:,} words and {len(first.class_rows)} "
            f"tags. Means over {len(next(iter(found.values())))} seeds, with their standard "
            f"deviation; the 95 % interval of one seed's accuracy is "
            f"{first.score.text(decimals=4)} (first system, bootstrap over sentences)."
        ),
        module="tagging",
    )  # fmt: skip


def _row(name: str, runs: Sequence[_Run]) -> tuple[str, ...]:
    parts = (
        [run.scores.parts[part].metrics["accuracy"].value for run in runs]
        for part in (KNOWN, UNKNOWN)
    )
    each = (
        [run.scores.score.value for run in runs],
        [run.scores.test["sentence_accuracy"].value for run in runs],
        *parts,
    )
    trained = (
        f"{mean(r.seconds for r in runs):.0f} s, {mean(r.epochs for r in runs):.0f} epochs"
    )
    return (name, *map(_spread, each), trained)


def _spread(values: Sequence[float]) -> str:
    deviation = f" ± {stdev(values):.4f}" if len(values) > 1 else ""
    return f"{mean(values):.4f}{deviation}"


if __name__ == "__main__":
    main()
