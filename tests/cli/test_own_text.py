"""A user's own running text, from the words of a command to a text that goes on."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.experiments import Request, experiment_of
from cli.main import app
from storage.errors import InputError

TEXT = "".join(
    f"{name} went to the {place} number {number}, and came back {when}.\n\n"
    for number in range(120)
    for name, place, when in (
        ("Anna", "market", "late"),
        ("Ben", "sea", "never"),
        ("Carla", "old house", "at once"),
    )
)
SMALL = [
    "--set",
    "training.epochs=2",
    "--set",
    "training.patience=2",
    "--set",
    "network.hidden_dim=16",
    "--set",
    "network.embedding_dim=8",
    "--set",
    "training.batch_size=4",
    "--set",
    "training.chunk_tokens=20",
    "--set",
    "training.learning_rate=0.01",
]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home"
    monkeypatch.setenv("SEQFLOW_HOME", str(folder))
    return folder


@pytest.fixture
def story(tmp_path: Path) -> Path:
    path = tmp_path / "story.txt"
    path.write_text(TEXT, encoding="utf-8")
    return path


def ran(*arguments: str | Path) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, [*map(str, arguments)])
    return result.exit_code, result.stdout, result.stderr


def test_a_text_file_of_this_problem_is_running_text(story: Path, home: Path) -> None:
    request = Request(data=story, problem="language-modelling")
    experiment = experiment_of(request, home)
    assert experiment.name == "story"
    assert experiment.data.problem == "language_modelling"
    assert experiment.data.file is not None
    assert experiment.data.file.format == "text"
    assert experiment.data.split == "position"
    assert experiment.text.tokenizer == "characters"


def test_a_level_tells_the_problem_and_what_is_predicted(story: Path, home: Path) -> None:
    words = experiment_of(Request(data=story, level="word"), home)
    assert words.data.problem == "language_modelling"
    assert (words.text.tokenizer, words.text.min_frequency) == ("words", 2)
    letters = experiment_of(Request(data=story, level="character"), home)
    assert letters.text.tokenizer == "characters"
    with pytest.raises(InputError, match="no level 'line'; use character or word"):
        experiment_of(Request(data=story, level="line"), home)


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
def test_a_text_passes_the_gate_at_either_level(story: Path, level: str) -> None:
    status, out, err = ran("check", story, "--level", level)
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


@pytest.mark.usefixtures("home")
def test_a_trained_model_writes_on_and_shows_its_gradients(story: Path, tmp_path: Path) -> None:
    status, out, err = ran("train", "--data", story, "--problem", "language-modelling", *SMALL)
    assert status == 0, out + err
    assert "bits per character" in out

    asked = ["generate", "story", "--prompt", "Anna ", "--length", "40", "--seed", "7"]
    texts = [ran(*asked)[1] for _ in range(2)]
    assert texts[0] == texts[1]
    assert texts[0].startswith("Anna ")
    assert len(texts[0]) == len("Anna ") + 40 + 1

    status, out, err = ran(*asked, "--json", "--prompt", "Ann€a", "--temperature", "0")
    assert status == 0
    assert json.loads(out)["skipped"] == ["€"]
    assert "has not seen '€'" in err

    status, out, err = ran("generate", "story", "--beam", "3", "--length", "10")
    assert status == 0, err
    assert ran("generate", "story", "--top-p", "7")[0] == 2

    status, out, err = ran("predict", "story", "Ben ")
    assert status == 0
    assert out.startswith("Ben ")

    picture = tmp_path / "picture.png"
    status, out, err = ran(
        "inspect", "gradients", "story", "--steps", "10", "--output", picture
    )
    assert status == 0, err
    assert "5 steps" in out
    assert picture.stat().st_size > 5_000
