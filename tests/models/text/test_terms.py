"""Terms of bags of words: letters only, neither short nor empty of meaning."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.text.terms import split_terms
from models.text.tokenizers import TokenColumn
from models.text.vocabulary import SPECIALS, Vocabulary


def terms(*texts: str, letters: int = 3, stop: bool = True) -> list[list[str]]:
    column = split_terms(
        texts,
        lowercase=True,
        min_letters=letters,
        stop_words="english" if stop else "none",
        lemmas="none",
    )
    return column.to_lists()


def test_terms_are_words_of_letters_that_say_something() -> None:
    assert terms("The cats, don't SAY: 42 cats_in e-mails!", "", "of the") == [
        ["cats", "say", "cats", "mails"],
        [],
        [],
    ]
    assert terms("The cats", stop=False) == [["the", "cats"]]
    assert terms("I am at it", letters=1, stop=False) == [["i", "am", "at", "it"]]


@given(st.lists(st.text(max_size=30), max_size=6))
def test_every_text_has_the_letters_that_it_had(texts: list[str]) -> None:
    found = terms(*texts, letters=1, stop=False)
    assert len(found) == len(texts)
    assert all(
        word and not any(sign.isspace() for sign in word) for row in found for word in row
    )
    assert all(sign.isalpha() or not sign.isalnum() for row in found for w in row for sign in w)


def column(*texts: str) -> TokenColumn:
    return split_terms(texts, lowercase=True, min_letters=1, stop_words="none", lemmas="none")


@pytest.mark.parametrize(
    ("shares", "words"),
    [((0.0, 1.0), "a b c d"), ((0.5, 1.0), "a b"), ((0.0, 0.5), "b c d"), ((0.3, 0.6), "b")],
)
def test_words_of_few_or_most_texts_are_cut(shares: tuple[float, float], words: str) -> None:
    parts = [column("a b b b", "a c c c c"), column("a b", "a d")]
    vocabulary = Vocabulary.build(parts, text_shares=shares)
    assert sorted(vocabulary.words[len(SPECIALS) :]) == words.split()


def test_lemmas_are_dictionary_forms() -> None:
    found = split_terms(
        ["cats were running"], lowercase=True, min_letters=3, stop_words="none", lemmas="spacy"
    )
    assert found.to_lists() == [["cat", "be", "run"]]
