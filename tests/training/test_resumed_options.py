"""Whatever schedule, average or way of learning is on, a stopped training ends bit-equal."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from storage.errors import Interrupted
from tests.training.small_jobs import (
    ONE_THREAD,
    Notebook,
    classification_job,
    translation_job,
)
from training.job import TrainingJob
from training.loop import train

Plan = Callable[[str], None]
EPOCHS = 3
EVERY = 5
COMMON = {"epochs": EPOCHS, "patience": None, "checkpoint_batches": EVERY, "average": 0.0}
OPTIONS: Mapping[str, tuple[str, Mapping[str, object]]] = {
    "plateau, accumulate, average_last": (
        "classification",
        {
            "schedule": "plateau",
            "monitor": "loss",
            "learning_rate": 0.5,  # too much, so that validation stands still
            "warmup_steps": 3,
            "accumulate": 4,  # 6 batches: a group of 4, and one of 2
            "average_last": 2,
        },
    ),
    "batch_tokens, cosine, warmup": (
        "classification",
        {"batch_tokens": 40, "schedule": "cosine", "warmup_steps": 4, "average": 0.5},
    ),
    "sampling, accumulate, inverse_sqrt": (
        "translation",
        {
            "sampling": "linear",
            "sampling_share": 0.5,
            "sampling_steps": 10,
            "accumulate": 2,
            "schedule": "inverse_sqrt",
            "warmup_steps": 2,
        },
    ),
}


@dataclass(frozen=True)
class Case:
    """A training with options on, and how it ends if nothing stops it."""

    job: TrainingJob
    tokens: Path
    facts: Mapping[str, Any]
    metrics: Mapping[tuple[str, int | None], float]


@pytest.fixture(scope="module", params=OPTIONS)
def case(
    request: pytest.FixtureRequest,
    classification_tokens: Path,
    translation_tokens: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Case:
    problem, options = OPTIONS[request.param]
    job, tokens = (
        (classification_job(**COMMON | options), classification_tokens)
        if problem == "classification"
        else (translation_job(**COMMON | options), translation_tokens)
    )
    folder, notebook = tmp_path_factory.mktemp("whole"), Notebook()
    facts = train(tokens, folder, job, journal=notebook, device=ONE_THREAD)
    return Case(job, tokens, facts, notebook.metrics)


def without_speed(metrics: Mapping[tuple[str, int | None], float]) -> dict[object, float]:
    return {at: value for at, value in metrics.items() if at[0] != "system/tokens_per_second"}


STOPS = {"raise@8": 5, "term@12": 12, "raise@17": 15}
"""Batches in the checkpoint gone on from: 5 and 15 are within a group, 12 ends an epoch."""


@pytest.mark.parametrize(("stop", "saved"), STOPS.items())
def test_stopped_training_ends_bit_equal_and_repeats_only_batches_after_the_checkpoint(
    case: Case, tmp_path: Path, plan_fault: Plan, stop: str, saved: int
):
    notebook = Notebook()
    plan_fault(f"train.batch:{stop}")
    with pytest.raises((RuntimeError, Interrupted)):
        train(case.tokens, tmp_path, case.job, journal=notebook, device=ONE_THREAD)
    plan_fault("")
    facts = train(case.tokens, tmp_path, case.job, journal=notebook, device=ONE_THREAD)
    assert facts["weights_digest"] == case.facts["weights_digest"]
    assert without_speed(notebook.metrics) == without_speed(case.metrics)
    assert facts["batches_executed"] == case.facts["batches_executed"] - saved


def test_step_size_of_each_epoch_is_journaled(case: Case):
    settings = case.job.training
    rates = [case.metrics["system/learning_rate", epoch + 1] for epoch in range(EPOCHS)]
    if settings.schedule == "plateau":
        losses = [case.metrics["validation/loss", epoch + 1] for epoch in range(EPOCHS)]
        assert losses[1] > losses[0]
        assert rates[1:] == [settings.learning_rate, settings.learning_rate / 2]
    else:
        assert rates == sorted(rates, reverse=True)
        assert rates[-1] < rates[0] <= settings.learning_rate
