"""Every shipped preset's network, made small: stopped and gone on with, stored and loaded."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from configs.messages import read_experiment
from configs.networks import NetworkConfig
from configs.shipped import preset_names
from models.predictors import load_predictor
from tests.training.small_jobs import ONE_THREAD, WORDS, Notebook
from training.job import TrainingJob
from training.loop import train

Plan = Callable[[str], None]
SMALL = {
    "embedding_dim": 6,
    "hidden_dim": 8,
    "dense_dim": 4,
    "character_dim": 3,
    "spelling_dim": 4,
    "ngram_buckets": 64,
    "model_dim": 8,
    "heads": 2,
    "feedforward_dim": 12,
}
TRAINING = {
    "epochs": 2,
    "batch_size": 8,
    "batch_tokens": None,
    "warmup_steps": 2,
    "checkpoint_batches": 5,
    "chunk_tokens": 10,
    "device": "cpu",
}
TEXTS = [" ".join(WORDS[:5]), WORDS[7], "unheard of", "", " ".join(WORDS[3:9])]


def small(preset: str) -> TrainingJob:
    """The preset's training, of a network of a few numbers."""
    experiment = read_experiment({"preset": preset})
    network = experiment.network.model_dump()
    network |= {name: size for name, size in SMALL.items() if network.get(name)}
    training = experiment.training.model_dump() | TRAINING
    small = experiment.model_dump() | {"network": network, "training": training}
    return TrainingJob.of(type(experiment).model_validate(small))


@pytest.fixture(params=preset_names())
def job(request: pytest.FixtureRequest) -> TrainingJob:
    return small(request.param)


@pytest.fixture
def tokens(job: TrainingJob, request: pytest.FixtureRequest) -> Path:
    folder: Path = request.getfixturevalue(f"{job.problem}_tokens")
    return folder


def test_a_stopped_training_ends_bit_equal_and_its_bundle_answers_the_same(
    job: TrainingJob, tokens: Path, tmp_path: Path, plan_fault: Plan
) -> None:
    whole, parts = Notebook(), Notebook()
    facts = train(tokens, tmp_path / "whole", job, journal=whole, device=ONE_THREAD)
    plan_fault("train.batch:raise@8")
    with pytest.raises(RuntimeError):
        train(tokens, tmp_path / "parts", job, journal=parts, device=ONE_THREAD)
    plan_fault("")
    again = train(tokens, tmp_path / "parts", job, journal=parts, device=ONE_THREAD)
    assert again["batches_executed"] < facts["batches_executed"]  # type: ignore[operator]
    assert again["weights_digest"] == facts["weights_digest"]
    assert parts.results == whole.results
    assert answers(tmp_path / "parts") == answers(tmp_path / "whole")


def answers(trained: Path) -> list[object]:
    predictor = load_predictor(trained / "bundle")
    return list(predictor.predict(np.array(TEXTS, dtype=object)))


def test_presets_hold_every_kind_of_network() -> None:
    kinds = {kind_of(small(preset).network) for preset in preset_names()}
    assert kinds >= {"none", "bahdanau", "transformer", "recurrent_classifier"}


def kind_of(network: NetworkConfig) -> str:
    return network.attention if network.kind == "gru_encoder_decoder" else network.kind
