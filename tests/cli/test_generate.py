"""A registered language model writes on from a prompt."""

import json

import pytest

from tests.cli.asking import ran


@pytest.mark.usefixtures("home")
def test_the_same_seed_writes_the_same_text_after_the_prompt() -> None:
    asked = ["generate", "letters", "--prompt", "a film ", "--length", "40", "--seed", "7"]
    texts = [ran(*asked)[1] for _ in range(2)]
    assert texts[0] == texts[1]
    assert texts[0].startswith("a film ")
    assert len(texts[0]) == len("a film ") + 40 + 1


@pytest.mark.usefixtures("home")
def test_what_it_has_not_seen_is_told_and_skipped() -> None:
    asked = ["generate", "letters", "--length", "5", "--temperature", "0", "--json"]
    status, out, err = ran(*asked, "--prompt", "a fi€lm")
    assert status == 0, err
    answer = json.loads(out)
    assert answer["skipped"] == ["€"]
    assert "has not seen '€' in training and skips it" in err
    assert answer["text"] == json.loads(ran(*asked, "--prompt", "a film")[1])["text"]


@pytest.mark.usefixtures("home")
def test_a_beam_searches_the_likeliest_text() -> None:
    asked = ["generate", "letters", "--prompt", "a", "--length", "6", "--beam", "4"]
    status, out, err = ran(*asked)
    assert status == 0, err
    assert len(out) == len("a") + 6 + 1


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["letters", "--top-p", "7"], "top_p is above 0 and at most 1"),
        (["letters", "--length", "0"], "a length is from 1"),
        (["letters", "--temperature", "nan"], "a temperature is a finite number from 0"),
        (["letters", "--temperature", "0", "--top-k", "-5"], "top_k is at least 1, not -5"),
        (["letters", "--seed", "-1"], "a seed is from 0 to"),
        (["letters", "--beam", "4", "--top-k", "5"], "--beam 4 searches the likeliest text"),
        (["reviews"], "is no language model"),
    ],
)
def test_what_cannot_be_asked_is_refused(arguments: list[str], said: str) -> None:
    status, _, err = ran("generate", *arguments)
    assert status == 2
    assert said in err


@pytest.mark.usefixtures("home")
def test_predict_goes_on_too() -> None:
    status, out, err = ran("predict", "letters", "a film ")
    assert status == 0, err
    assert out.startswith("a film ")
