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


def words_starting_with_consonants(index: int, *, feminine: bool) -> list[str]:
    return [
        noun.french[index]
        for noun in NOUNS
        if noun.feminine == feminine and noun.french[index][0] not in "aeiouhéèêîâ"
    ]


@pytest.mark.parametrize(
    ("determiner", "feminine"),
    [("(?:un|le|ce|mon|son)", True), ("(?:une|la|cette|ma|sa)", False)],
)
def test_determiners_agree_in_gender(
    sentences: pd.DataFrame, determiner: str, feminine: bool
) -> None:
    wrong = (
        rf"(?i)\b{determiner} {one_of(words_starting_with_consonants(0, feminine=feminine))}\b"
    )
    right = rf"(?i)\b{determiner} {one_of(words_starting_with_consonants(0, feminine=not feminine))}\b"
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
    red_cat = sentences["source"].str.contains(r"\bred (?:cat|bird|boat)\b")
    found = sentences.loc[red_cat, "target"]
    assert len(found) > 3
    assert found.str.contains(r"\b(?:chat|oiseau|bateau) rouge\b").all()
    big_cat = sentences["source"].str.contains(r"\bbig (?:cat|bird|boat)\b")
    assert (
        sentences.loc[big_cat, "target"].str.contains(r"\bgrand (?:chat|oiseau|bateau)").all()
    )


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
    many = pairs(Draw(60_000, np.random.default_rng(0))).to_pandas().drop_duplicates()
    targets_of = many.groupby("source")["target"].nunique()
    assert (targets_of > 1).sum() > 20
