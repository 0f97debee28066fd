"""Real sentiment corpus, five splits with a third for test: network beside its baselines."""

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.record import write_page
from configs.experiment import ExperimentConfig
from configs.messages import read_experiment
from configs.settings import Settings
from corpora.download import fetch
from corpora.preprocess import build_tables
from training.encoding import encode
from training.evaluation import evaluate
from training.job import TrainingJob
from training.loop import train
from training.scores import Scores

_T_975 = {
    2: 12.706,
    3: 4.303,
    4: 3.182,
    5: 2.776,
    6: 2.571,
    7: 2.447,
    8: 2.365,
    9: 2.306,
    10: 2.262,
}
"""Student's t by number of pairs, for a two-sided 95 % interval."""


def main() -> None:
    """Train and score every split, then write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("preset", nargs="?", default="sentiment")
    parser.add_argument("--splits", type=int, default=5)
    options = parser.parse_args()
    found = []
    for seed in range(options.splits):
        experiment = read_experiment(
            {
                "preset": options.preset,
                "data": {"split_seed": seed, "test_share": 1 / 3},
                "training": {"seed": seed},
            }
        )
        with tempfile.TemporaryDirectory() as place:
            found.append(_scores(experiment, Path(place)))
        print(
            seed,
            found[-1].score,
            {n: found[-1].baseline_score(n) for n in found[-1].baselines},
            file=sys.stderr,
        )
    path = _write(options.preset, found)
    print(path.read_text(encoding="utf-8"))


def _scores(experiment: ExperimentConfig, place: Path) -> Scores:
    settings = Settings.from_environment()
    raw, tables, tokens, trained, scores = (
        place / name for name in ("raw", "tables", "tokens", "trained", "scores")
    )
    for folder in (raw, tables, tokens, trained, scores):
        folder.mkdir()
    job = TrainingJob.of(experiment)
    fetch(experiment.data, raw, cache=settings.home / "raw", mirror=settings.mirror)
    build_tables(raw, tables, experiment.data)
    encode(tables, tokens, data=experiment.data, text=experiment.text)
    train(tokens, trained, job)
    evaluate(trained / "bundle", tables, tokens, scores, job=job, train_folder=trained)
    return Scores.read(scores)


def _write(preset: str, found: list[Scores]) -> Path:
    names = list(found[0].baselines)
    network = np.array([each.score.value for each in found])
    baselines = {
        name: np.array([each.baseline_score(name) for each in found]) for name in names
    }
    best = np.max(list(baselines.values()), axis=0)
    difference = network - best
    half = _T_975[len(found)] * difference.std(ddof=1) / len(found) ** 0.5
    rows = [
        (
            str(seed),
            f"{network[seed]:.4f}",
            *(f"{baselines[n][seed]:.4f}" for n in names),
            f"{difference[seed]:+.4f}",
        )
        for seed in range(len(found))
    ]
    rows.append(
        (
            "mean",
            f"{network.mean():.4f}",
            *(f"{baselines[n].mean():.4f}" for n in names),
            f"{difference.mean():+.4f}",
        )
    )
    notes = (
        f"Network minus the best baseline of the same split: {difference.mean():+.4f}, "
        f"95 % interval [{difference.mean() - half:+.4f}, {difference.mean() + half:+.4f}] "
        f"(paired, Student's t over {len(found)} splits)."
    )
    head = ("split seed", f"network ({preset})", *names, "network − best")
    return write_page("sentiment", "Sentiment sentences", head=head, rows=rows, notes=notes)


if __name__ == "__main__":
    main()
