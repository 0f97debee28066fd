"""What bits are divided by, and what unknown words take to spell."""

import pytest

from configs.text import TextConfig
from models.text.encoding import encode_texts, tokenize
from models.text.lengths import WrittenLengths, written_lengths
from models.text.vocabulary import Vocabulary

TEXTS = ["The  cat\nsat.", "", "the café sat"]


def lengths_of(known: str, text: TextConfig) -> WrittenLengths:
    tokens = tokenize([known], text, written=True)
    vocabulary = Vocabulary.build([tokens], min_frequency=1, max_words=100)
    encoded = encode_texts(TEXTS, text, vocabulary=vocabulary, written=True)
    return written_lengths(TEXTS, encoded, text, vocabulary=vocabulary)


def test_characters_are_counted_as_they_stand() -> None:
    found = lengths_of("the cat\nsat. f", TextConfig(tokenizer="characters"))
    assert found.characters.tolist() == [len(text) for text in TEXTS]
    assert found.spelling.tolist() == [0, 0, 8 * len("é".encode())]


def test_words_write_one_space_between_two_and_spell_what_they_do_not_know() -> None:
    found = lengths_of("the cat sat", TextConfig(tokenizer="words"))
    assert found.characters.tolist() == [len(" the cat sat."), 1, len(" the café sat")]
    full_stop, cafe = 8 * (len(".") + 1), 8 * (len("café".encode()) + 1)
    assert found.spelling.tolist() == [full_stop, 0, cafe]


@pytest.mark.parametrize("known", ["the cat sat. café", "the the cat sat. sat. café"])
def test_known_words_take_no_spelling(known: str) -> None:
    assert not lengths_of(known, TextConfig(tokenizer="words")).spelling.any()
