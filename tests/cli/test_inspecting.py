"""Looks into a registered network: layers, weights, outputs, words, gradients, principles."""

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from cli.main import app
from tests.cli.asking import ran


@pytest.mark.usefixtures("home")
def test_gradients_come_as_numbers_and_as_a_picture(tmp_path: Path) -> None:
    picture = tmp_path / "picture.png"
    asked = ["inspect", "gradients", "letters", "--steps", "10", "--output", picture]
    status, out, err = ran(*asked)
    assert status == 0, err
    assert "5 steps" in out
    assert picture.stat().st_size > 5_000
    found = json.loads(ran(*asked, "--json")[1])
    assert len(found["norms"]["letters"]) == 10
    assert ran(*asked, "--text", "short")[0] == 2
    assert ran("inspect", "gradients", "reviews")[0] == 2


@pytest.mark.usefixtures("home")
def test_the_summary_counts_every_number_and_says_how() -> None:
    status, out, err = ran("inspect", "summary", "reviews")
    assert status == 0, err
    assert "encoder.embedding" in out
    found = json.loads(ran("inspect", "summary", "reviews", "--json")[1])
    assert sum(layer["numbers"] for layer in found["layers"]) == found["numbers"]
    assert f"{found['numbers']:,} numbers" in out


@pytest.mark.usefixtures("home")
def test_weights_are_listed_by_gate() -> None:
    status, out, err = ran("inspect", "weights", "letters")
    assert status == 0, err
    assert {"reset", "update", "new", "W", "U"} <= set(out.split())
    found = json.loads(ran("inspect", "weights", "letters", "--json")[1])
    assert {len(one["shape"]) for one in found["weights"]} == {1, 2}


@pytest.mark.usefixtures("home")
def test_a_layer_gives_an_array_and_a_picture(tmp_path: Path) -> None:
    array = tmp_path / "given.npy"
    asked = ["inspect", "layer", "reviews", "--text", "good bad film", "--output", array]
    status, out, err = ran(*asked, "--layer", "encoder")
    assert status == 0, err
    assert np.load(array).shape[0] == 3
    assert array.with_suffix(".png").stat().st_size > 5_000
    assert str(array) in out
    status, _, err = ran(*asked, "--layer", "encodr")
    assert status == 2
    assert "no layer 'encodr' gave anything for this text; these did: encoder, encoder." in err


@pytest.mark.usefixtures("home")
def test_words_that_speak_for_a_class_are_named(tmp_path: Path) -> None:
    status, out, err = ran("inspect", "words", "reviews", "a good film")
    assert status == 0, err
    assert "good" in out
    (tmp_path / "post.txt").write_text("a good film")
    asked = ["inspect", "words", "reviews", tmp_path / "post.txt", "--json"]
    found = json.loads(ran(*asked)[1])
    assert set(found["chances"]) == {"bad", "good"}
    assert ran("inspect", "words", "letters", "a good film")[0] == 2
    assert ran("inspect", "words", "reviews", "")[0] == 2


@pytest.mark.parametrize("asked", [[], ["losses"], ["losses", "--json"]])
def test_principles_are_listed_and_walked_through(asked: list[str]) -> None:
    result = CliRunner().invoke(app, ["inspect", "principles", *asked])
    assert result.exit_code == 0
    assert ("gru" if not asked else "0.5146") in result.stdout
    assert CliRunner().invoke(app, ["inspect", "principles", "lstm"]).exit_code == 2
