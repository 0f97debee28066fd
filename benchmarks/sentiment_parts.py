"""What each part of the sentiment preset is worth: taken out one by one, on validation rows."""

import argparse
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from benchmarks.record import write_page
from benchmarks.sentiment import TEST_SHARE, VALIDATION_SHARE, prepare
from configs.messages import read_experiment
from storage.files import Json
from training.job import TrainingJob
from training.loop import train

Figures = NDArray[np.float64]

WHOLE = "the preset as it is"
CHANGES: dict[str, dict[str, dict[str, Any]]] = {
    WHOLE: {},
    "no start from naive Bayes": {"network": {"start": "chance"}},
    "no n-grams": {"network": {"ngram_buckets": 0}},
    "no n-grams, no start from naive Bayes": {
        "network": {"ngram_buckets": 0, "start": "chance"}
    },
    "n-grams beside every text": {"network": {"ngram_dropout": 0.0}},
    "word vectors of deviation 1": {"network": {"embedding_deviation": 1.0}},
    "final states instead of the maximum over time": {"network": {"pooling": "last"}},
    "maximum and mean over time": {"network": {"pooling": "max_mean"}},
    "no word dropout": {"network": {"word_dropout": 0.0}},
    "no embedding dropout": {"network": {"embedding_dropout": 0.0}},
    "no dropout between parts": {"network": {"dropout": 0.0}},
    "no averaging of weights": {"training": {"average": 0.0}},
    "no weight decay": {"training": {"weight_decay": 0.0}},
    "no label smoothing": {"training": {"label_smoothing": 0.0}},
    "words seen once are unknown": {"text": {"min_frequency": 2}},
}


def main() -> None:
    """Train every change on every split, then write the page; test rows are never read."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--splits", type=int, default=10)
    options = parser.parse_args()
    found = np.array([_on_split(seed) for seed in range(options.splits)])
    print(_write(found).read_text(encoding="utf-8"))


def _on_split(seed: int) -> list[tuple[float, float]]:
    """Validation accuracy and loss of every change, in their order."""
    figures = []
    for name, change in CHANGES.items():
        experiment = read_experiment(_settings(seed, change))
        with tempfile.TemporaryDirectory() as place:
            _, tokens = prepare(experiment, Path(place))
            facts = train(tokens, Path(place) / "trained", TrainingJob.of(experiment))
        figures.append(_kept(facts))
        print(f"split {seed}, {name}: {figures[-1][0]:.4f}", file=sys.stderr)
    return figures


def _settings(seed: int, change: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    data = {
        "split_seed": seed,
        "test_share": TEST_SHARE,
        "validation_share": VALIDATION_SHARE,
    }
    return {
        "preset": "sentiment",
        "data": data,
        **change,
        "training": {"seed": seed, **change.get("training", {})},
    }


def _kept(facts: Mapping[str, Json]) -> tuple[float, float]:
    """Accuracy and loss of the kept epoch."""
    validation = facts["validation"]
    if not isinstance(validation, dict):
        raise TypeError(f"validation is {validation!r}, not a mapping of metrics")
    return float(str(validation["accuracy"])), float(str(validation["loss"]))


def _write(found: Figures) -> Path:
    """The page of found (splits, changes, 2)."""
    whole = found[:, 0]
    rows = [
        (name, f"{accuracy.mean():.4f}", *_differences(accuracy - whole[:, 0]), f"{loss:.3f}")
        for name, accuracy, loss in _by_change(found)
    ]
    return write_page(
        "sentiment_parts",
        "What the parts of the sentiment preset are worth",
        head=("change", "accuracy", "difference", "95 % interval", "loss"),
        rows=rows,
        notes=f"Accuracy and loss of the kept epoch on the validation rows of {len(found)} "
        f"splits; a tenth of the rows each. Intervals are paired (Student's t over splits). "
        f"The differences of single parts are within chance where the interval holds 0.",
    )


def _by_change(found: Figures) -> Iterable[tuple[str, Figures, float]]:
    for number, name in enumerate(CHANGES):
        yield name, found[:, number, 0], float(found[:, number, 1].mean())


def _differences(difference: Figures) -> tuple[str, str]:
    if not difference.any():
        return "", ""
    count, mean = len(difference), difference.mean()
    half = stats.t.ppf(0.975, count - 1) * difference.std(ddof=1) / count**0.5
    return f"{mean:+.4f}", f"[{mean - half:+.4f}, {mean + half:+.4f}]"


if __name__ == "__main__":
    main()
