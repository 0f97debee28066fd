"""Whoever comes first, the better model is champion, and the audit log tells all of it."""

from pathlib import Path

import pytest

from tests.tasks.races import races
from tests.tasks.two_models import TwoModels


def test_of_two_that_promote_at_once_the_better_is_champion(
    two: TwoModels, tmp_path: Path
) -> None:
    for result in races(two, tmp_path, 3, in_processes=False):
        assert result.is_right(two), result


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_in_fifty_races_either_was_first_and_the_better_always_champion(
    two: TwoModels, tmp_path: Path
) -> None:
    results = list(races(two, tmp_path, 50, in_processes=True))
    wrong = [result for result in results if not result.is_right(two)]
    assert wrong == []
    assert {result.first for result in results} == {two.weak, two.strong}
