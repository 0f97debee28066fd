"""What is counted of sequences of events: lengths, events, and how long the gaps are."""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from data_checks.distributions import Distribution, NumberCounts
from data_checks.texts import occurrences_of, top_word_counts
from models.text.timed import numbers_of
from models.text.tokenizers import given_words


def count_sequences(
    events: pa.Array, gaps: pa.Array, *, top_events: Sequence[str]
) -> Mapping[str, Distribution]:
    """Count the sequences of some rows.

    Args:
        events: large_string, without nulls.
        gaps: The same, as many numbers as events.
        top_events: The events that are counted by name; all others are one category.

    Returns:
        Events of a sequence, top events, and the mean gap of a sequence.
    """
    tokens = given_words(events, lowercase=False)
    numbers, offsets = numbers_of(gaps)
    until = np.concatenate([[0.0], np.cumsum(numbers, dtype=np.float64)])
    means = np.diff(until[offsets]) / np.maximum(np.diff(offsets), 1)
    return {
        "length in events": NumberCounts.of(tokens.lengths),
        "events": top_word_counts(
            tokens, occurrences_of(tokens), top_words=top_events, lowercase=False
        ),
        "mean gap": NumberCounts.of_measures(means),
    }
