"""Sentence pairs keep the rules of both languages."""

import numpy as np
import pandas as pd
import pytest

from corpora.phrases.adjectives import ADJECTIVES
from corpora.phrases.grammar import Draw
from corpora.phrases.nouns import NOUNS
from corpora.phrases.pairs import pairs

VOWEL = "[aeiouhàâéèêîôœ]"


@pytest.fixture(scope="module")
def sentences() -> pd.DataFrame:
    return pairs(Draw(8_000, np.random.default_rng(0))).to_pandas()


def one_of(words: list[str]) -> str:
    return f"(?:{'|'.join(words)})"


def singular_nouns(*, feminine: bool) -> list[str]:
    """Those that start with a consonant, for before a vowel some determiners look alike."""
    singular = [noun.french[0] for noun in NOUNS if noun.feminine == feminine]
    return [noun for noun in singular if noun[0] not in "aeiouhéèêîâ"]


@pytest.mark.parametrize(
    ("determiner", "feminine"),
    [("(?:un|le|ce|mon|son)", True), ("(?:une|la|cette|ma|sa)", False)],
)
def test_determiners_agree_in_gender(
    sentences: pd.DataFrame, determiner: str, feminine: bool
) -> None:
    right, wrong = (
        rf"(?i)\b{determiner} {one_of(singular_nouns(feminine=gender))}\b"
        for gender in (not feminine, feminine)
    )
    targets = sentences["target"]
    assert targets[targets.str.contains(wrong)].tolist() == []
    assert targets.str.contains(right).sum() > 500


def test_adjectives_agree_with_the_noun_before_them(sentences: pd.DataFrame) -> None:
    differing = [a for a in ADJECTIVES if not a.before_noun and a.french[0] != a.french[1]]
    masculine = one_of([a.french[0] for a in differing])
    feminine = one_of([a.french[1] for a in differing])
    women = one_of([n.french[0] for n in NOUNS if n.feminine])
    men = one_of([n.french[0] for n in NOUNS if not n.feminine])
    targets = sentences["target"]
    assert not targets.str.contains(rf"\b{women} {masculine}\b").any()
    assert not targets.str.contains(rf"\b{men} {feminine}\b").any()
    assert targets.str.contains(rf"\b{women} {feminine}\b").sum() > 100


def test_adjectives_change_places(sentences: pd.DataFrame) -> None:
    men, hommes = "(?:boy|king|farmer|brother)", "(?:garçon|roi|fermier|frère)"
    behind = sentences.loc[sentences["source"].str.contains(rf"\bstrange {men}\b"), "target"]
    ahead = sentences.loc[sentences["source"].str.contains(rf"\bbig {men}\b"), "target"]
    assert len(behind) > 3
    assert len(ahead) > 3
    assert behind.str.contains(rf"\b{hommes} étrange\b").all()
    assert ahead.str.contains(rf"\bgrand {hommes}\b").all()


def test_vowels_elide_and_articles_contract(sentences: pd.DataFrame) -> None:
    targets = sentences["target"]
    wrong = (
        rf"(?i)\b(?:je|ne|de|le|la|que|ce|ma|sa|beau|nouveau) {VOWEL}|\bde les?\b|\bde des\b"
    )
    assert targets[targets.str.contains(wrong)].tolist() == []
    for right in (r"\bl'", r"\bn'", r"\bj'", r"\bqu'", r"\bdu\b", r"\bcet\b", r"\bbel\b"):
        assert targets.str.contains(rf"(?i){right}").any(), right


def test_denial_takes_two_words_around_the_french_verb(sentences: pd.DataFrame) -> None:
    denied = sentences[sentences["source"].str.contains(r"\b(?:do|does) not\b")]
    assert len(denied) > 500
    assert denied["target"].str.contains(r"(?i)\b(?:ne |n')\w+ pas\b").all()


def test_an_indefinite_object_of_a_denied_verb_loses_its_article() -> None:
    many = pairs(Draw(20_000, np.random.default_rng(1))).to_pandas()
    denied = many["source"].str.contains(r"(?:do|does) not \w+ an? (?:book|lamp|tree|key)\b")
    assert denied.sum() > 5
    assert many.loc[denied, "target"].str.contains(r" pas (?:de |d')").all()


def test_questions_keep_their_sign_and_the_french_narrow_space(sentences: pd.DataFrame) -> None:
    asked = sentences[sentences["source"].str.endswith("?")]
    assert len(asked) > 300
    assert asked["source"].str.contains(r"^(?:Do|Does) ").all()
    assert asked["target"].str.contains("^Est-ce qu(?:e |').*\u202f\\?$").all()


def test_nothing_reaches_100_percent_because_some_sources_have_two_targets() -> None:
    many = pairs(Draw(30_000, np.random.default_rng(0))).to_pandas().drop_duplicates()
    targets_of = many.groupby("source")["target"].nunique()
    assert (targets_of > 1).sum() > 10
