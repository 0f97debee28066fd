"""Translation systems on real pairs, trained to their best and scored, for a comparison."""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from benchmarks.prepared import prepare
from configs.experiment import ExperimentConfig
from configs.messages import read_experiment
from models.bundle import load_bundle
from models.networks.build import Seq2SeqNetwork
from models.translating import TranslationPredictor
from training.device import resolve_device
from training.history import History
from training.job import TrainingJob
from training.loop import train
from training.problems.translation import Translation
from training.scores import Scores
from training.translation_evaluation import evaluate_translation

BEAMS = (1, 5)
BLEU = "validation/bleu"
SPEED = "system/tokens_per_second"


@dataclass(frozen=True)
class Protocol:
    """Which systems are compared.

    Attributes:
        title: Of the page.
        systems: What each is called, and the settings that make it.
        first: Pairs are the first so many of the file; None: as the presets say.
    """

    title: str
    systems: Mapping[str, Mapping[str, Any]]
    first: int | None = None


_BY_WORDS = {
    "without attention": {"preset": "translation-plain"},
    "Bahdanau attention": {"preset": "translation-attention-ascii"},
}
PROTOCOLS = {
    "a": Protocol("Translation, 30,000 pairs by words without case and accents", _BY_WORDS),
    "a-first": Protocol(
        "Translation, the first 30,000 pairs by words without case and accents",
        _BY_WORDS,
        first=30_000,
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
    """A system that is trained with one seed, and scored.

    Attributes:
        job: What was trained.
        place: The system's folder, with `tables` and `tokens`.
        folder: The seed's, with bundle and history.
        facts: What the training says of itself.
        minutes: Of training until the end of each epoch, validation aside.
        scores: By width of beam.
    """

    job: TrainingJob
    place: Path
    folder: Path
    facts: Mapping[str, Any]
    minutes: Sequence[float]
    scores: Mapping[int, Scores]

    def bleu(self, beam: int) -> float:
        """Against all references."""
        return self.scores[beam].score.value


def _experiment(
    settings: Mapping[str, Any], seed: int, asked: argparse.Namespace
) -> ExperimentConfig:
    network = dict(settings.get("network", {}))
    if asked.hidden and settings["preset"] != "translation-transformer":
        network["hidden_dim"] = asked.hidden
    training = {"batch_tokens": asked.batch_tokens, "epochs": asked.epochs}
    training = {name: value for name, value in training.items() if value}
    training |= {"seed": seed, "threads": asked.threads}
    return read_experiment({**settings, "network": network, "training": training})


def trained(name: str, seed: int, asked: argparse.Namespace) -> Trained:
    """Prepare, train and score, or go on with it, or find it done.

    Args:
        name: What the system is called in the protocol.
        seed: Of the training; the split stays the same.
        asked: What the command line says.
    """
    protocol = PROTOCOLS[asked.protocol]
    experiment = _experiment(protocol.systems[name], seed, asked)
    job = TrainingJob.of(experiment)
    place: Path = asked.place / f"{asked.protocol}-{asked.hidden or 'preset'}"
    place = place / name.replace(" ", "-").lower()
    if not (place / "ready").exists():
        place.mkdir(parents=True)
        prepare(experiment, place, first=protocol.first)
        (place / "ready").touch()
    folder = place / f"seed-{seed}"
    folder.mkdir(exist_ok=True)
    log = _Log(folder / "epochs.jsonl")
    facts = train(place / "tokens", folder, job, journal=log)
    minutes = _minutes(log, place, job)
    scores = {beam: _scores(place, folder, job, beam) for beam in BEAMS}
    return Trained(job, place, folder, facts, minutes, scores)


class _Log:
    """Keeps the figures of epochs in a file, over all calls that a training takes."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def metric(self, key: str, value: float, *, step: int | None = None) -> None:
        with self.path.open("a", encoding="utf-8") as file:
            print(json.dumps({"epoch": step, "key": key, "value": value}), file=file)
        if key in (BLEU, SPEED):
            print(f"{self.path.parent.name}, epoch {step}: {key} {value:.2f}", file=sys.stderr)

    def artifact(self, path: Path, to: str) -> None:
        """Nothing: files stay where they are."""

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


def predictor(folder: Path, device: str, beam: int) -> TranslationPredictor:
    """What the training in the folder made, with this width of beam."""
    bundle = load_bundle(folder / "bundle", device=device)
    decoding = bundle.config.decoding.model_copy(update={"beam_size": beam})
    config = bundle.config.model_copy(update={"decoding": decoding})
    network = cast(Seq2SeqNetwork, bundle.network)
    return TranslationPredictor(network, replace(bundle, config=config))


def _scores(place: Path, folder: Path, job: TrainingJob, beam: int) -> Scores:
    """Scores with this width of beam, on the device that trains; kept beside the bundle."""
    kept = folder / f"beam-{beam}"
    if not kept.exists():
        history = History.read(folder)
        device = resolve_device(job.training, job.network).device
        evaluated = evaluate_translation(
            predictor(folder, device, beam),
            place / "tables",
            place / "tokens",
            job=job,
            validation=history.epochs[history.best_epoch - 1],
        )
        kept.mkdir()
        evaluated.scores.write(kept, verdict="")
    return Scores.read(kept)
