import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.text.tokenizers import JOINER, TokenColumn, join_words, split_words
from storage.errors import InputError
from tests.models.text.spelling import TEXTS, tidy


@given(TEXTS)
def test_joining_marked_words_gives_the_tidied_text_back(texts: list[str]):
    tokens = split_words(texts, lowercase=False, mark_joins=True)
    assert join_words(tokens) == [tidy(text) for text in texts]


@settings(max_examples=40)
@given(TEXTS, st.booleans())
def test_marks_change_no_cut_but_only_signs(texts: list[str], lowercase: bool):
    plain = split_words(texts, lowercase=lowercase).to_lists()
    marked = split_words(texts, lowercase=lowercase, mark_joins=True).to_lists()
    assert [[word.strip(JOINER) for word in words] for words in marked] == plain


@settings(max_examples=40)
@given(TEXTS)
def test_no_word_is_empty_or_holds_white_space(texts: list[str]):
    for words in split_words(texts, lowercase=True).to_lists():
        assert all(word and word.split() == [word] for word in words)


@settings(max_examples=20)
@given(TEXTS)
def test_a_text_is_cut_the_same_in_any_company(texts: list[str]):
    together = split_words(texts, lowercase=True).to_lists()
    assert together == [split_words([text], lowercase=True).to_lists()[0] for text in texts]


@given(st.text(st.characters(max_codepoint=127), max_size=40))
def test_the_short_pattern_for_ascii_cuts_as_the_long_one(text: str):
    alone = split_words([text], lowercase=False, mark_joins=True).to_lists()[0]
    beside_unicode = split_words([text, "é"], lowercase=False, mark_joins=True).to_lists()[0]
    assert alone == beside_unicode


def test_words_are_runs_of_word_characters_and_each_other_sign_stands_alone():
    words = split_words(["Don't wait... it's 5€, #1_a!"], lowercase=True).to_lists()[0]
    assert " ".join(words) == "don ' t wait . . . it ' s 5 € , # 1_a !"


def test_marks_stand_where_a_sign_touches_its_neighbour():
    words = split_words(["l'eau (« vive »)."], lowercase=True, mark_joins=True).to_lists()[0]
    assert words == ["l", "￭'￭", "eau", "(", "￭«", "vive", "»", "￭)", "￭."]


def test_combining_marks_stay_in_their_word():
    hindi = "हिन्दी"
    assert split_words([hindi], lowercase=True).to_lists() == [[hindi]]


def test_joiners_that_spell_words_stay_in_them():
    persian = "می\u200cخواهم"
    assert split_words([persian], lowercase=True).to_lists() == [[persian]]


def test_unicode_spaces_part_words_and_invisible_characters_do_not():
    text = "un\u00a0deux\u202ftrois\u2009quatre\u0085cinq si\u00adx se\u200bpt"
    words = split_words([text], lowercase=True).to_lists()[0]
    assert words == ["un", "deux", "trois", "quatre", "cinq", "six", "sept"]


def test_composed_and_decomposed_letters_are_one_word():
    tokens = split_words(["caf\u00e9 cafe\u0301 CAFE\u0301"], lowercase=True)
    assert tokens.words.to_pylist() == ["caf\u00e9"]


def test_our_own_mark_in_a_text_becomes_its_compatible_form():
    tokens = split_words(["a￭ ￭b"], lowercase=True, mark_joins=True)
    assert tokens.to_lists() == [["a", "￭■", "■￭", "b"]]
    assert join_words(tokens) == ["a■ ■b"]


def test_no_text_yields_a_special_word():
    words = split_words(["<pad> <s> </s>"], lowercase=True, mark_joins=True).to_lists()[0]
    assert not {"<pad>", "<s>", "</s>"} & set(words)


def test_missing_and_blank_texts_have_no_words():
    assert split_words(["", None, " \t\u3000"], lowercase=True).to_lists() == [[], [], []]


def test_lone_surrogates_become_the_replacement_character():
    assert split_words(["a\ud800"], lowercase=True).to_lists() == [["a", "\ufffd"]]


@pytest.mark.parametrize(
    "column",
    [
        pd.Series(["a b", None]),
        pd.Series(["a b", None], dtype="category"),
        pd.concat([pd.Series(["a b"]), pd.Series([None], dtype="str")]),
        pa.array(["a b", None]),
        pa.chunked_array([["a b"], [None]]),
        pa.array(["x", "a b", None])[1:],
    ],
    ids=["pandas", "pandas category", "pandas parts", "array", "chunks", "slice"],
)
def test_every_kind_of_text_column_is_read(column: pd.Series | pa.Array):
    assert split_words(column, lowercase=True).to_lists() == [["a", "b"], []]


@pytest.mark.parametrize("column", [[1, 2], ["a", 1], [b"a"], [["a"]]])
def test_anything_but_text_is_refused(column: list[object]):
    with pytest.raises(InputError, match="one string a row"):
        split_words(column, lowercase=True)  # type: ignore[arg-type]


def test_words_that_a_network_joins_in_odd_ways_leave_no_mark():
    odd = TokenColumn(
        words=pa.array(["￭.", "(￭", "￭'￭", "a"], pa.large_string()),
        indices=np.array([0, 1, 2, 2, 3], np.int32),
        offsets=np.array([0, 5, 5]),
    )
    assert join_words(odd) == [". (''a", ""]
