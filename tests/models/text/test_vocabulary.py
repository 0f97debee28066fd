import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.text.tokenizers import join_words, split_words
from models.text.vocabulary import (
    BOS_ID,
    EOS_ID,
    PAD_ID,
    SPECIALS,
    UNKNOWN_ID,
    EncodedColumn,
    Vocabulary,
)
from storage.errors import InputError

ABC = Vocabulary((*SPECIALS, "a", "b", "c"))
WORDS = st.lists(st.text("abcdx ", max_size=12), max_size=8)


def encode(texts: list[str], *, max_tokens: int = 100) -> EncodedColumn:
    return ABC.encode(split_words(texts, lowercase=True), max_tokens=max_tokens)


def rows_of(encoded: EncodedColumn) -> list[list[int]]:
    return [row.tolist() for row in np.split(encoded.ids, encoded.offsets[1:-1])][
        : len(encoded)
    ]


def test_specials_have_the_ids_that_everybody_counts_on():
    assert (PAD_ID, UNKNOWN_ID, BOS_ID, EOS_ID) == (0, 1, 2, 3)
    assert [ABC.words[i] for i in (PAD_ID, UNKNOWN_ID, BOS_ID, EOS_ID)] == list(SPECIALS)


def test_frequent_words_come_first_and_equals_in_the_order_of_their_letters():
    tokens = split_words(["z y y x", "y z a"], lowercase=True)
    assert Vocabulary.build(tokens).words == (*SPECIALS, "y", "z", "a", "x")


def test_rare_words_and_words_beyond_the_maximum_are_left_out():
    tokens = split_words(["a a a b b c"], lowercase=True)
    assert Vocabulary.build(tokens, min_frequency=2).words == (*SPECIALS, "a", "b")
    assert Vocabulary.build(tokens, max_words=1).words == (*SPECIALS, "a")


@given(WORDS, st.randoms(use_true_random=False), st.integers(1, 3))
def test_order_and_parts_of_the_rows_play_no_role(
    texts: list[str], shuffle: random.Random, parts: int
):
    whole = Vocabulary.build(split_words(texts, lowercase=True))
    shuffle.shuffle(texts)
    pieces = [split_words(texts[i::parts], lowercase=True) for i in range(parts)]
    assert Vocabulary.build(pieces) == whole


def test_a_vocabulary_of_nothing_holds_the_specials():
    assert Vocabulary.build([]).words == SPECIALS
    assert Vocabulary.build(split_words([], lowercase=True)).words == SPECIALS


def test_a_saved_vocabulary_is_one_word_a_line_and_reads_back(tmp_path: Path):
    ABC.save(tmp_path / "vocabulary.txt")
    lines = (tmp_path / "vocabulary.txt").read_text(encoding="utf-8").split("\n")
    assert lines == ["<pad>", "<unk>", "<s>", "</s>", "a", "b", "c", ""]
    assert Vocabulary.load(tmp_path / "vocabulary.txt") == ABC


@given(st.lists(st.text(max_size=20)))
def test_the_words_of_any_text_survive_the_file(texts: list[str]):
    built = Vocabulary.build(split_words(texts, lowercase=False, mark_joins=True))
    assert Vocabulary.from_text(built.to_text()) == built


def test_a_file_without_the_specials_is_refused():
    with pytest.raises(InputError, match="begins with <pad> <unk> <s> </s>, this one with the"):
        Vocabulary.from_text("the\nof\n")


def test_a_file_with_a_word_twice_is_refused():
    with pytest.raises(InputError, match=r"words\.txt holds the word 'a' twice"):
        Vocabulary.from_text(ABC.to_text() + "a\n", name="words.txt")


def test_known_words_get_their_ids_and_others_the_unknown_one():
    encoded = encode(["a c x", "b"])
    assert rows_of(encoded) == [[4, 6, UNKNOWN_ID], [5]]
    assert encoded.unknown.tolist() == [1, 0]
    assert encoded.ids.dtype == np.int32
    assert encoded.offsets.dtype == np.int64


def test_long_texts_are_cut_and_say_how_much():
    encoded = encode(["a b c x x", "", "a b", "a"], max_tokens=2)
    assert rows_of(encoded) == [[4, 5], [UNKNOWN_ID], [4, 5], [4]]
    assert encoded.tokens.tolist() == [5, 0, 2, 1]
    assert encoded.truncated.tolist() == [3, 0, 0, 0]
    assert encoded.unknown.tolist() == [0, 0, 0, 0]  # only kept words count


def test_a_text_without_words_is_one_unknown_word_and_counts_none():
    encoded = encode(["", "a", ""])
    assert rows_of(encoded) == [[UNKNOWN_ID], [4], [UNKNOWN_ID]]
    assert encoded.tokens.tolist() == [0, 1, 0]
    assert encoded.unknown.tolist() == [0, 0, 0]


@given(WORDS, st.integers(1, 6))
def test_encoding_a_column_is_encoding_its_rows(texts: list[str], limit: int):
    expected = []
    for text in texts:
        words = split_words([text], lowercase=True).to_lists()[0][:limit]
        expected.append([ABC.id_of(word) for word in words] or [UNKNOWN_ID])
    assert rows_of(encode(texts, max_tokens=limit)) == expected


def test_many_distinct_words_are_looked_up_as_few_are():
    texts = [f"a w{i} c" for i in range(5_000)]
    encoded = encode(texts)
    assert rows_of(encoded) == [[4, UNKNOWN_ID, 6]] * 5_000


@given(st.lists(st.text("abc.,' ", min_size=1, max_size=12), min_size=1, max_size=5))
def test_decoding_and_joining_give_the_text_back(texts: list[str]):
    texts = [text for text in texts if text.strip()]
    tokens = split_words(texts, lowercase=True, mark_joins=True)
    vocabulary = Vocabulary.build(tokens)
    encoded = vocabulary.encode(tokens, max_tokens=100)
    joined = join_words(vocabulary.decode(encoded.ids, encoded.offsets))
    assert joined == [" ".join(text.split()) for text in texts]
