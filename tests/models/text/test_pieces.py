"""Pieces: any text becomes known ids and comes back exactly; the library cuts as we do."""

import random
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tokenizers import Regex, Tokenizer
from tokenizers.models import BPE
from tokenizers.pre_tokenizers import ByteLevel, Sequence, Split

from configs.text import TextConfig
from models.text.encoding import encode_texts, normalised, tokenize
from models.text.pieces import ALPHABET
from models.text.tokenizers import split_spaced_words
from models.text.vocabulary import EOS_ID, SPECIALS, UNKNOWN_ID, Vocabulary
from storage.errors import InputError
from tests.models.text.spelling import ODD, TEXTS

TRAINING = [
    "L'eau de la rivière est froide, n'est-ce pas ?",
    "Je ne sais pas où j'ai été hier… et toi ?",
    "<s> <pad> <s> <pad> <s> <pad> </s> </s> <unk> <unk>",
    "It is cold outside, isn't it? Where have you been? 1999 1999",
]
CASED = TextConfig(tokenizer="bpe", lowercase=False, max_tokens=100_000)


def learnt(texts: list[str], text: TextConfig, *, pieces: int = 300) -> Vocabulary:
    return Vocabulary.learn_pieces(tokenize(texts, text), max_pieces=pieces)


PIECES = learnt(TRAINING, CASED)


LETTERS = r"\p{L}\p{M}\x{200C}\x{200D}"
WORDS = Split(
    Regex(rf" ?\p{{N}}| ?[^{LETTERS}\p{{N}} ][^\p{{L}}\p{{N}} ]*| ?[{LETTERS}]+"), "isolated"
)
"""One number, a run of signs or a run of letters, in the words of Oniguruma."""


def with_the_library(vocabulary: Vocabulary) -> Tokenizer:
    """The same by `tokenizers` alone, which looks at every word of every text."""
    tokenizer = Tokenizer(
        BPE({piece: i for i, piece in enumerate(vocabulary.words)}, list(vocabulary.merges))
    )
    tokenizer.pre_tokenizer = Sequence(
        [WORDS, ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    return tokenizer


def ids_of(texts: list[str] | pa.Array, vocabulary: Vocabulary = PIECES) -> list[list[int]]:
    encoded = encode_texts(texts, CASED, vocabulary=vocabulary).without_empty()
    return [row.tolist() for row in np.split(encoded.ids, encoded.offsets[1:-1])][
        : len(encoded)
    ]


@pytest.mark.parametrize("tokenizer", ["words", "bpe"])
@settings(max_examples=100)
@given(
    texts=st.lists(st.one_of(st.text(max_size=30), st.sampled_from(ODD)), max_size=6),
    normalise=st.sampled_from(["nfc", "ascii"]),
    lowercase=st.booleans(),
)
def test_decoding_what_was_encoded_gives_the_normalised_text_back(
    tokenizer: str, normalise: str, lowercase: bool, texts: list[str]
):
    text = TextConfig.model_validate(
        {
            "tokenizer": tokenizer,
            "normalise": normalise,
            "lowercase": lowercase,
            "max_tokens": 100_000,
        }
    )
    tokens = tokenize(texts, text, written=True)
    vocabulary = PIECES if tokenizer == "bpe" else Vocabulary.build(tokens)
    encoded = vocabulary.encode(tokens, max_tokens=text.max_tokens).without_empty()
    assert vocabulary.texts(encoded.ids, encoded.offsets) == normalised(texts, text).to_pylist()
    assert not encoded.unknown.any()
    assert not np.isin(encoded.ids, range(len(SPECIALS))).any()


@pytest.mark.parametrize("text", ODD)
def test_odd_texts_come_back_whole(text: str):
    encoded = encode_texts([text], CASED, vocabulary=PIECES)
    assert PIECES.texts(encoded.ids, encoded.offsets) == normalised([text], CASED).to_pylist()


@example(ODD)
@given(TEXTS)
def test_the_library_finds_the_same_words(texts: list[str]):
    whole = [f" {text}" if text else "" for text in normalised(texts, CASED).to_pylist()]
    expected = [[word for word, _ in WORDS.pre_tokenize_str(text)] for text in whole]
    assert split_spaced_words(texts, lowercase=False).to_lists() == expected


@example(ODD)
@given(TEXTS)
def test_the_library_cuts_every_text_as_we_cut_its_distinct_words(texts: list[str]):
    whole = [f" {text}" if text else "" for text in normalised(texts, CASED).to_pylist()]
    expected = with_the_library(PIECES).encode_batch(whole, add_special_tokens=False)
    assert ids_of(texts) == [one.ids for one in expected]


def test_the_library_cuts_real_sentences_as_we_do(real_data: Callable[[str], Path]):
    with ZipFile(real_data("tatoeba-fra") / "fra-eng.zip") as archive:
        lines = archive.read("fra.txt").decode().split("\n")[::40]
    texts = [side for line in lines if line for side in line.split("\t")[:2]]
    vocabulary = learnt(texts, CASED, pieces=3_000)
    spaced = [f" {text}" for text in normalised(texts, CASED).to_pylist()]
    expected = with_the_library(vocabulary).encode_batch_fast(spaced, add_special_tokens=False)
    assert ids_of(texts, vocabulary) == [one.ids for one in expected]


@given(st.text(st.characters(max_codepoint=127), max_size=40))
def test_the_short_patterns_for_ascii_cut_as_the_long_ones(text: str):
    alone = split_spaced_words([text], lowercase=False).to_lists()[0]
    beside_unicode = split_spaced_words([text, "é"], lowercase=False).to_lists()[0]
    assert alone == beside_unicode


def test_words_are_letters_single_digits_or_signs_with_the_space_before_them():
    words = split_spaced_words(["J'ai 1 999 €... «ça»\u00a0!", ""], lowercase=False).to_lists()
    assert [word.replace(" ", "·") for word in words[0]] == [
        "·J", "'", "ai", "·1", "·9", "9", "9", "·€...", "·«", "ça", "»", "·!",
    ]  # fmt: skip
    assert words[1] == []


def test_specials_come_first_then_all_bytes_then_merges():
    assert PIECES.words[: len(SPECIALS)] == SPECIALS
    after = len(SPECIALS) + len(ALPHABET)
    assert set(PIECES.words[len(SPECIALS) : after]) == ALPHABET
    merged = ["".join(merge) for merge in PIECES.merges]
    assert list(PIECES.words[after:]) == list(dict.fromkeys(merged))
    assert len(PIECES) == len(SPECIALS) + 300


def test_specials_spelt_out_in_a_text_are_text():
    encoded = encode_texts(["<s><pad></s> <unk>"], CASED, vocabulary=PIECES)
    assert encoded.ids.min() >= len(SPECIALS)
    assert not set(SPECIALS) & set(PIECES.words[len(SPECIALS) :])


@settings(max_examples=15)
@given(TEXTS, st.randoms(use_true_random=False), st.integers(1, 3))
def test_order_and_parts_of_the_rows_play_no_role(
    texts: list[str], shuffle: random.Random, parts: int
):
    texts = [*texts, *TRAINING]
    whole = learnt(texts, CASED)
    shuffle.shuffle(texts)
    pieces = (tokenize(texts[i::parts], CASED) for i in range(parts))
    assert Vocabulary.learn_pieces(pieces, max_pieces=300) == whole


def test_rare_pairs_are_not_merged():
    words = tokenize(["ab ab ab cd"], CASED)
    frequent = Vocabulary.learn_pieces(words, min_frequency=2, max_pieces=300)
    assert frequent.merges == (("a", "b"), ("Ġ", "ab"))


def test_a_word_that_occurs_thousands_of_times_counts_as_often():
    words = tokenize(["ab " * 2_500 + "cd " * 2_499], CASED)
    learnt_of_both = Vocabulary.learn_pieces(words, min_frequency=2_500, max_pieces=300)
    assert "Ġab" in learnt_of_both.words
    assert "Ġcd" not in learnt_of_both.words


def test_long_texts_are_cut_by_pieces_and_counted():
    text = CASED.model_copy(update={"max_tokens": 3})
    encoded = encode_texts(["zzzzz", "", "z"], text, vocabulary=PIECES)
    assert encoded.tokens.tolist() == [6, 0, 2]
    assert encoded.truncated.tolist() == [3, 0, 0]
    assert encoded.unknown.tolist() == [0, 0, 0]
    assert np.diff(encoded.offsets).tolist() == [3, 1, 2]
    assert encoded.ids[3] == UNKNOWN_ID  # so that every text has an answer


def test_endless_words_and_endless_lines_are_encoded():
    texts = ["é" * 100_000, "mot " * 10_000]
    encoded = encode_texts(texts, CASED, vocabulary=PIECES)
    assert PIECES.texts(encoded.ids, encoded.offsets) == [texts[0], texts[1].strip()]


def test_bytes_that_are_no_text_become_the_replacement_character_and_specials_nothing():
    half = PIECES.id_of("Ã")  # the first byte of é
    letter, space = PIECES.id_of("a"), PIECES.id_of("Ġ")
    ids = np.array([letter, half, letter, EOS_ID, half, space, space, letter], np.int32)
    texts = PIECES.texts(ids, np.array([0, 4, 5, 5, 8]))
    assert texts == ["a\ufffda", "\ufffd", "", " a"]


def test_a_saved_vocabulary_of_pieces_reads_back_and_cuts_the_same(tmp_path: Path):
    PIECES.save(tmp_path / "vocabulary.txt")
    read = Vocabulary.load(tmp_path / "vocabulary.txt")
    assert read == PIECES
    assert ids_of(TRAINING, read) == ids_of(TRAINING)
    listed, merges = (tmp_path / "vocabulary.txt").read_text().split("\n\n")
    assert listed.split("\n")[:4] == list(SPECIALS)
    assert merges.split("\n")[0].split(" ") == list(PIECES.merges[0])


@pytest.mark.parametrize("line", ["a", "a b c", "zq xj", ""])
def test_a_merge_of_unlisted_pieces_is_refused(line: str):
    with pytest.raises(InputError, match=r"words\.txt holds the merge .* take the file as it"):
        Vocabulary.from_text(PIECES.to_text() + f"{line}\n\n", name="words.txt")


@pytest.mark.parametrize("change", [("\nz\n", "\n"), ("\nz\n", "\nz\n猫\n")])
def test_pieces_of_other_characters_than_all_bytes_are_refused(change: tuple[str, str]):
    with pytest.raises(InputError, match="does not list the 210 bytes"):
        Vocabulary.from_text(PIECES.to_text().replace(*change, 1))
