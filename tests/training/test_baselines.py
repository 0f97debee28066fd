"""The baselines: what they may look at, and how strong they are."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from training.baselines import Baseline, classification_baselines, translation_baselines


def texts(*values: str) -> "pd.Series[str]":
    return pd.Series(values, dtype="str")


def labelled(rows: list[tuple[str, str]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["text", "label"], dtype="str")


def by_name(baselines: list[Baseline]) -> dict[str, Baseline]:
    return {baseline.name: baseline for baseline in baselines}


POLAR = labelled(
    [
        (f"a {word} film {n}", label)
        for n in range(5)
        for word, label in (
            ("good", "positive"),
            ("fine", "positive"),
            ("bad", "negative"),
            ("dull", "negative"),
        )
    ]
)


def test_naive_bayes_and_regression_learn_which_words_tell() -> None:
    found = by_name(classification_baselines(POLAR, POLAR[:8], texts("dull plot", "good one")))
    assert found["naive_bayes"].answers.tolist() == ["negative", "positive"]
    assert found["logistic_regression"].answers.tolist() == ["negative", "positive"]


def test_majority_always_says_the_most_frequent_label_of_training() -> None:
    train = labelled([("x", "b"), ("y", "b"), ("z", "a")])
    found = by_name(
        classification_baselines(train, labelled([("z", "a")] * 9), texts("z", "q"))
    )
    assert found["majority"].answers.tolist() == ["b", "b"]
    assert found["majority"].settings == "always b, 0.67 of the training rows"


def test_majority_of_equals_does_not_depend_on_the_order_of_rows() -> None:
    train = labelled([("x", "b"), ("y", "a")])
    for rows in (train, train[::-1]):
        found = by_name(classification_baselines(rows, train, texts("x")))
        assert found["majority"].answers.tolist() == ["a"]


def test_word_pairs_and_signs_are_read_where_validation_says_they_help() -> None:
    rows = [("not good", "-"), ("good", "+"), ("not bad", "+"), ("bad", "-")] * 6
    found = by_name(classification_baselines(labelled(rows), labelled(rows), texts("not bad")))
    regression = found["logistic_regression"]
    assert regression.answers.tolist() == ["+"]
    assert "word pairs" in regression.settings
    signs = labelled([("well !", "+"), ("well ?", "-")] * 6)
    found = by_name(classification_baselines(signs, signs, texts("so ?", "so !")))
    assert found["naive_bayes"].answers.tolist() == ["-", "+"]


def test_settings_are_chosen_on_validation_and_fitted_on_training_alone() -> None:
    # training is mostly positive; validation has a word that it may not teach
    train = labelled([("good film", "positive")] * 8 + [("bad film", "negative")] * 2)
    validation = labelled([("zebra", "negative")] * 30)
    found = by_name(classification_baselines(train, validation, texts("zebra")))
    assert found["naive_bayes"].answers.tolist() == ["positive"]
    assert found["logistic_regression"].answers.tolist() == ["positive"]
    assert "fitted on 10 of 10 rows" in found["naive_bayes"].settings


def test_a_validation_label_that_training_lacks_is_missed_not_an_error() -> None:
    validation = labelled([("good", "positive"), ("odd", "unheard of")])
    found = by_name(classification_baselines(POLAR, validation, texts("good")))
    assert "0.500 on validation" in found["naive_bayes"].settings


def test_large_training_splits_are_sampled_and_the_settings_say_so() -> None:
    found = by_name(classification_baselines(POLAR, POLAR, texts("good"), most_rows=12))
    assert "fitted on 12 of 20 rows" in found["logistic_regression"].settings


PAIRS = pd.DataFrame(
    [("the cat sleeps .", "le chat dort ."), ("the dog eats .", "le chien mange ."),
     ("the dog eats .", "le chien bouffe ."), ("a bird sings .", "un oiseau chante .")],
    columns=["source", "target"], dtype="str",
)  # fmt: skip


def test_the_translation_memory_answers_with_the_nearest_sources_translation() -> None:
    asked = texts("the cat eats .", "a bird", "the dog eats .")
    found = by_name(translation_baselines(PAIRS, asked))
    memory = found["translation_memory"].answers.tolist()
    assert memory[1:] == ["un oiseau chante .", "le chien mange ."]
    assert memory[0] in ("le chat dort .", "le chien mange .")
    assert found["copy_source"].answers.tolist() == asked.tolist()


def test_a_source_without_a_common_word_is_copied() -> None:
    found = by_name(translation_baselines(PAIRS, texts("quelque chose")))["translation_memory"]
    assert found.answers.tolist() == ["quelque chose"]
    assert "1 without a common word" in found.settings


def test_a_large_memory_asked_in_pieces_answers_the_same() -> None:
    random = np.random.default_rng(0)
    words = np.array([f"w{number}" for number in range(300)])
    sources = [" ".join(words[random.integers(300, size=6)]) for _ in range(200)]
    train = pd.DataFrame(
        {"source": sources, "target": [s.upper() for s in sources]}, dtype="str"
    )
    asked = texts(*(" ".join(source.split()[:4]) for source in sources[::3]))
    whole = by_name(translation_baselines(train, asked))["translation_memory"].answers
    assert whole.tolist() == [source.upper() for source in sources[::3]]
    in_pieces = by_name(translation_baselines(train, asked, large_memory=100, at_once=7))
    pieces = in_pieces["translation_memory"].answers
    assert pieces.tolist() == whole.tolist()


def test_baselines_of_the_real_sentiment_corpus_are_as_strong_as_peers(
    tmp_path: Path, real_data: Callable[[str], Path]
) -> None:
    """Peers reach 0.821 and 0.822 when they train on validation too, which costs us 0.01."""
    from configs.data import DataConfig
    from corpora.preprocess import build_tables
    from corpora.tables import read_table

    found: dict[str, list[float]] = {"naive_bayes": [], "logistic_regression": []}
    for seed in range(5):
        data = DataConfig(
            dataset="sentiment-sentences",
            problem="classification",
            test_share=1 / 3,
            split_seed=seed,
        )
        build_tables(real_data("sentiment-sentences"), tmp_path / str(seed), data)
        train, validation, test = (
            read_table(tmp_path / str(seed) / split)
            for split in ("train", "validation", "test")
        )
        baselines = by_name(classification_baselines(train, validation, test["text"]))
        for name, accuracies in found.items():
            right = baselines[name].answers == test["label"].to_numpy()
            accuracies.append(float(right.mean()))
    assert np.mean(found["naive_bayes"]) > 0.81
    assert np.mean(found["logistic_regression"]) > 0.805
