import numpy as np
import pyarrow as pa
import torch
from hypothesis import given
from hypothesis import strategies as st

from models.batches import spellings_of
from models.text.spelling import LONGEST_SPELLING, characters_of, spelt
from models.text.tokenizers import given_words
from models.text.vocabulary import SPECIALS, UNKNOWN_ID, Vocabulary

WORDS = st.lists(st.text("aé𝒳-", min_size=1, max_size=LONGEST_SPELLING), max_size=8)


@given(WORDS)
def test_characters_of_words_are_their_characters(words: list[str]):
    found = characters_of(pa.array(words, pa.large_string()))
    assert ["".join(each) for each in found.to_lists()] == words


def test_long_words_are_cut_and_unknown_characters_are_unknown():
    characters = Vocabulary((*SPECIALS, "a"))
    words = spelt(pa.array(["a" * 99, "ab"], pa.large_string()), characters)
    assert np.diff(words.offsets).tolist() == [LONGEST_SPELLING, 2]
    assert words.ids[-2:].tolist() == [len(SPECIALS), UNKNOWN_ID]


def test_a_word_that_stands_twice_is_spelt_once():
    words = spelt(pa.array(["x", "yy", "zzz"], pa.large_string()), Vocabulary(SPECIALS))
    mask = np.array([[True, True], [True, False]])
    found = spellings_of(words, np.array([2, 0, 2]), mask)
    assert found.lengths.tolist() == [1, 3]
    assert torch.equal(found.places, torch.tensor([[1, 0], [1, 0]]))


def test_given_words_are_what_stands_between_spaces():
    found = given_words(["Don't  stop,\u00a0now !", "", " x"], lowercase=True)
    assert found.to_lists() == [["don't", "stop,_now", "!"], [], ["x"]]


def test_a_run_of_invisible_characters_stays_a_word():
    assert given_words(["a \u200b b"], lowercase=False).to_lists() == [["a", "_", "b"]]
