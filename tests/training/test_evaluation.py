"""Evaluation from bundle to report, on toy runs."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from corpora.tables import read_table
from models.classifying import ClassificationPredictor
from models.predictors import load_predictor
from storage.errors import InputError
from storage.files import read_json, write_json
from tests.training.toy_runs import ToyRun, classification_run, translation_run
from training.answers import answer
from training.evaluation import evaluate
from training.groups import count_seen
from training.model_card import ModelName
from training.provenance import Provenance
from training.scores import Scores
from training.verdict import verdict


@pytest.fixture(scope="module")
def classified(tmp_path_factory: pytest.TempPathFactory) -> ToyRun:
    return classification_run(tmp_path_factory.mktemp("classification"))


@pytest.fixture(scope="module")
def translated(tmp_path_factory: pytest.TempPathFactory) -> ToyRun:
    return translation_run(tmp_path_factory.mktemp("translation"))


@pytest.fixture(scope="module")
def out(classified: ToyRun, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the classifier's evaluation."""
    folder = tmp_path_factory.mktemp("evaluation")
    write_json(folder / "facts.json", evaluated(classified, folder))
    return folder


def evaluated(run: ToyRun, folder: Path, **changes: Path) -> dict[str, Any]:
    places = {"bundle": run.bundle, "tables": run.tables, "tokens": run.tokens, **changes}
    name = ModelName("films", "team-films")
    return dict(
        evaluate(**places, folder=folder, job=run.job, name=name, train_folder=run.trained)
    )


def test_a_classifier_is_scored_on_every_test_row_once(classified: ToyRun, out: Path) -> None:
    facts: Any = read_json(out / "facts.json")
    test = read_table(classified.tables / "test")
    predictions = pd.read_parquet(out / "predictions.parquet")
    pd.testing.assert_frame_equal(predictions[test.columns.to_list()], test)
    right = predictions["predicted"] == predictions["label"]
    assert (predictions["correct"] == right).all()
    assert facts["value"] == pytest.approx(right.mean())
    assert facts["low"] <= facts["value"] <= facts["high"]
    assert facts["beats_majority"]
    assert facts["summary"].startswith("accuracy ")


def test_answers_are_the_predictors_with_a_probability_for_each_class(
    classified: ToyRun, out: Path
) -> None:
    predictions = pd.read_parquet(out / "predictions.parquet")
    each = predictions[["probability/negative", "probability/positive"]].to_numpy()
    np.testing.assert_allclose(each.sum(axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(each.max(axis=1), predictions["probability"])
    predictor = load_predictor(classified.bundle)
    assert isinstance(predictor, ClassificationPredictor)
    answers = predictor.predict(predictions["text"].tolist())
    assert [answer.label for answer in answers] == predictions["predicted"].tolist()
    np.testing.assert_allclose(
        [answer.probability for answer in answers], predictions["probability"], atol=1e-5
    )


def test_mistakes_are_kept_the_surest_first(classified: ToyRun, out: Path) -> None:
    wrong = pd.read_parquet(out / "misclassified.parquet")
    predictions = pd.read_parquet(out / "predictions.parquet")
    assert (wrong["label"] != wrong["predicted"]).all()
    assert len(wrong) == (predictions["label"] != predictions["predicted"]).sum()
    assert wrong["probability"].is_monotonic_decreasing
    assert wrong["probability"].nunique() > 5


def test_scores_hold_baselines_classes_and_quarters_by_length(
    classified: ToyRun, out: Path
) -> None:
    facts: Any = read_json(out / "facts.json")
    scores = Scores.read(out)
    test = read_table(classified.tables / "test")
    assert list(scores.baselines) == ["majority", "naive_bayes", "logistic_regression"]
    assert verdict(scores) == facts["verdict"]
    assert scores.class_rows == test["label"].value_counts().sort_index().to_dict()
    assert set(scores.classes["positive"]) == {"precision", "recall", "f1"}
    assert sum(part.rows for part in scores.slices.values()) == len(test)
    assert scores.validation.keys() == {"loss", "accuracy", "macro_f1"}


def test_report_card_and_pictures_are_written(classified: ToyRun, out: Path) -> None:
    names = {path.relative_to(out).as_posix() for path in out.rglob("*.*")}
    assert names - {"facts.json"} == {
        "figures/confusion_matrix.png",
        "figures/learning_curves.png",
        "figures/reliability.png",
        "lineage/groups.parquet",
        "misclassified.parquet",
        "model_card.md",
        "predictions.parquet",
        "report.md",
        "scores.json",
    }


def test_the_groups_a_model_learnt_from_are_kept_and_hold_no_test_row(
    classified: ToyRun, out: Path
) -> None:
    file = out / "lineage" / "groups.parquet"
    train, validation, test = (
        read_table(classified.tables / name, ["group"])["group"]
        for name in ("train", "validation", "test")
    )
    kept = pd.read_parquet(file)
    assert kept["group"].tolist() == sorted(set(train) | set(validation))
    assert set(kept["split"]) == {"train", "validation"}
    assert count_seen(test, file) == 0
    assert count_seen([*test, *validation[:3], *validation[:3]], file) == 3


def test_a_bundle_answers_anew_what_it_answered_before(
    classified: ToyRun, translated: ToyRun, out: Path, tmp_path: Path
) -> None:
    evaluated(translated, tmp_path / "translated")
    for run, folder in ((classified, out), (translated, tmp_path / "translated")):
        first = pd.read_parquet(folder / "predictions.parquet")
        answer(run.bundle, folder / "predictions.parquet", tmp_path)
        again = pd.read_parquet(tmp_path / "predictions.parquet")
        pd.testing.assert_frame_equal(again, first[again.columns.to_list()])
        assert {"id", "group", "tokens", "predicted"} <= set(again.columns)


def test_a_bundle_of_another_problem_answers_nothing(
    translated: ToyRun, out: Path, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="solves translation, but the test rows have no"):
        answer(translated.bundle, out / "predictions.parquet", tmp_path)


def test_evaluating_again_writes_the_same_scores(
    classified: ToyRun, out: Path, tmp_path: Path
) -> None:
    evaluated(classified, tmp_path)
    for name in ("scores.json", "report.md", "predictions.parquet"):
        assert (tmp_path / name).read_bytes() == (out / name).read_bytes()


def test_a_label_that_training_lacks_counts_as_missed(
    classified: ToyRun, out: Path, tmp_path: Path
) -> None:
    tables = tmp_path / "tables"
    for split in ("train", "validation", "test"):
        frame = read_table(classified.tables / split)
        if split == "test":
            frame.loc[:9, "label"] = "unheard of"
        (tables / split).mkdir(parents=True)
        frame.to_parquet(tables / split / "part-00000.parquet", index=False)
    evaluated(classified, tmp_path / "odd", tables=tables)
    scores = Scores.read(tmp_path / "odd")
    assert scores.score.value < Scores.read(out).score.value
    assert scores.class_rows["unheard of"] == 10
    assert scores.classes["unheard of"]["recall"].value == 0
    assert "unheard of" in (tmp_path / "odd" / "report.md").read_text(encoding="utf-8")


def test_a_translator_is_scored_once_per_source_against_all_its_targets(
    translated: ToyRun, tmp_path: Path
) -> None:
    facts = evaluated(translated, tmp_path)
    test = read_table(translated.tables / "test")
    scores = Scores.read(tmp_path)
    assert facts["headline"] == "bleu"
    assert scores.rows == test["source"].nunique() == len(test) // 2
    assert list(scores.baselines) == ["copy_source", "translation_memory"]
    assert scores.signatures["bleu"].startswith("nrefs:2|case:mixed|")
    predictions = pd.read_parquet(tmp_path / "predictions.parquet")
    assert predictions["id"].tolist() == test["id"].tolist()
    assert (predictions.groupby("source")["predicted"].nunique() == 1).all()


def test_a_perfect_translation_has_bleu_100_whichever_target_it_hits(
    translated: ToyRun, tmp_path: Path
) -> None:
    # training that holds the test pairs makes the memory perfect
    tables = tmp_path / "tables"
    for split in ("train", "validation", "test"):
        (tables / split).mkdir(parents=True)
        frame = read_table(translated.tables / "test")
        frame.to_parquet(tables / split / "part-00000.parquet", index=False)
    evaluated(translated, tmp_path / "out", tables=tables)
    memory = Scores.read(tmp_path / "out").baselines["translation_memory"].metrics["bleu"]
    assert (memory.value, memory.low, memory.high) == pytest.approx((100, 100, 100))


def test_a_bundle_of_another_problem_is_refused_by_name(
    classified: ToyRun, translated: ToyRun, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="solves classification, .* about translation"):
        evaluated(translated, tmp_path, bundle=classified.bundle)
    other = replace(classified, job=translated.job)
    with pytest.raises(InputError, match="solves classification, .* about translation"):
        evaluated(other, tmp_path)


def test_provenance_reads_the_manifests_and_counts_what_they_do_not_tell(
    classified: ToyRun, tmp_path: Path
) -> None:
    bare = Provenance.of(classified.tables, classified.tokens)
    assert bare.splits["test"] == len(read_table(classified.tables / "test"))
    assert bare.lines()[0] == "Source: the data."
    for split in ("train", "validation", "test"):
        (tmp_path / split).mkdir()
        read_table(classified.tables / split).to_parquet(
            tmp_path / split / "part-00000.parquet"
        )
    facts = {
        "rows": {"read": 2304, "rejected": 1},
        "dropped": {"duplicate": 7},
        "split_digests": {"test": "ab" * 32},
    }
    parameters = {"dataset": "toy", "split": "published"}
    write_json(tmp_path / "manifest.json", {"facts": facts, "parameters": parameters})
    lines = Provenance.of(tmp_path, classified.tokens).lines()
    assert lines[0] == "Source: toy, 2,304 rows read, 1 rejected, 7 dropped (duplicate 7)."
    assert lines[1].endswith("; published split; test set abababababab.")
