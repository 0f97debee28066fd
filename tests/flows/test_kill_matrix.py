"""A run killed anywhere, and gone on with, ends as one that was not: bit by bit."""

from pathlib import Path

import pytest

from tests.flows.kills import BATCH_EVERY, POINTS, Outcome, outcome, train
from tests.running_servers import RunningServers

BATCH_POINTS = tuple(range(2, 36, 2))
CHAIN = (
    *("download.middle", "preprocess.commit", "tokenize.middle", "validate.end"),
    *("train.batch@3", "train.batch@9", "checkpoint.write@2", "train.commit"),
    *("evaluate.middle", "registry.register", "registry.promote"),
)
"""One run killed again and again: each kill strikes the process that goes on from the last."""

pytestmark = [pytest.mark.flow]


@pytest.fixture(scope="session")
def uninterrupted(
    prefect_server: RunningServers, tmp_path_factory: pytest.TempPathFactory
) -> Outcome:
    home = tmp_path_factory.mktemp("uninterrupted")
    assert train(home, prefect_server, name="whole") == 0
    return outcome(home)


@pytest.mark.timeout(400)
def test_a_run_killed_ten_times_ends_as_one_that_was_not(
    prefect_server: RunningServers, uninterrupted: Outcome, tmp_path: Path
) -> None:
    for point in CHAIN:
        name, _, at = point.partition("@")
        fault = f"{name}:kill@{at or 1}"
        assert train(tmp_path, prefect_server, fault=fault, name="chain") < 0, point
    assert train(tmp_path, prefect_server, name="chain") == 0
    assert _comparable(outcome(tmp_path)) == _comparable(uninterrupted)


@pytest.mark.long
@pytest.mark.timeout(400)
@pytest.mark.parametrize("point", POINTS)
def test_a_kill_in_a_step_changes_nothing(
    point: str, prefect_server: RunningServers, uninterrupted: Outcome, tmp_path: Path
) -> None:
    name = point.replace(".", "-")
    assert train(tmp_path, prefect_server, fault=f"{point}:kill", name=name) < 0
    assert train(tmp_path, prefect_server, name=name) == 0
    assert _comparable(outcome(tmp_path)) == _comparable(uninterrupted)


@pytest.mark.long
@pytest.mark.timeout(400)
@pytest.mark.parametrize("batch", BATCH_POINTS)
def test_only_the_batches_after_the_last_checkpoint_are_executed_again(
    batch: int, prefect_server: RunningServers, uninterrupted: Outcome, tmp_path: Path
) -> None:
    fault, name = f"train.batch:kill@{batch}", f"batch-{batch}"
    assert train(tmp_path, prefect_server, fault=fault, name=name) < 0
    assert train(tmp_path, prefect_server, name=name) == 0
    resumed = outcome(tmp_path)
    assert _comparable(resumed) == _comparable(uninterrupted)
    saved = (batch - 1) // BATCH_EVERY * BATCH_EVERY
    assert resumed.batches_executed == uninterrupted.batches_executed - saved


@pytest.mark.long
@pytest.mark.timeout(400)
def test_another_seed_gives_other_weights(
    prefect_server: RunningServers, uninterrupted: Outcome, tmp_path: Path
) -> None:
    assert train(tmp_path, prefect_server, seed=1, name="other-seed") == 0
    assert outcome(tmp_path).weights != uninterrupted.weights


def _comparable(found: Outcome) -> tuple[object, ...]:
    return found.weights, found.metrics, found.predictions, found.version
