"""A user's own sentence pairs, from the words of a command to what the gate says of them."""

import gzip
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.experiments import Request, experiment_of
from cli.main import app
from storage.errors import InputError

PAIRS = [
    (f"I see {number} {colour} cats.", f"Ich sehe {number} {farbe} Katzen.")
    for number in range(2, 252)
    for colour, farbe in (("red", "rote"), ("big", "große"), ("old", "alte"), ("new", "neue"))
]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home"
    monkeypatch.setenv("SEQFLOW_HOME", str(folder))
    return folder


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "cats.tsv"
    lines = ["en\tde", *("\t".join(pair) for pair in PAIRS)]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def checked(*arguments: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["check", *map(str, arguments)])
    return result.exit_code, result.stdout + result.stderr


@pytest.mark.usefixtures("home")
def test_two_packed_files_pass_the_gate_without_naming_the_problem(tmp_path: Path) -> None:
    paths = tmp_path / "cats.en.gz", tmp_path / "cats.de.gz"
    for path, side in zip(paths, zip(*PAIRS, strict=True), strict=True):
        path.write_bytes(gzip.compress("\n".join(side).encode()))
    status, said = checked(paths[0], "--target-file", paths[1])
    assert status == 0, said
    assert "rows: read 1,000, train" in said
    assert "target tokens" in said


@pytest.mark.usefixtures("home")
def test_pairs_with_names_of_columns_are_pairs_and_a_lost_column_is_told(table: Path) -> None:
    status, said = checked(table, "--source-column", "en", "--target-column", "fr")
    assert status == 2
    assert "has no column 'fr'; it has 'en', 'de'" in said


@pytest.mark.usefixtures("home")
def test_pairs_without_a_header_are_read_by_format(tmp_path: Path) -> None:
    path = tmp_path / "cats.tsv"
    path.write_text("".join(f"{en}\t{de}\tCC-BY\n" for en, de in PAIRS), encoding="utf-8")
    status, said = checked(path, "--problem", "translation")
    assert (status, "by --format pairs" in said) == (2, True)
    status, said = checked(path, "--problem", "translation", "--format", "pairs")
    assert status == 0, said
    assert "rows: read 1,000, train" in said


@pytest.mark.parametrize("target", [None, "translation"])
def test_named_sides_train_with_the_settings_of_translation(
    home: Path, table: Path, target: str | None
) -> None:
    columns = {"text": None, "source": "en", "target": "de"}
    experiment = experiment_of(Request(target, table, columns=columns), home)
    assert (experiment.name, experiment.data.problem) == ("cats", "translation")
    assert experiment.data.file is not None
    assert experiment.data.file.format == "tsv"
    assert experiment.text.tokenizer == "bpe"


def test_sides_of_pairs_do_not_make_a_classifier_translate(home: Path, table: Path) -> None:
    request = Request("sentiment", table, columns={"source": "en", "target": "de"})
    assert experiment_of(request, home).data.problem == "classification"


def test_a_second_file_without_the_first_is_told(home: Path, table: Path) -> None:
    with pytest.raises(InputError, match="--target-file goes with --data"):
        experiment_of(Request("translation", target_file=table), home)
