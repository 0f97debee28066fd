import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, f1_score

from training.metrics import class_scores
from training.tag_counting import TAGGING, confused_tags, ignore_class_accuracy, tag_counts

ACTUAL = ["DET NOUN VERB", "NOUN", "DET NOUN"]
FOUND = ["DET NOUN NOUN", "NOUN", "NOUN DET"]


def scores(values: np.ndarray) -> dict[str, float]:
    return {name: float(measure(values)) for name, measure in TAGGING.items()}


def test_scores_are_those_of_scikit_learn_on_all_words():
    counts = tag_counts(ACTUAL, [FOUND, ACTUAL])
    actual, found = (" ".join(each).split() for each in (ACTUAL, FOUND))
    summed = counts.values.sum(axis=0)
    assert scores(summed[0]) == {
        "accuracy": accuracy_score(actual, found),
        "sentence_accuracy": pytest.approx(1 / 3),
        "macro_f1": pytest.approx(f1_score(actual, found, average="macro")),
    }
    assert set(scores(summed[1]).values()) == {1.0}


def test_only_chosen_words_count():
    chosen = np.array([True, True, False, True, False, False])
    counts = tag_counts(ACTUAL, [FOUND], chosen=chosen)
    assert scores(counts.values.sum(axis=0)[0])["accuracy"] == 1.0
    of_first = tag_counts(ACTUAL, [FOUND], chosen=~chosen).values[:, 0]
    assert scores(of_first[[0, 2]].sum(axis=0))["accuracy"] == 0.0


def test_each_sentence_needs_as_many_answers_as_tags():
    with pytest.raises(ValueError, match="as many answers as it has tags"):
        tag_counts(["DET NOUN", "NOUN"], [["DET", "NOUN NOUN"]])


def test_recall_of_a_tag_is_that_of_its_words():
    counts = tag_counts(ACTUAL, [FOUND])
    recall = class_scores(counts.values[:, 0, :, :-1].sum(axis=0)).recall
    assert dict(zip(counts.tags, recall.tolist(), strict=True)) == {
        "DET": 0.5,
        "NOUN": pytest.approx(2 / 3),
        "VERB": 0.0,
    }


def test_masked_accuracy_rises_when_words_are_called_padding():
    actual = np.array([[1, 2, 1, 2, 1], [1, 2, 0, 0, 0]])
    honest = np.array([[1, 2, 1, 1, 2], [1, 1, 0, 0, 0]])
    evading = np.array([[1, 2, 1, 0, 0], [1, 1, 0, 0, 0]])
    assert ignore_class_accuracy(actual, honest, ignored=0) == pytest.approx(4 / 7)
    assert ignore_class_accuracy(actual, evading, ignored=0) == pytest.approx(4 / 5)


def test_the_most_confused_tags_are_shown():
    predictions = pd.DataFrame({"tags": ["A A A B C C"], "predicted": ["A A A C B C"]})
    matrix, tags = confused_tags(predictions, most=2)
    assert tags == ["B", "C"]
    assert matrix.tolist() == [[0, 1], [1, 1]]
