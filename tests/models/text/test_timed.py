"""Events and gaps as text, in one column or two."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.text.encoded import EncodedColumn
from models.text.timed import joined_timed, kept_gaps, numbers_of, split_timed
from models.text.tokenizers import given_words
from models.text.vocabulary import SPECIALS, Vocabulary
from storage.errors import InputError

NAMES = st.text("abé@_.1", min_size=1, max_size=6)
NUMBERS = st.floats(0, 1e6, width=32)
SEQUENCES = st.lists(st.lists(st.tuples(NAMES, NUMBERS), max_size=5), max_size=5)


def test_an_event_without_a_time_came_at_once():
    found = split_timed(["open close@2.5  done@1e1 ", "", "a@b a@b@3"])
    assert found.events.to_pylist() == ["open close done", "", "a@b a@b"]
    assert found.gaps.tolist() == [0.0, 2.5, 10.0, 0.0, 3.0]
    assert found.offsets.tolist() == [0, 3, 3, 5]


@given(SEQUENCES)
def test_two_columns_joined_and_split_are_the_same(sequences: list[list[tuple[str, float]]]):
    events = [" ".join(name for name, _ in one) for one in sequences]
    gaps = [" ".join(repr(gap) for _, gap in one) for one in sequences]
    found = split_timed(
        joined_timed(pa.array(events, pa.string()), pa.array(gaps, pa.string()))
    )
    assert found.events.to_pylist() == events
    assert found.gaps.tolist() == [np.float32(gap) for one in sequences for _, gap in one]


def test_rows_with_another_number_of_gaps_are_named():
    with pytest.raises(InputError, match="row 2 has 2 events and 1 gaps"):
        joined_timed(["a", "a b"], ["0", "0"])


@pytest.mark.parametrize("gap", ["-2", "1e40"])
def test_a_time_that_is_none_is_refused_with_its_event(gap: str):
    with pytest.raises(
        InputError, match=f"'close@{gap}' has a time that is not from 0 to 1,000"
    ):
        split_timed([f"open close@{gap}"])


def test_a_gap_beyond_all_sense_is_refused():
    with pytest.raises(InputError, match="a gap of 1e300 is beyond 1,000,000,000"):
        numbers_of(["0 1e300"])


def test_gaps_that_are_no_numbers_are_refused():
    with pytest.raises(InputError, match="gaps are numbers with spaces between: .*soon"):
        numbers_of(["0 soon"])


def encoded(texts: list[str], *, most: int) -> EncodedColumn:
    vocabulary = Vocabulary((*SPECIALS, "a", "b", "c"))
    words = given_words(texts, lowercase=False)
    return vocabulary.encode(words, max_tokens=most, from_end=True)


def test_of_a_long_sequence_the_last_events_and_their_gaps_are_kept():
    column = encoded(["a b c", "", "b"], most=2)
    first = len(SPECIALS)
    assert column.ids.tolist() == [first + 1, first + 2, SPECIALS.index("<unk>"), first + 1]
    assert column.truncated.tolist() == [1, 0, 0]
    gaps, offsets = numbers_of(["1 2 3", "", "9"])
    assert kept_gaps(gaps, offsets, column).tolist() == [2, 3, 0, 9]


def test_gaps_of_other_rows_are_refused():
    gaps, offsets = numbers_of(["1 2", "", "9"])
    with pytest.raises(InputError, match="row 1 has 3 events and 2 gaps"):
        kept_gaps(gaps, offsets, encoded(["a b c", "", "b"], most=2))
