"""BLEU of translation systems on real pairs, under a protocol that does not flatter.

Each system is trained until it has not been better on validation for as many epochs as its
preset's patience says, and is then scored once by each width of beam. Protocol a: 30,000
pairs, words without case and accents, as the notebooks had them but split by source. Protocol
b: all pairs, parts of words, true case and accents. Pairs, ids and trainings stay in the
place, and a training that was stopped goes on from there.
"""

import argparse
import json
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.record import write_page
from benchmarks.sentiment import prepare
from configs.experiment import ExperimentConfig
from configs.messages import read_experiment
from corpora.tables import read_table
from models.bundle import load_bundle
from models.predictors import TranslationPredictor
from training.batching import training_order
from training.history import History
from training.job import TrainingJob
from training.loop import train
from training.problems.translation import Translation
from training.scores import TITLES, Scores
from training.translation_evaluation import evaluate_translation

BEAMS = (1, 5)
TIMED_SENTENCES = 1_000
BLEU = "validation/bleu"
SPEED = "system/tokens_per_second"
LATEST = 3
"""Evaluations over which the last rise of validation BLEU is told."""


@dataclass(frozen=True)
class Protocol:
    """Which systems are compared.

    Attributes:
        title: Of the page.
        systems: What each is called, and the settings that make it.
    """

    title: str
    systems: Mapping[str, Mapping[str, Any]]


PROTOCOLS = {
    "a": Protocol(
        "Translation, 30,000 pairs by words without case and accents",
        {
            "without attention": {"preset": "translation-plain"},
            "Bahdanau attention": {"preset": "translation-attention-ascii"},
        },
    ),
    "b": Protocol(
        "Translation, all pairs by parts of words with case and accents",
        {
            "without attention": {
                "preset": "translation",
                "network": {"attention": "none", "bidirectional": False},
            },
            "Bahdanau attention": {"preset": "translation"},
            "Transformer": {"preset": "translation-transformer"},
        },
    ),
}


@dataclass(frozen=True)
class Trained:
    """A system that is trained.

    Attributes:
        job: What was trained.
        place: Its folder, with `tables`, `tokens`, and `bundle` and history in `trained`.
        facts: What the training says of itself.
        minutes: Of training until the end of each epoch, validation aside.
    """

    job: TrainingJob
    place: Path
    facts: Mapping[str, Any]
    minutes: Sequence[float]


def main() -> None:
    """Train what is not trained yet, and write the page once all are."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("protocol", choices=PROTOCOLS)
    parser.add_argument("--place", type=Path, required=True)
    parser.add_argument("--train", metavar="SYSTEM", help="train this one and write no page")
    parser.add_argument("--hidden", type=int, help="other size of recurrent states")
    parser.add_argument("--threads", type=int)
    asked = parser.parse_args()
    protocol = PROTOCOLS[asked.protocol]
    names = list(protocol.systems) if asked.train is None else [asked.train]
    trained = {}
    for name in names:
        experiment = _experiment(protocol.systems[name], asked)
        trained[name] = _trained(experiment, _place(asked, name))
    if asked.train is None:
        page = _write(asked.protocol, protocol.title, trained)
        print(page.read_text(encoding="utf-8"))


def _experiment(settings: Mapping[str, Any], asked: argparse.Namespace) -> ExperimentConfig:
    network = dict(settings.get("network", {}))
    if asked.hidden and settings["preset"] != "translation-transformer":
        network["hidden_dim"] = asked.hidden
    return read_experiment(
        {**settings, "network": network, "training": {"threads": asked.threads}}
    )


def _place(asked: argparse.Namespace, name: str) -> Path:
    folder: Path = asked.place / f"{asked.protocol}-{asked.hidden or 'preset'}"
    return folder / name.replace(" ", "-").lower()


def _trained(experiment: ExperimentConfig, place: Path) -> Trained:
    """Prepare and train, or go on with it, or find it done."""
    job = TrainingJob.of(experiment)
    if not (place / "ready").exists():
        place.mkdir(parents=True)
        prepare(experiment, place)
        (place / "ready").touch()
    log = _Log(place / "epochs.jsonl")
    facts = train(place / "tokens", place / "trained", job, journal=log)
    return Trained(job, place, facts, _minutes(log, place, job))


class _Log:
    """Keeps the figures of epochs in a file, over all calls that a training takes."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def metric(self, key: str, value: float, *, step: int | None = None) -> None:
        with self.path.open("a", encoding="utf-8") as file:
            print(json.dumps({"epoch": step, "key": key, "value": value}), file=file)
        if key in (BLEU, SPEED):
            print(f"{self.path.parent.name}, epoch {step}: {key} {value:.2f}", file=sys.stderr)

    def values(self, key: str) -> list[float]:
        """Of each epoch, the last that was kept."""
        lines = map(json.loads, self.path.read_text(encoding="utf-8").splitlines())
        found = {line["epoch"]: float(line["value"]) for line in lines if line["key"] == key}
        return [found[epoch] for epoch in sorted(found)]


def _minutes(log: _Log, place: Path, job: TrainingJob) -> list[float]:
    split = Translation(place / "tokens", job).split("train")
    tokens, total, minutes = int(split.lengths.sum()), 0.0, []
    for speed in log.values(SPEED):
        total += tokens / speed / 60
        minutes.append(total)
    return minutes


def _write(protocol: str, title: str, trained: Mapping[str, Trained]) -> Path:
    equal = min(system.minutes[-1] for system in trained.values())
    rows, notes = [], []
    for name, system in trained.items():
        history = History.read(system.place / "trained")
        scores = {beam: _scores(system, history, beam) for beam in BEAMS}
        speeds = {beam: _sentences_per_second(system, beam) for beam in BEAMS}
        rows += [
            _row(f"{name}, beam {beam}", scores[beam], f"{speeds[beam]:.1f}") for beam in BEAMS
        ]
        notes.append(_course(name, system, history, equal))
    rows += _baselines(scores[BEAMS[0]])
    notes.append(_told(system, scores[BEAMS[0]]))
    return write_page(
        f"translation_protocol_{protocol}",
        title,
        head=(
            "system", "BLEU, all references", "BLEU, one reference", "chrF", "exact",
            "sentences a second",
        ),
        rows=rows,
        notes="\n\n".join(notes),
        module="translation_quality",
    )  # fmt: skip


def _predictor(system: Trained, beam: int) -> TranslationPredictor:
    bundle = load_bundle(system.place / "trained" / "bundle")
    decoding = bundle.config.decoding.model_copy(update={"beam_size": beam})
    config = bundle.config.model_copy(update={"decoding": decoding})
    return TranslationPredictor(bundle.network, replace(bundle, config=config))


def _scores(system: Trained, history: History, beam: int) -> Scores:
    evaluated = evaluate_translation(
        _predictor(system, beam),
        system.place / "tables",
        system.place / "tokens",
        job=system.job,
        validation=history.epochs[history.best_epoch - 1],
    )
    return evaluated.scores


def _sentences_per_second(system: Trained, beam: int) -> float:
    """On the first thousand different test sources, batched as the predictor does."""
    test = read_table(system.place / "tables" / "test", ["source"])
    texts: pd.Series[str] = test["source"].drop_duplicates()[:TIMED_SENTENCES]
    predictor = _predictor(system, beam)
    predictor.predict(texts[:50])
    began = time.perf_counter()
    predictor.predict(texts)
    return len(texts) / (time.perf_counter() - began)


def _row(name: str, scores: Scores, speed: str) -> tuple[str, ...]:
    test, single = scores.test, scores.details["single_reference_bleu"]
    return (
        name,
        test["bleu"].text(decimals=1),
        f"{single:.1f}",
        test["chrf"].text(decimals=1),
        test["exact_match"].text(decimals=3),
        speed,
    )


def _baselines(scores: Scores) -> list[tuple[str, ...]]:
    return [
        (
            name.replace("_", " "),
            beside.metrics["bleu"].text(decimals=1),
            "",
            beside.metrics["chrf"].text(decimals=1),
            beside.metrics["exact_match"].text(decimals=3),
            "",
        )
        for name, beside in scores.baselines.items()
    ]


def _course(name: str, system: Trained, history: History, equal: float) -> str:
    """How the training went, in a paragraph."""
    network, minutes = system.job.network, system.minutes
    course = [epoch[BLEU] for epoch in history.epochs]
    until = [bleu for bleu, at in zip(course, minutes, strict=True) if at <= equal * 1.001]
    rise = max(course[-LATEST:]) - max(course[:-LATEST], default=0.0)
    sizes = ", ".join(
        f"{key} {value}" for key, value in network.model_dump(mode="json").items() if value
    )
    return (
        f"**{name}** ({sizes}; {system.facts['parameters']:,} parameters): "
        f"{len(course)} epochs in {minutes[-1]:.0f} minutes of training, "
        f"{system.facts['threads']} threads, {system.facts['precision']}; the best is epoch "
        f"{history.best_epoch}. Greedy BLEU on 500 validation pairs after each: "
        f"{', '.join(f'{bleu:.1f}' for bleu in course)}; in the last {LATEST} the best rose by "
        f"{max(rise, 0.0):.1f}. After {equal:.0f} minutes, which all had: "
        f"{max(until, default=0.0):.1f}."
    )


def _told(system: Trained, scores: Scores) -> str:
    tokens = system.place / "tokens"
    split = Translation(tokens, system.job).split("train")
    order = training_order(split.lengths, system.job.training, epoch=0)
    signatures = ", ".join(
        f"{TITLES[name]} `{words}`" for name, words in scores.signatures.items()
    )
    return (
        f"{len(split.lengths):,} training pairs in {len(order):,} batches, {scores.rows:,} "
        f"different test sources, none of which stands in training up to case and signs. All "
        f"targets of a source are its references; one reference: every test pair by itself. "
        f"{signatures}."
    )


if __name__ == "__main__":
    main()
