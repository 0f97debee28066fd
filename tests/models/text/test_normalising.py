"""Texts come into one spelling, and each of them as if it were alone."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from configs.text import TextConfig
from models.text.encoding import normalised
from tests.models.text.spelling import ODD, TEXTS, tidy

CASED = TextConfig(lowercase=False)
ASCII = TextConfig(normalise="ascii", lowercase=False)


@given(TEXTS)
def test_a_normalised_text_is_composed_with_plain_spaces_and_nothing_invisible(
    texts: list[str],
):
    assert normalised(texts, CASED).to_pylist() == [tidy(text) for text in texts]


@pytest.mark.parametrize("text", ODD)
def test_odd_texts_are_normalised_as_any_other(text: str):
    assert normalised([text], CASED).to_pylist() == [tidy(text)]


@settings(max_examples=40)
@given(TEXTS, st.sampled_from([CASED, ASCII, TextConfig()]))
def test_a_normalised_text_stays_as_it_is_in_any_company(texts: list[str], text: TextConfig):
    once = normalised(texts, text).to_pylist()
    assert [normalised([one], text)[0].as_py() for one in once] == once


@given(TEXTS)
def test_ascii_leaves_lower_case_letters_sentence_signs_and_single_spaces(texts: list[str]):
    for text in normalised(texts, ASCII).to_pylist():
        assert set(text) <= set("abcdefghijklmnopqrstuvwxyz.!? ")
        assert text == " ".join(text.split())


def test_ascii_keeps_letters_without_their_accents():
    texts = ["Élève n° 5, ça va?!", "L’œuf — Straße", "ΩΨ", "I'm…", "si\u00adx Łódź"]
    plain = ["eleve n ca va?!", "l oeuf strasse", "", "i m...", "six lodz"]
    assert normalised(texts, ASCII).to_pylist() == plain


def test_missing_texts_are_empty_ones():
    assert normalised(["a", None], CASED).to_pylist() == ["a", ""]
    assert normalised([], ASCII).to_pylist() == []
