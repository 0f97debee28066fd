"""A prediction by a flow's task and by the command, against a real store."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from pydantic import ValidationError
from typer.testing import CliRunner

from cli.main import app
from configs.data import OwnFile, SqlSource
from configs.prediction import PredictionConfig
from configs.settings import Settings, apply_safe_defaults
from corpora.own_files import adopt_own_file
from models.asked_decoding import AskedDecoding
from models.predictors import load_predictor
from models.translating import TranslationPredictor
from storage.journal import Journal, read_records
from tasks.predict import answer
from tasks.prediction_run import tracked_prediction
from tests.postgres import PostgresServer
from tests.tracking.bundles import tiny_classifier, tiny_translator
from tracking.position import Position
from tracking.replay import Replay
from tracking.runs import record_model
from tracking.store import TrackingStore
from training.prediction_lineage import read_lineage, sidecar_of


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    home = tmp_path_factory.mktemp("home")
    before = dict(os.environ)
    for name in ("MLFLOW_TRACKING_URI", "PREFECT_API_URL", "SEQFLOW_REGISTRY_PREFIX"):
        os.environ.pop(name, None)
    os.environ["SEQFLOW_HOME"] = str(home)
    settings = Settings.from_environment()
    apply_safe_defaults(settings)
    store = TrackingStore.from_settings(settings)
    register(tiny_classifier(home / "bundle", labels=("bad", "good")), "films", home, store)
    register(tiny_translator(home / "french" / "bundle"), "french", home, store)
    yield home
    os.environ.clear()
    os.environ.update(before)


def register(bundle: Path, name: str, home: Path, store: TrackingStore) -> None:
    journal = Journal.create(home, experiment=name, name="a run", key=name)
    record_model(journal, bundle, name=name, verdict="untrained")
    journal.end("FINISHED")
    Replay(journal.folder, store).advance(seconds=120)
    store.client().set_registered_model_alias(name, "champion", "1")


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    frame = pd.DataFrame({"id": [1, 2, 3], "text": ["a good film", None, "very bad"]})
    frame.to_parquet(tmp_path / "rows.parquet")
    return tmp_path / "rows.parquet"


def adopted(path: Path, home: Path) -> OwnFile:
    return adopt_own_file(path, own=home / "own")


def test_a_prediction_is_a_run_of_its_own_with_its_lineage(home: Path, rows: Path) -> None:
    asked = PredictionConfig(model="films", file=adopted(rows, home))
    with tracked_prediction(asked, trigger="manual", reason="Monday") as run:
        done = answer(run, asked)
    store = TrackingStore.from_settings(Settings.from_environment())
    client = store.client()
    mlflow_run = Position.load(run.folder, uri=store.uri).mlflow_run
    assert mlflow_run is not None
    found = client.get_run(mlflow_run)
    assert found.info.status == "FINISHED"
    assert client.get_experiment(found.info.experiment_id).name == "films-predictions"
    assert found.data.tags["kind"] == "prediction"
    assert found.data.tags["model_version"] == "1"
    assert found.data.tags["reason"] == "Monday"
    assert found.data.metrics["prediction/rows"] == 2
    assert found.data.metrics["prediction/rejected"] == 1
    (kept,) = client.list_artifacts(mlflow_run, "lineage")
    assert kept.path == "lineage/rows.parquet.lineage.json"
    lineage = read_lineage(done.output)
    version = client.get_model_version("films", "1")
    assert (lineage.origin.mlflow_run, lineage.origin.version) == (version.run_id, 1)
    assert str(rows.parent) not in json.dumps(asked.model_dump(mode="json"))


def test_one_question_has_one_place_and_another_has_another(home: Path, rows: Path) -> None:
    asked = PredictionConfig(model="films", file=adopted(rows, home))
    outputs = []
    for one in (asked, asked, asked.model_copy(update={"output": "csv"})):
        with tracked_prediction(one, trigger="manual", reason="") as run:
            outputs.append(answer(run, one).output)
    assert outputs[0] == outputs[1] != outputs[2]
    assert all(path.is_relative_to(home / "predictions" / "films-1") for path in outputs)


def test_a_prediction_names_one_source(home: Path, rows: Path) -> None:
    sql = SqlSource(environment="REVIEWS_DB", query="select 1")
    for sources in ({}, {"file": adopted(rows, home), "sql": sql}):
        with pytest.raises(ValidationError, match="name a file or sql"):
            PredictionConfig.model_validate({"model": "films", **sources})


@pytest.mark.postgres
def test_rows_of_a_database_are_answered_and_its_password_is_nowhere(
    home: Path, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REVIEWS_DB", postgres.address)
    query = "select n as id, 'good film ' || n as text from generate_series(1, 30) n order by n"
    asked = PredictionConfig(
        model="films", sql=SqlSource(environment="REVIEWS_DB", query=query), output="csv"
    )
    with tracked_prediction(asked, trigger="manual", reason="") as run:
        done = answer(run, asked)
    assert pd.read_csv(done.output)["id"].tolist() == list(range(1, 31))
    assert (done.lineage.source, done.lineage.query) == ("$REVIEWS_DB", query)
    told = list(read_records(run.folder))
    assert any(record["kind"] == "dataset" for record in told)
    secret = postgres.password.encode()
    files = [path for path in home.rglob("*") if path.is_file()]
    assert len(files) > 10
    assert [path for path in files if secret in path.read_bytes()] == []


def predict(*arguments: str | Path) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["predict", *map(str, arguments)])
    assert "Traceback" not in result.output
    return result.exit_code, result.stdout, result.stderr


def test_the_command_answers_a_file_and_tells_what_it_did(home: Path, rows: Path) -> None:
    output = rows.with_name("scored.jsonl")
    code, told, _ = predict("films", rows, "--output", output, "--json")
    assert code == 0
    found = json.loads(told)
    assert (found["rows"], found["rejected"]) == (2, 1)
    assert found["rejected_rows"] == str(rows.with_name("scored.jsonl.rejected.parquet"))
    assert found["sha256"] == read_lineage(output).output_sha256
    code, told, _ = predict("films", rows, "--output", output)
    assert code == 0
    assert "2 rows, 1 rejected" in told
    assert os.path.relpath(sidecar_of(output)) in told


def translator(home: Path) -> TranslationPredictor:
    predictor = load_predictor(home / "french" / "bundle")
    assert isinstance(predictor, TranslationPredictor)
    return predictor


def test_the_command_shows_the_n_best_translations_with_their_scores(home: Path) -> None:
    code, told, _ = predict("french", "a good film", "--beam", "5", "--n-best", "3")
    (known,) = translator(home).n_best(["a good film"], asked=AskedDecoding(5, None, 3))
    assert code == 0
    lines = told.splitlines()
    assert len(lines) == len(known) == 3
    for line, one in zip(lines, known, strict=True):
        flag = f"   ({one.flag})" if one.flag else ""
        assert line.rstrip() == f"{one.normalised:7.3f}  {one.text}{flag}".rstrip()
    code, told, _ = predict("french", "a good film", "--beam", 5, "--n-best", 3, "--json")
    found = json.loads(told)
    assert [one["translation"] for one in found["n_best"]] == [one.text for one in known]
    assert [one["score"] for one in found["n_best"]] == pytest.approx(
        [one.score for one in known], abs=1e-5
    )
    assert (found["translation"], found["model"]) == (known[0].text, "french")


def test_the_command_writes_one_line_for_each_line(home: Path, tmp_path: Path) -> None:
    lines = ["a good film", "", "never seen", "bad " * 10_000, "好"]
    (tmp_path / "in.txt").write_text("\n".join(lines), encoding="utf-8")
    output = tmp_path / "out.txt"
    asked = ["--beam", 3, "--max-tokens", 4]
    code, told, _ = predict("french", tmp_path / "in.txt", "--output", output, *asked)
    assert code == 0
    assert "empty 1, truncated 1" in told
    known = translator(home).predict(lines, asked=AskedDecoding(3, 4))
    assert output.read_text(encoding="utf-8") == "".join(f"{one.text}\n" for one in known)
    assert (read_lineage(output).beam, read_lineage(output).max_tokens) == (3, 4)


def test_a_flow_takes_beam_and_lines_and_keeps_their_answers_apart(
    home: Path, tmp_path: Path
) -> None:
    (tmp_path / "in.txt").write_text("a good film\nbad\n", encoding="utf-8")
    file = adopted(tmp_path / "in.txt", home)
    outputs = []
    for beam in (None, 4):
        asked = PredictionConfig(model="french", file=file, output="lines", beam=beam)
        with tracked_prediction(asked, trigger="manual", reason="") as run:
            done = answer(run, asked)
        assert done.lineage.beam == beam
        known = translator(home).predict(["a good film", "bad"], asked=AskedDecoding(beam))
        assert done.output.read_text().splitlines() == [one.text for one in known]
        outputs.append(done.output)
    assert outputs[0] != outputs[1]
    assert {output.name for output in outputs} == {"in.txt"}


def test_lines_are_an_output_of_lines_alone(home: Path, rows: Path) -> None:
    with pytest.raises(ValidationError, match="goes with a file of lines, .* are parquet"):
        PredictionConfig(model="films", file=adopted(rows, home), output="lines")


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["films", "good", "--beam", "5"], "films/1 does not translate, so it takes"),
        (["films", "good", "--n-best", "2"], "so it takes no beam, n-best or max-tokens"),
        (["films", "ROWS", "--output", "OUT", "--max-tokens", "9"], "does not translate"),
        (["french", "good", "--beam", "1000"], "from 1 to 64, not 1000; leave it out"),
        (["french", "good", "--max-tokens", "0"], "from 1 to 10000, not 0"),
        (["french", "good", "--n-best", "3"], "ask for a beam of 3 or more"),
        (["french", "ROWS", "--output", "OUT", "--n-best", "2"], "one answer for each row"),
    ],
)
def test_what_decoding_cannot_do_is_told(
    rows: Path, arguments: list[str], message: str
) -> None:
    places = {"ROWS": str(rows), "OUT": str(rows.with_name("out.csv"))}
    code, _, told = predict(*(places.get(argument, argument) for argument in arguments))
    assert code == 2
    assert message in told


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "give one text"),
        (["a text", "--connection", "X"], "give one text"),
        (["--output", "o.csv"], "name a file of texts, or a database by --connection"),
        (["absent.csv", "--output", "o.csv"], "there is no file absent.csv"),
        (["ROWS", "--output", "o.xlsx"], r"o.xlsx ends in .xlsx; use one of"),
        (["--output", "o.csv", "--connection", "X"], "--connection goes with --query"),
        (["ROWS", "--output", "o.csv", "--query", "select 1"], "a query goes with SQLite"),
        (
            ["--output", "o.csv", "--connection", "NOT_SET_ANYWHERE", "--query", "select 1"],
            "environment variable NOT_SET_ANYWHERE is not set",
        ),
        (
            ["--output", "o.csv", "--connection", "postgresql://u:c4nary@h/d", "--query", "x"],
            "takes the name of the environment variable",
        ),
    ],
)
def test_what_does_not_go_together_is_told(
    rows: Path, arguments: list[str], message: str
) -> None:
    given = [str(rows) if argument == "ROWS" else argument for argument in arguments]
    code, _, told = predict("films", *given)
    assert code == 2
    assert message in told
    assert "c4nary" not in told
