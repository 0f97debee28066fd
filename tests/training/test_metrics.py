"""The metrics against the libraries that define them, and their refusals."""

import subprocess
import sys
from itertools import zip_longest

import numpy as np
import pytest
import sacrebleu
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from sklearn import metrics as sklearn_metrics

from training.metrics import (
    ACTUAL,
    BLEU_COUNTS,
    accuracy,
    bleu,
    bleu_counts,
    chrf,
    class_counts,
    class_scores,
    classification_scores,
    confusion_matrix,
    macro_f1,
    translation_scores,
    translation_signatures,
    translation_statistics,
)

HYPOTHESES = ["the cat sat on the mat today", "he eats an apple", "nothing at all like it"]
ONE_REFERENCE = [["the cat sat on the mat"], ["she eats an apple"], ["quite another sentence"]]
SEVERAL = [["the cat sat on the mat", "a cat sat today"], ["he eats an apple"], ["x y", "z"]]


@st.composite
def labelled(draw: st.DrawFn) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
    classes = draw(st.integers(1, 6))
    rows = draw(st.integers(1, 40))
    ids = arrays(np.int64, rows, elements=st.integers(0, classes - 1))
    return draw(ids), draw(ids), classes


@given(labelled())
def test_accuracy_and_macro_f1_are_scikit_learns(
    case: tuple[NDArray[np.int64], NDArray[np.int64], int],
) -> None:
    actual, predicted, classes = case
    scores = classification_scores(actual, predicted, classes=classes)
    assert scores.accuracy == pytest.approx(sklearn_metrics.accuracy_score(actual, predicted))
    assert scores.macro_f1 == pytest.approx(
        sklearn_metrics.f1_score(actual, predicted, average="macro", zero_division=0)
    )


@given(labelled())
def test_scores_per_class_are_scikit_learns_where_a_class_occurs(
    case: tuple[NDArray[np.int64], NDArray[np.int64], int],
) -> None:
    actual, predicted, classes = case
    counts = class_counts(actual, predicted, classes=classes).sum(axis=0)
    occurs = counts[ACTUAL] > 0
    scores = class_scores(counts)
    wanted = sklearn_metrics.precision_recall_fscore_support(
        actual, predicted, labels=range(classes), zero_division=0
    )
    for ours, theirs in zip((scores.precision, scores.recall, scores.f1), wanted, strict=False):
        np.testing.assert_allclose(ours[occurs], theirs[occurs])
    np.testing.assert_array_equal(
        confusion_matrix(actual, predicted, classes=classes),
        sklearn_metrics.confusion_matrix(actual, predicted, labels=range(classes)),
    )


def test_metrics_of_many_sums_at_once_are_those_of_each() -> None:
    random = np.random.default_rng(0)
    counts = class_counts(random.integers(3, size=30), random.integers(3, size=30), classes=3)
    halves = np.stack([counts[:15].sum(axis=0), counts[15:].sum(axis=0)])
    np.testing.assert_allclose(accuracy(halves), [accuracy(halves[0]), accuracy(halves[1])])
    np.testing.assert_allclose(macro_f1(halves), [macro_f1(halves[0]), macro_f1(halves[1])])


def test_a_class_that_training_has_not_seen_is_missed_not_an_error() -> None:
    scores = classification_scores(np.array([0, 1, -1]), np.array([0, 1, 1]), classes=2)
    assert scores.accuracy == pytest.approx(2 / 3)
    assert scores.macro_f1 == pytest.approx((1 + 2 / 3 + 0) / 3)


def test_no_rows_are_refused_instead_of_scoring_nan() -> None:
    nothing = np.array([], dtype=np.int64)
    with pytest.raises(ValueError, match="no rows is undefined, not 0"):
        classification_scores(nothing, nothing, classes=2)
    with pytest.raises(ValueError, match="no sources is undefined, not 0"):
        translation_scores([], [])


def test_rows_that_do_not_match_are_refused_with_both_numbers() -> None:
    with pytest.raises(ValueError, match="3 actual and 2 predicted classes"):
        classification_scores(np.zeros(3, np.int64), np.zeros(2, np.int64), classes=2)
    with pytest.raises(ValueError, match="1 translations and references for 3 sources"):
        translation_scores(["one"], ONE_REFERENCE)


def test_class_ids_out_of_bounds_are_refused_with_the_bounds() -> None:
    with pytest.raises(ValueError, match="run from 0 to 2, but with 2 classes .* 0 and 1"):
        confusion_matrix(np.array([0, 2]), np.array([0, 1]), classes=2)
    with pytest.raises(ValueError, match="run from -1 to 1"):
        class_counts(np.array([0, 1]), np.array([-1, 1]), classes=2)


def test_a_source_without_reference_is_refused_by_its_place() -> None:
    with pytest.raises(ValueError, match="source 1 has no reference"):
        translation_scores(["one", "two"], [["one"], []])


def test_bleu_and_chrf_are_sacrebleus() -> None:
    scores = translation_scores(HYPOTHESES, ONE_REFERENCE)
    references = [[one[0] for one in ONE_REFERENCE]]
    assert scores.bleu == pytest.approx(sacrebleu.corpus_bleu(HYPOTHESES, references).score)
    assert scores.chrf == pytest.approx(sacrebleu.corpus_chrf(HYPOTHESES, references).score)


def test_any_number_of_references_per_source_counts() -> None:
    references = [
        ["the cat sat on the mat", "he eats an apple", "x y"],
        ["a cat sat today", None, "z"],
    ]
    scores = translation_scores(HYPOTHESES, SEVERAL)
    assert scores.bleu == pytest.approx(sacrebleu.corpus_bleu(HYPOTHESES, references).score)
    assert scores.chrf == pytest.approx(sacrebleu.corpus_chrf(HYPOTHESES, references).score)


def test_counts_of_sources_add_up_to_the_corpus_score() -> None:
    counted = bleu_counts(HYPOTHESES, SEVERAL)
    assert counted.shape == (3, 10)
    both = np.stack([counted.sum(axis=0), counted[:2].sum(axis=0)])
    assert bleu(both).tolist() == [
        translation_scores(HYPOTHESES, SEVERAL).bleu,
        translation_scores(HYPOTHESES[:2], SEVERAL[:2]).bleu,
    ]


def test_systems_are_counted_side_by_side_whatever_their_number() -> None:
    """More sources than are taken at once, in another order in the second system."""
    hypotheses, references = HYPOTHESES * 400, SEVERAL * 400
    counted = translation_statistics([hypotheses, hypotheses[::-1]], references)
    assert counted.shape == (1200, 2, 28)
    for system, texts in enumerate((hypotheses, hypotheses[::-1])):
        total = counted[:, system].sum(axis=0)
        documents = list(zip_longest(*references))
        expected = sacrebleu.corpus_bleu(texts, documents, force=True).score
        assert bleu(total[:BLEU_COUNTS]) == pytest.approx(expected)
        expected = sacrebleu.corpus_chrf(texts, documents).score
        assert chrf(total[BLEU_COUNTS:]) == pytest.approx(expected)


def test_signatures_state_the_number_of_references() -> None:
    assert "nrefs:1|" in translation_signatures(ONE_REFERENCE)["bleu"]
    assert "nrefs:var|" in translation_signatures(SEVERAL)["bleu"]
    assert translation_signatures(ONE_REFERENCE)["chrf"].endswith(sacrebleu.__version__)


def test_training_can_import_the_metrics_for_next_to_nothing() -> None:
    heavy = "'sklearn', 'scipy', 'sacrebleu', 'pandas', 'torch', 'matplotlib'"
    code = f"import sys, training.metrics; print([m for m in ({heavy}) if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert found.stdout.decode().strip() == "[]"
