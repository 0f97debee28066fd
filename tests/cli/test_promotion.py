"""compare, promote and rollback as a person types them."""

import json

import pytest
from typer.testing import CliRunner, Result

from cli.main import app
from tasks.promote import settle
from tests.tasks.two_models import NAME, TwoModels
from tests.tracking.conftest import safe_environment
from tracking.registry import champion

__all__ = ["safe_environment"]


@pytest.fixture
def standing(two: TwoModels) -> TwoModels:
    """The strong model is champion, the weak one waits."""
    settle(two.run(two.strong), two.store, two.version(two.strong))
    return two


def run(*arguments: str) -> Result:
    result = CliRunner().invoke(app, arguments)
    assert "Traceback" not in result.output
    return result


def champion_of(two: TwoModels) -> int:
    now = champion(two.store, NAME)
    assert now is not None
    return now.version


def test_compare_tells_scores_slices_flips_and_the_rule(standing: TwoModels) -> None:
    shown = run("compare", NAME)
    assert shown.exit_code == 0, shown.output
    for words in (
        "reviews: v1 against v2, 240 test rows in 240 groups",
        "class/good (F1)",
        "80 answers of v1 are worse than v2's, 0 are better",
        "v1 would be refused: accuracy 0.667 against 1.000 of v2: -0.333 [",
    ):
        assert words in shown.output
    assert champion_of(standing) == standing.strong


def test_compare_names_the_two_and_gives_one_object(standing: TwoModels) -> None:
    name = standing.run(standing.strong).folder.name
    shown = run("compare", NAME, "--first", "1", "--second", name, "--json")
    told = json.loads(shown.stdout)
    assert told["would_be_promoted"]
    assert told["comparison"]["names"] == ["v1", name]
    assert told["comparison"]["metrics"]["accuracy"]["second"]["value"] == 1.0
    assert run("compare", NAME, "--second", "9").exit_code == 2
    assert "its versions are 1, 2" in run("compare", NAME, "--second", "9").stderr


def test_promote_asks_the_rule_and_a_person_can_overrule_it(standing: TwoModels) -> None:
    ask = ("promote", NAME, "--version", str(standing.weak), "--reason", "it is small")
    refused = run(*ask)
    assert refused.exit_code == 1
    assert "asked for by hand (it is small); accuracy 0.667 against 1.000" in refused.stderr
    assert "--force promotes it all the same" in refused.stderr
    assert champion_of(standing) == standing.strong
    forced = run(*ask, "--force", "--json")
    assert forced.exit_code == 0
    told = json.loads(forced.stdout)
    assert (told["alias"], told["evidence"]["forced"]) == ("champion", True)
    assert champion_of(standing) == standing.weak


def test_rollback_brings_the_champion_before_back(standing: TwoModels) -> None:
    run("promote", NAME, "--version", str(standing.weak), "--reason", "a try", "--force")
    undone = run("rollback", NAME, "--reason", "it is worse", "--json")
    assert undone.exit_code == 0
    told = json.loads(undone.stdout)
    assert (told["champion"], told["rolled_back"]) == (standing.strong, standing.weak)
    again = run("rollback", NAME, "--reason", "once more")
    assert again.exit_code == 2
    assert "no champion of reviews before version 2 can come back" in again.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("promote", NAME, "--version", "7", "--reason", "x"), "its versions are 1, 2"),
        (("promote", NAME, "--version", "1", "--reason", " "), "the reason is empty"),
        (("rollback", "nobody", "--reason", "x"), "nobody has no champion"),
        (("compare", "nobody"), "there is no model 'nobody'; there are reviews"),
    ],
)
def test_wrong_words_end_with_2_and_the_way_out(
    two: TwoModels, arguments: tuple[str, ...], message: str
) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert message in result.stderr


def test_sync_decides_by_the_same_rule_what_waited(two: TwoModels) -> None:
    shown = run("sync")
    assert shown.exit_code == 0, shown.output
    assert "is @champion: the first that beats majority" in shown.output
    second = ("accuracy 1.000 against 0.667 of v1", "accuracy 0.667 against 1.000 of v2")
    assert any(words in shown.output for words in second)  # whichever run is older
    assert champion_of(two) == two.strong
    assert "nothing was missing" in run("sync").output
