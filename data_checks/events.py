"""What the gate looks at in sequences: as many gaps as events, and time that goes on."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from configs.events import EventsConfig
from corpora.word_lists import NUMBER

Mask = NDArray[np.bool_]


def event_columns(
    events: pa.ChunkedArray, gaps: pa.ChunkedArray, config: EventsConfig
) -> dict[str, Mask]:
    """Flags of each row: `ungapped`, `backwards`, and `ends_late` where gaps run to the last.

    A row whose gaps cannot be read has the first flag and none of the others.

    Args:
        events: Events with spaces between.
        gaps: Numbers likewise.
        config: What the gaps are.
    """
    texts = pc.fill_null(gaps, "").combine_chunks()
    counts = [pc.count_substring_regex(pc.fill_null(c, ""), r"[^ ]+") for c in (events, texts)]
    written = pc.match_substring_regex(texts, rf"^{NUMBER}( {NUMBER})*$")
    readable = pc.and_(pc.equal(*counts), written).to_numpy(zero_copy_only=False)
    numbers, offsets = _numbers(texts, readable)
    backwards = np.zeros(len(texts), np.bool_)
    rows = np.repeat(np.arange(len(texts)), np.diff(offsets))
    wrong = numbers < 0
    columns = {"ungapped": ~readable, "backwards": backwards}
    if config.gaps == "to_last":
        same_row = np.diff(rows, prepend=-1) == 0
        wrong |= same_row & (np.diff(numbers, prepend=np.inf) > 0)
        late = np.zeros(len(texts), np.bool_)
        late[readable] = numbers[offsets[1:][readable] - 1] != 0
        columns["ends_late"] = late
    backwards[rows[wrong]] = True
    return columns


def _numbers(texts: pa.Array, readable: Mask) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The gaps of the readable rows, and where each row's begin; others have none."""
    split = pc.split_pattern(pc.if_else(pa.array(readable), texts, None), " ")
    lengths = pc.fill_null(pc.list_value_length(split), 0).to_numpy(zero_copy_only=False)
    numbers = pc.list_flatten(split).cast(pa.float64()).to_numpy(zero_copy_only=False)
    return numbers, np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
