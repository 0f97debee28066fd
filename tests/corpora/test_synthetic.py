"""Generated corpora: seeded, growing by addition, and hard for all that ignores order."""

import re
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from configs.data import DataConfig, Problem
from corpora.phrases.adjectives import ADJECTIVES
from corpora.phrases.grammar import NEGATIONS
from corpora.phrases.topics import TOPICS
from corpora.preprocess import build_tables
from corpora.synthetic import GENERATORS, generate
from corpora.tables import read_table
from storage.errors import InputError

POLARITY = {a.english: a.polarity for a in ADJECTIVES if a.polarity}
DENIALS = {english for english, _ in NEGATIONS}


def generated(name: str, folder: Path, *, rows: int, seed: int = 0) -> pd.DataFrame:
    generate(name, folder, rows=rows, seed=seed)
    return pd.read_parquet(folder / "data.parquet")


def split(name: str, problem: Problem, folder: Path, *, rows: int) -> dict[str, pd.DataFrame]:
    generate(name, folder / "raw", rows=rows, seed=0)
    build_tables(folder / "raw", folder, DataConfig(dataset=name, problem=problem))
    return {part: read_table(folder / part) for part in ("train", "test")}


@pytest.mark.parametrize("name", GENERATORS)
def test_the_same_seed_gives_the_same_bytes_and_another_seed_other_rows(
    name: str, tmp_path: Path
) -> None:
    for folder, seed in (("1", 0), ("2", 0), ("3", 1)):
        generate(name, tmp_path / folder, rows=300, seed=seed)
    first, again, other = ((tmp_path / f / "data.parquet").read_bytes() for f in "123")
    assert first == again != other


@pytest.mark.parametrize("name", GENERATORS)
def test_more_rows_only_add_to_the_first(name: str, tmp_path: Path) -> None:
    few = generated(name, tmp_path / "few", rows=300)
    many = generated(name, tmp_path / "many", rows=10_300)
    assert len(few) == 300
    assert len(many) == 10_300
    pd.testing.assert_frame_equal(few, many.head(300))
    assert not few.equals(many.tail(300).reset_index(drop=True))


def test_an_unknown_name_is_refused_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="'tales'; there are generated-reviews, generated-p"):
        generate("tales", tmp_path, rows=1, seed=0)


def opinion(clause: str) -> int:
    """Polarity of a clause with one opinion, read by hand: adjective, turned by a denial."""
    words = re.findall(r"[a-z]+", clause.lower())
    (polarity,) = (POLARITY[word] for word in words if word in POLARITY)
    denied = any(re.search(rf"\b{denial}\b", clause.lower()) for denial in DENIALS)
    return -polarity if denied else polarity


def main_clause(sentence: str) -> str:
    """The clause that decides in a sentence of contrast."""
    if match := re.search(r"(?:^|\. )(?:Although|Even if) .*, (.*)\.$", sentence):
        return match[1]
    if match := re.search(r"(?:, and yet| but) (.*)\.$", sentence):
        return match[1]
    return re.split(r",? (?:although|even if) ", sentence)[0].split(". ")[-1]


def test_the_main_clause_decides_but_for_the_label_noise(tmp_path: Path) -> None:
    reviews = generated("generated-reviews", tmp_path, rows=20_000)
    contrast = (
        r"Although |Even if | although |, even if |, and yet | was [^,]* but | were [^,]* but "
    )
    contrasts = reviews[reviews["text"].str.contains(contrast)]
    decided = (
        contrasts["text"].map(main_clause).map(opinion).map({1: "positive", -1: "negative"})
    )
    assert len(contrasts) > 3_000
    # 4 % noise; five standard deviations among 3,600 rows are 0.016
    assert (decided == contrasts["label"]).mean() == pytest.approx(0.96, abs=0.016)


def test_both_polarities_are_as_frequent(tmp_path: Path) -> None:
    labels = generated("generated-reviews", tmp_path, rows=20_000)["label"]
    assert (labels == "positive").mean() == pytest.approx(0.5, abs=0.018)


def test_bags_of_words_and_memory_stay_below_their_targets(tmp_path: Path) -> None:
    """docs/decisions/0001: at most 0.80, ten points below what a network must reach."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.naive_bayes import MultinomialNB

    parts = split("generated-reviews", "classification", tmp_path, rows=20_000)
    train, test = parts["train"], parts["test"]
    vectors = TfidfVectorizer(ngram_range=(1, 2), min_df=2)
    known, new = vectors.fit_transform(train["text"]), vectors.transform(test["text"])
    for method in (MultinomialNB(), LogisticRegression(C=10)):
        assert 0.6 < method.fit(known, train["label"]).score(new, test["label"]) <= 0.80
    nearest = np.asarray((new[:1_000] @ known.T).argmax(axis=1)).ravel()
    remembered = train["label"].to_numpy()[nearest] == test["label"].to_numpy()[:1_000]
    assert remembered.mean() <= 0.80
    assert test["label"].value_counts(normalize=True).max() <= 0.53


def test_topics_show_in_many_words_but_not_in_all_posts(tmp_path: Path) -> None:
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.naive_bayes import MultinomialNB

    parts = split("generated-topics", "classification", tmp_path, rows=8_000)
    train, test = parts["train"], parts["test"]
    counts = CountVectorizer().fit(train["text"])
    bayes = MultinomialNB().fit(counts.transform(train["text"]), train["label"])
    assert 0.85 < bayes.score(counts.transform(test["text"]), test["label"]) < 0.95
    assert test["label"].value_counts(normalize=True).max() < 0.22


def test_every_topic_shares_words_and_has_its_own() -> None:
    for kind, count in (("nouns", 16), ("verbs", 8), ("adjectives", 6)):
        words = [getattr(topic, kind) for topic in TOPICS]
        assert all(len(set(own)) == count for own in words)
        held = Counter(word for own in words for word in own)
        assert all(0 < sum(held[word] > 1 for word in own) < count for own in words)


@pytest.mark.parametrize(
    ("name", "problem", "column"),
    [
        ("generated-reviews", "classification", "text"),
        ("generated-topics", "classification", "text"),
        ("generated-pairs", "translation", "source"),
    ],
)
def test_test_rows_are_new_combinations_of_known_words(
    name: str, problem: Problem, column: str, tmp_path: Path
) -> None:
    parts = split(name, problem, tmp_path, rows=8_000)
    train, test = (parts[part][column].str.lower() for part in ("train", "test"))
    assert not set(test) & set(train)
    known = set(train.str.findall(r"\w+").explode())
    words = test.str.findall(r"\w+").explode()
    # the reviews' invented brand names are rare on purpose
    assert words.isin(known).mean() > (0.99 if column == "text" else 0.9999)
