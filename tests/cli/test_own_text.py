"""A user's own running text, from the words of a command to what the gate says of it."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.experiments import Request, experiment_of
from cli.main import app
from storage.errors import InputError
from tests.flows.stories import story

TEXT = story(range(300))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home"
    monkeypatch.setenv("SEQFLOW_HOME", str(folder))
    return folder


@pytest.fixture
def text_file(tmp_path: Path) -> Path:
    path = tmp_path / "story.txt"
    path.write_text(TEXT, encoding="utf-8")
    return path


def ran(*arguments: str | Path) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, [*map(str, arguments)])
    return result.exit_code, result.stdout, result.stderr


def test_a_text_file_of_this_problem_is_running_text(text_file: Path, home: Path) -> None:
    request = Request(data=text_file, problem="language-modelling")
    experiment = experiment_of(request, home)
    assert experiment.name == "story"
    assert experiment.data.problem == "language_modelling"
    assert experiment.data.file is not None
    assert experiment.data.file.format == "text"
    assert experiment.data.split == "position"
    assert experiment.text.tokenizer == "characters"


def test_a_level_tells_the_problem_and_what_is_predicted(text_file: Path, home: Path) -> None:
    words = experiment_of(Request(data=text_file, level="word"), home)
    assert words.data.problem == "language_modelling"
    assert (words.text.tokenizer, words.text.min_frequency) == ("words", 2)
    letters = experiment_of(Request(data=text_file, level="character"), home)
    assert letters.text.tokenizer == "characters"
    with pytest.raises(InputError, match="no level 'line'; use character or word"):
        experiment_of(Request(data=text_file, level="line"), home)


def test_a_folder_of_texts_is_one_corpus(tmp_path: Path, home: Path) -> None:
    folder = tmp_path / "books"
    folder.mkdir()
    for number in range(2):
        (folder / f"{number}.txt").write_text(TEXT, encoding="utf-8")
    experiment = experiment_of(Request(data=folder, problem="language-modelling"), home)
    assert experiment.data.file is not None
    assert experiment.data.file.format == "text"
    (folder / "0.txt").unlink()
    (folder / "1.txt").unlink()
    with pytest.raises(InputError, match="holds no text"):
        experiment_of(Request(data=folder, problem="language-modelling"), home)


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("level", ["character", "word"])
def test_a_text_passes_the_gate_at_either_level(text_file: Path, level: str) -> None:
    status, out, err = ran("check", text_file, "--level", level)
    assert status == 0, out + err


@pytest.mark.usefixtures("home")
def test_a_text_that_repeats_itself_is_stopped_at_the_gate(tmp_path: Path) -> None:
    twice = tmp_path / "twice.txt"
    twice.write_text(TEXT + TEXT, encoding="utf-8")
    status, out, err = ran("check", twice, "--problem", "language-modelling")
    assert status == 1
    assert "data.checks.max_known_text_share" in out + err


@pytest.mark.usefixtures("home")
def test_a_short_text_is_refused_with_the_way_out(tmp_path: Path) -> None:
    short = tmp_path / "short.txt"
    short.write_text(TEXT[:3_000], encoding="utf-8")
    status, out, err = ran("check", short, "--problem", "language-modelling")
    assert status == 2
    assert "give more text" in out + err
