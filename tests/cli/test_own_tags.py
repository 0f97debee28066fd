"""A user's own tagged sentences, from the words of a command to what the gate says of them."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.experiments import Request, experiment_of
from cli.main import app

SENTENCES = [
    (["The", colour, "cat", f"no{number}", "."], ["DET", "ADJ", "NOUN", "X", "PUNCT"])
    for number in range(60)
    for colour in ("red", "big", "old", "new")
]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home"
    monkeypatch.setenv("SEQFLOW_HOME", str(folder))
    return folder


def checked(*arguments: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["check", *map(str, arguments)])
    return result.exit_code, result.stdout + result.stderr


def written(path: Path) -> Path:
    """The sentences in the format that the file's name says."""
    if path.suffix == ".jsonl":
        lines = [json.dumps({"words": words, "pos": tags}) for words, tags in SENTENCES]
    elif path.suffix == ".conll":
        lines = [
            "\n".join([*(f"{word}\t{tag}" for word, tag in zip(*each, strict=True)), ""])
            for each in SENTENCES
        ]
    else:
        lines = [
            "".join(
                f"{number}\t{word}\t_\t{tag}\t_\t_\t_\t_\t_\t_\n"
                for number, (word, tag) in enumerate(zip(*each, strict=True), start=1)
            )
            for each in SENTENCES
        ]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("name", ["cats.conllu", "cats.conll", "cats.jsonl"])
def test_tagged_sentences_pass_the_gate(name: str, tmp_path: Path) -> None:
    more = ["--problem", "tagging"]
    if name.endswith("jsonl"):
        more = ["--tokens-column", "words", "--tags-column", "pos"]
    status, said = checked(written(tmp_path / name), *more)
    assert status == 0, said
    assert "rows: read 240, train" in said


@pytest.mark.usefixtures("home")
def test_two_files_go_by_their_lines(tmp_path: Path) -> None:
    for place, name in enumerate(("cats.words", "cats.tags")):
        lines = [" ".join(each[place]) for each in SENTENCES]
        (tmp_path / name).write_text("\n".join(lines), encoding="utf-8")
    status, said = checked(
        tmp_path / "cats.words", "--target-file", tmp_path / "cats.tags", "--problem", "tagging"
    )
    assert status == 0, said
    assert "rows: read 240, train" in said


def test_own_sentences_take_the_settings_of_the_default_preset(
    tmp_path: Path, home: Path
) -> None:
    request = Request(data=written(tmp_path / "cats.conllu"), format="conllu")
    experiment = experiment_of(request, home)
    assert (experiment.name, experiment.data.problem) == ("cats", "tagging")
    assert experiment.network.kind == "recurrent_tagger"
    assert experiment.text.tokenizer == "given"
