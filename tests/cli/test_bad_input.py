"""What a person gets wrong: one clear message, the right exit code, nothing half-written."""

import subprocess
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.main import app
from cli.server_files import client_environment
from tests.running_servers import RunningServers

REVIEWS = "review,stars\n" + "".join(
    f"the {thing} was {word} on day {day},{label}\n"
    for day in range(150)
    for thing, word, label in (("soup", "good", "up"), ("bread", "bad", "down"))
)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home"
    monkeypatch.setenv("SEQFLOW_HOME", str(folder))
    monkeypatch.delenv("SEQFLOW_MIRROR", raising=False)
    return folder


@pytest.fixture
def home_with_prefect(
    home: Path, prefect_server: RunningServers, monkeypatch: pytest.MonkeyPatch
) -> Path:
    for name, value in client_environment(prefect_server.settings.home).items():
        monkeypatch.setenv(name, value)
    return home


@pytest.fixture
def reviews(tmp_path: Path) -> Path:
    path = tmp_path / "reviews.csv"
    path.write_text(REVIEWS, encoding="utf-8")
    return path


def run(arguments: Sequence[str | Path]) -> tuple[int, str]:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert "Traceback" not in result.output
    return result.exit_code, result.stderr


def check(data: Path, *more: str) -> tuple[int, str]:
    columns = ("--text-column", "review", "--label-column", "stars")
    return run(["check", data, "--problem", "classification", *columns, *more])


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["train", "sentment"], "there is no preset 'sentment'; did you mean 'sentiment'?"),
        (
            ["train", "demo", "--set", "network.dropot=0.1"],
            "network.dropot: there is no such setting; did you mean 'dropout'?",
        ),
        (
            ["train", "demo", "--set", "training.epochs=0"],
            "training.epochs: input should be greater than or equal to 1, but is 0",
        ),
        (["train", "demo", "--set", "epochs"], "'epochs' is not of the form path.to.setting="),
        (["train"], "name a preset (alice, "),
        (["train", "missing.yaml"], "there is no file missing.yaml"),
        (["train", "--data", "no.csv", "--problem", "classification"], "no.csv"),
        (["train", "--data", "no.csv", "--problem", "poetry"], "no problem 'poetry'"),
        (["show", "everything"], "cannot show 'everything'; use presets, datasets or config"),
        (["show", "config", "dmo"], "did you mean 'demo'?"),
    ],
)
def test_wrong_words_end_with_2_and_the_way_out(arguments: list[str], message: str) -> None:
    status, error = run(arguments)
    assert status == 2
    assert message in error


def test_own_data_never_takes_a_shipped_name(home: Path, reviews: Path) -> None:
    own = reviews.rename(reviews.with_name("sentiment.csv"))
    status, error = run(["train", "--data", own, "--problem", "classification"])
    assert status == 2
    assert "shipped name 'sentiment'; give it another by --name" in error


@pytest.mark.usefixtures("home")
def test_good_data_passes_the_gate_and_leaves_nothing(home: Path, reviews: Path) -> None:
    result = CliRunner().invoke(
        app, ["check", str(reviews), "--text-column", "review", "--label-column", "stars"]
    )
    assert result.exit_code == 0, result.output
    assert "Tokens by percentile" in result.output
    assert not list(home.glob("check-*"))


@pytest.mark.usefixtures("home")
def test_a_missing_column_names_those_that_are_there(reviews: Path) -> None:
    status, error = check(reviews, "--text-column", "reviw")
    assert status == 2
    assert "'reviw'" in error
    assert "review" in error


@pytest.mark.usefixtures("home")
def test_an_empty_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "empty.csv"
    path.write_text("")
    status, error = check(path)
    assert status == 2
    assert "empty" in error


@pytest.mark.usefixtures("home")
def test_one_class_stops_at_the_gate(reviews: Path) -> None:
    reviews.write_text(REVIEWS.replace(",down", ",up"), encoding="utf-8")
    status, error = check(reviews)
    assert status == 1
    assert "critical" in error


@pytest.mark.usefixtures("home")
def test_a_wrong_encoding_is_placed_and_the_option_named(reviews: Path) -> None:
    reviews.write_bytes(REVIEWS.replace("soup", "sôup").encode("latin-1"))
    status, error = check(reviews)
    assert status == 2
    assert "--encoding" in error
    status, _ = check(reviews, "--encoding", "latin-1")
    assert status == 0


@pytest.mark.usefixtures("home_with_prefect")
def test_an_unreachable_mirror_ends_with_3(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SEQFLOW_MIRROR", str(tmp_path / "nowhere"))
    status, error = run_python("train", "sentiment")
    assert status == 3
    assert "nowhere" in error


def run_python(*arguments: str) -> tuple[int, str]:
    """The command in a process of its own, as the shell starts it."""
    done = subprocess.run(
        [sys.executable, "-m", "cli.main", *arguments],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert "Traceback" not in done.stderr
    return done.returncode, done.stderr


@pytest.mark.usefixtures("home")
def test_an_absent_prefect_ends_with_3_and_names_the_cure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:9/api")
    status, error = run_python("train", "demo")
    assert status == 3
    assert "Prefect does not answer at http://127.0.0.1:9/api" in error
    assert "seqflow up" in error


def test_a_hostile_archive_writes_nothing(
    home_with_prefect: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror = tmp_path / "mirror" / "sentiment-sentences"
    mirror.mkdir(parents=True)
    with zipfile.ZipFile(mirror / "sentiment labelled sentences.zip", "w") as archive:
        archive.writestr("../outside.txt", "x")
    monkeypatch.setenv("SEQFLOW_MIRROR", str(mirror.parent))
    status, error = run_python("train", "sentiment")
    assert status in (2, 3)
    assert "sentiment labelled sentences.zip" in error
    assert not list(tmp_path.rglob("outside.txt"))
