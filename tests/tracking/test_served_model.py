"""Tests of the model as MLflow serves it, without the project around it."""

import json
import os
import subprocess
import sys
import sysconfig
import time
import urllib.request
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import pytest
from mlflow.pyfunc.model import PythonModelContext

from models.asked_decoding import AskedDecoding
from models.classifying import ClassificationPredictor
from models.event_predicting import EventPredictor
from models.predictors import load_predictor
from models.translating import TranslationPredictor
from storage.journal import Journal
from tests.tracking.bundles import (
    tiny_event_classifier,
    tiny_language_model,
    tiny_tagger,
    tiny_translator,
)
from tests.tracking.server import free_port
from tracking.logged_model import requirements
from tracking.position import Position
from tracking.registry import version
from tracking.replay import Replay
from tracking.runs import record_model
from tracking.served_model import ServedModel
from tracking.store import TrackingStore

TEXTS = ["a very good film", "bad", "", "never seen words", "good good good good"]
TOLERANCE = 1e-5

ANSWER = """
import importlib.util, json, sys
for house in ("tracking", "training", "models", "configs", "storage"):
    assert importlib.util.find_spec(house) is None, f"{house} is installed here"
import mlflow.pyfunc, pandas
column, texts = json.loads(sys.argv[1])
model = mlflow.pyfunc.load_model("models:/reviews/1")
answers = model.predict(pandas.DataFrame({column: texts}))
import models
print(json.dumps({"answers": answers.to_dict("list"), "code": models.__file__}))
"""


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Python of an environment that has the libraries, but not this project.

    Its only package path is the library folder itself, as plain path: the `.pth` file in
    there, through which the project is installed for editing, is not read.
    """
    folder = tmp_path_factory.mktemp("stranger")
    venv.create(folder, with_pip=False, symlinks=True)
    inside = {"base": str(folder), "platbase": str(folder)}
    packages = Path(sysconfig.get_path("purelib", vars=inside))
    (packages / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder / "bin" / "python"


def model_of(bundle: Path, home: Path, store: TrackingStore) -> Path:
    """Folder of the bundle's model as a run registers it."""
    journal = Journal.create(home, experiment="reviews", name="a run", key="k")
    record_model(journal, bundle, name="reviews", verdict="good")
    Replay(journal.folder, store).advance(seconds=300)
    [made] = Position.load(journal.folder, uri=store.uri).registrations
    source = version(store, "reviews", made.version).source
    return Path(source.removeprefix("file://"))


def run_isolated(python: Path, script: str, *arguments: str, cwd: Path) -> tuple[str, str]:
    done = subprocess.run(
        [python, "-I", "-c", script, *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    return done.stdout, done.stderr


def expected_of(bundle: Path) -> list[tuple[str, tuple[float, ...]]]:
    predictor = load_predictor(bundle)
    assert isinstance(predictor, ClassificationPredictor)
    return [(answer.label, answer.probabilities) for answer in predictor.predict(TEXTS)]


def assert_same_answers(answers: dict[str, list[object]], bundle: Path) -> None:
    expected = expected_of(bundle)
    assert answers["label"] == [label for label, _ in expected]
    for place, label in enumerate(("negative", "very good!")):
        assert answers[f"probability_{label}"] == pytest.approx(
            [probabilities[place] for _, probabilities in expected], abs=TOLERANCE
        )
    best = [max(probabilities) for _, probabilities in expected]
    assert answers["probability"] == pytest.approx(best, abs=TOLERANCE)
    assert answers["flag"][2:4] == ["empty", "unknown"]


def test_registered_classifier_answers_where_the_project_is_not_installed(
    bundle: Path,
    home: Path,
    store: TrackingStore,
    stranger: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model = model_of(bundle, home, store)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store.uri)
    question = json.dumps(["text", TEXTS])
    output, errors = run_isolated(stranger, ANSWER, question, cwd=tmp_path)
    assert output, errors
    answered = json.loads(output.splitlines()[-1])
    assert Path(answered["code"]).is_relative_to(model)
    assert_same_answers(answered["answers"], bundle)


def test_registered_translator_answers_as_its_bundle_does(
    home: Path, store: TrackingStore, tmp_path: Path
) -> None:
    import mlflow.pyfunc
    import pandas as pd

    bundle = tiny_translator(tmp_path / "bundle")
    model = mlflow.pyfunc.load_model(str(model_of(bundle, home, store)))
    answers = model.predict(pd.DataFrame({"source": TEXTS}))
    predictor = load_predictor(bundle)
    assert isinstance(predictor, TranslationPredictor)
    expected = predictor.predict(TEXTS)
    assert answers["translation"].tolist() == [answer.text for answer in expected]
    assert answers["flag"].tolist() == [answer.flag for answer in expected]


def test_registered_event_classifier_reads_times(
    home: Path, store: TrackingStore, tmp_path: Path
) -> None:
    import mlflow.pyfunc
    import pandas as pd

    bundle = tiny_event_classifier(tmp_path / "bundle")
    model = mlflow.pyfunc.load_model(str(model_of(bundle, home, store)))
    texts = ["a film@0.5", "a film@500", "", "a good bad a good bad film@2"]
    answers = model.predict(pd.DataFrame({"events": texts}))
    predictor = load_predictor(bundle)
    assert isinstance(predictor, EventPredictor)
    expected = predictor.predict(texts)
    assert answers["label"].tolist() == [answer.label for answer in expected]
    assert answers["flag"].tolist() == ["", "", "empty", "truncated"]
    assert answers["probability_well"][0] != answers["probability_well"][1]


def test_registered_tagger_gives_as_many_tags_as_words(
    home: Path, store: TrackingStore, tmp_path: Path
) -> None:
    import mlflow.pyfunc
    import pandas as pd

    model = mlflow.pyfunc.load_model(
        str(model_of(tiny_tagger(tmp_path / "bundle"), home, store))
    )
    answers = model.predict(pd.DataFrame({"tokens": ["a good film", "", "unheard of"]}))
    assert [len(tags.split()) for tags in answers["tags"]] == [3, 0, 2]
    assert answers["flag"].tolist() == ["", "empty", "unknown"]


def test_a_language_model_goes_on_as_it_is_asked(
    home: Path, store: TrackingStore, tmp_path: Path
) -> None:
    import mlflow.pyfunc
    import pandas as pd
    from mlflow.exceptions import MlflowException

    bundle = tiny_language_model(tmp_path / "bundle")
    model = mlflow.pyfunc.load_model(str(model_of(bundle, home, store)))
    rows = pd.DataFrame({"text": ["a good ", "", "X"]})
    own = model.predict(rows)
    assert [len(text) for text in own["continuation"]] == [5, 5, 5]
    assert own["flag"].tolist() == ["", "empty", "unknown"]
    other = model.predict(rows, params={"max_tokens": 8, "temperature": 0.5, "seed": 3})
    assert [len(text) for text in other["continuation"]] == [8, 8, 8]
    with pytest.raises(MlflowException, match="top_p is above 0"):
        model.predict(rows, params={"top_p": 2.0})


def test_beam_and_longest_output_are_parameters_of_a_translator(
    home: Path, store: TrackingStore, tmp_path: Path
) -> None:
    import mlflow.pyfunc
    import pandas as pd
    from mlflow.exceptions import MlflowException

    bundle = tiny_translator(tmp_path / "bundle")
    model = mlflow.pyfunc.load_model(str(model_of(bundle, home, store)))
    own = {spec.name: spec.default for spec in model.metadata.get_params_schema().params}
    assert own == {"beam": 1, "max_tokens": 5}
    rows = pd.DataFrame({"source": TEXTS})
    predictor = load_predictor(bundle)
    assert isinstance(predictor, TranslationPredictor)
    for params in ({"beam": 4}, {"max_tokens": 2}, {"beam": 3, "max_tokens": 9}):
        expected = predictor.predict(TEXTS, asked=AskedDecoding(**params))
        assert expected != predictor.predict(TEXTS)
        answers = model.predict(rows, params=params)
        assert answers["translation"].tolist() == [answer.text for answer in expected]
    for params, told in (
        ({"beam": 0}, "beam is a whole number from 1 to 64, not 0; leave it out"),
        ({"beam": 1000}, "beam is a whole number from 1 to 64, not 1000"),
        ({"max_tokens": -1}, "max_tokens is a whole number from 1 to 10000, not -1"),
        ({"beam": "wide"}, "beam.*convert `<class 'str'>` to `DataType.long`.*`wide`"),
    ):
        with pytest.raises(MlflowException, match=told) as caught:
            model.predict(rows, params=params)
        assert caught.value.get_http_status_code() == 400


def test_package_of_the_same_name_is_refused_with_its_place(
    bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = PythonModelContext({"bundle": str(bundle)}, None)
    foreign = ModuleType("models")
    foreign.__file__, foreign.__path__ = "/elsewhere/models/__init__.py", []
    monkeypatch.setitem(sys.modules, "models", foreign)
    monkeypatch.delitem(sys.modules, "models.predictors")
    elsewhere = [each for each in sys.meta_path if "Editable" not in str(each)]
    monkeypatch.setattr(sys, "meta_path", elsewhere)  # the project is not installed there
    with pytest.raises(ImportError) as caught:
        ServedModel().load_context(context)
    assert "has a package 'models' from /elsewhere/models/__init__.py" in str(caught.value)
    assert "load the model in a process of its own" in str(caught.value)


def test_model_holds_no_pickle(bundle: Path, home: Path, store: TrackingStore) -> None:
    model = model_of(bundle, home, store)
    kinds = {path.suffix for path in model.rglob("*") if path.is_file()}
    assert kinds <= {".py", ".yaml", ".json", ".txt", ".safetensors", ""}
    assert "cloudpickle" not in (model / "requirements.txt").read_text()


def test_requirements_are_pinned_without_local_versions_and_hold_what_serving_imports() -> None:
    pinned = dict(line.split("==") for line in requirements())
    assert {"mlflow", "torch", "safetensors", "numpy", "pandas", "pyarrow", "pydantic"} <= set(
        pinned
    )
    assert not [name for name, number in pinned.items() if "+" in number]
    assert not {"prefect", "great_expectations", "scikit-learn", "typer"} & set(pinned)


@contextmanager
def served(model: Path, folder: Path) -> Iterator[str]:
    """Address of the model behind `mlflow models serve`."""
    port = free_port()
    command = [sys.executable, "-m", "mlflow", "models", "serve", "--model-uri", str(model)]
    command += ["--env-manager", "local", "--host", "127.0.0.1", "--port", str(port)]
    binaries = Path(sys.executable).parent
    server = subprocess.Popen(
        command,
        cwd=folder,
        start_new_session=True,
        env=os.environ | {"PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}"},
    )
    try:
        yield f"http://127.0.0.1:{port}/invocations"
    finally:
        os.killpg(server.pid, 9)
        server.wait()


@pytest.mark.long
def test_models_serve_answers_as_evaluation_does(
    bundle: Path, home: Path, store: TrackingStore, tmp_path: Path
) -> None:
    with served(model_of(bundle, home, store), tmp_path) as address:
        body = {"dataframe_split": {"columns": ["text"], "data": [[text] for text in TEXTS]}}
        answered = ask(address, body, timeout_seconds=240)
    rows = answered["predictions"]
    assert_same_answers({key: [row[key] for row in rows] for key in rows[0]}, bundle)


@pytest.mark.long
def test_a_served_translator_takes_beam_and_longest_output(
    home: Path, store: TrackingStore, tmp_path: Path
) -> None:
    bundle = tiny_translator(tmp_path / "bundle")
    predictor = load_predictor(bundle)
    assert isinstance(predictor, TranslationPredictor)
    rows = {"dataframe_split": {"columns": ["source"], "data": [[text] for text in TEXTS]}}
    with served(model_of(bundle, home, store), tmp_path) as address:
        for params in ({}, {"beam": 3, "max_tokens": 2}):
            answered = ask(address, rows | {"params": params}, timeout_seconds=240)
            expected = predictor.predict(TEXTS, asked=AskedDecoding(**params))
            assert [row["translation"] for row in answered["predictions"]] == [
                answer.text for answer in expected
            ]
        with pytest.raises(AssertionError, match="from 1 to 64, not 1000; leave it out"):
            ask(address, rows | {"params": {"beam": 1000}}, timeout_seconds=60)


def ask(address: str, body: object, *, timeout_seconds: float) -> dict[str, list[dict]]:
    """Post the body until the server is up and answers."""
    deadline = time.monotonic() + timeout_seconds
    request = urllib.request.Request(
        address, json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    while True:
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as problem:
            raise AssertionError(problem.read().decode()) from problem
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.5)
