import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.batches import pad, rows_by_length
from models.text.vocabulary import PAD_ID

LENGTHS = st.lists(st.integers(1, 40), max_size=30).map(np.array)


@given(
    LENGTHS.map(lambda lengths: lengths.astype(np.int64)),
    st.integers(1, 100),
    st.none() | st.integers(1, 9),
)
def test_every_row_is_in_one_batch_and_no_batch_is_too_large(
    lengths: np.ndarray, batch_tokens: int, most_rows: int | None
):
    batches = list(rows_by_length(lengths, batch_tokens=batch_tokens, most_rows=most_rows))
    assert sorted(row for rows in batches for row in rows) == list(range(len(lengths)))
    for rows in batches:
        assert len(rows) == 1 or len(rows) * lengths[rows].max() <= batch_tokens
        assert most_rows is None or len(rows) <= most_rows


def test_padding_stands_behind_each_text():
    ids, offsets = np.arange(10, 16, dtype=np.int32), np.array([0, 2, 3, 6])
    batch = pad(ids, offsets, rows=np.array([2, 0]))
    assert batch.ids.tolist() == [[13, 14, 15], [10, 11, PAD_ID]]
    assert batch.lengths.tolist() == [3, 2]
