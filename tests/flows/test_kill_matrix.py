"""A run killed anywhere, and gone on with, ends as one that was not: bit by bit."""

from pathlib import Path

import pytest

from tests.flows.kills import BATCH_EVERY, POINTS, Outcome, Trainer, outcome
from tests.running_servers import RunningServers

BATCH_POINTS = (*range(2, 36, 2), 1, 9, 27)
CHAIN = (
    *("download.middle", "preprocess.commit", "tokenize.middle"),
    *("train.batch@3", "train.batch@9", "checkpoint.write@2", "train.commit"),
    *("evaluate.middle", "registry.register", "promote.start"),
)
"""One run killed again and again: each kill strikes the process that goes on from the last."""

pytestmark = [pytest.mark.flow]


@pytest.fixture(scope="session")
def trainer(
    prefect_server: RunningServers, tmp_path_factory: pytest.TempPathFactory
) -> Trainer:
    return Trainer(prefect_server, tmp_path_factory.mktemp("trainer"))


@pytest.fixture(scope="session")
def uninterrupted(trainer: Trainer, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    home = tmp_path_factory.mktemp("uninterrupted")
    assert trainer.train(home, name="whole") == 0
    return outcome(home)


@pytest.mark.timeout(900)
def test_a_run_killed_ten_times_ends_as_one_that_was_not(
    trainer: Trainer, uninterrupted: Outcome, tmp_path: Path
) -> None:
    for point in CHAIN:
        name, _, at = point.partition("@")
        fault = f"{name}:kill@{at or 1}"
        assert trainer.train(tmp_path, fault=fault, name="chain") < 0, point
    assert trainer.train(tmp_path, name="chain") == 0
    assert _comparable(outcome(tmp_path)) == _comparable(uninterrupted)


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("point", POINTS)
def test_a_kill_in_a_step_changes_nothing(
    point: str, trainer: Trainer, uninterrupted: Outcome, tmp_path: Path
) -> None:
    name = point.replace(".", "-")
    assert trainer.train(tmp_path, fault=f"{point}:kill", name=name) < 0
    assert trainer.train(tmp_path, name=name) == 0
    assert _comparable(outcome(tmp_path)) == _comparable(uninterrupted)


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("batch", BATCH_POINTS)
def test_only_the_batches_after_the_last_checkpoint_are_executed_again(
    batch: int, trainer: Trainer, uninterrupted: Outcome, tmp_path: Path
) -> None:
    fault, name = f"train.batch:kill@{batch}", f"batch-{batch}"
    assert trainer.train(tmp_path, fault=fault, name=name) < 0
    assert trainer.train(tmp_path, name=name) == 0
    resumed = outcome(tmp_path)
    assert _comparable(resumed) == _comparable(uninterrupted)
    saved = (batch - 1) // BATCH_EVERY * BATCH_EVERY
    assert resumed.batches_executed == uninterrupted.batches_executed - saved


@pytest.mark.long
@pytest.mark.timeout(900)
def test_another_seed_gives_other_weights(
    trainer: Trainer, uninterrupted: Outcome, tmp_path: Path
) -> None:
    assert trainer.train(tmp_path, seed=1, name="other-seed") == 0
    assert outcome(tmp_path).weights != uninterrupted.weights


def _comparable(found: Outcome) -> tuple[object, ...]:
    return found.weights, found.metrics, found.predictions, found.version
