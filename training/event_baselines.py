"""What simple methods reach on event sequences: majority, Markov, counts and gap statistics."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from models.text.timed import numbers_of
from models.text.tokenizers import given_words
from training.baselines import (
    MOST_ROWS,
    Bags,
    Baseline,
    Texts,
    best_of,
    majority,
    regression_candidates,
    tried,
)

if TYPE_CHECKING:
    from scipy.sparse import csr_array


def event_baselines(
    train: pd.DataFrame,
    validation: pd.DataFrame,
    test: pd.DataFrame,
    *,
    most_rows: int = MOST_ROWS,
) -> list[Baseline]:
    """Answers of three methods to the test sequences.

    The most frequent class; the most frequent after each last event, which is a Markov chain of
    first order where the next event is asked for; and logistic regression on how often each
    event comes, how many there are, and what their gaps are like.

    Args:
        train: Columns events, gaps and label.
        validation: The same; settings are chosen here.
        test: Columns events and gaps.
        most_rows: Where training has more rows, so many of them are drawn for the regression.
    """
    from sklearn.preprocessing import MaxAbsScaler

    fitted_on = train.sample(most_rows, random_state=0) if len(train) > most_rows else train
    classes, labels = np.unique(fitted_on["label"].to_numpy(dtype=object), return_inverse=True)
    tuning = pd.Index(classes).get_indexer(pd.Index(validation["label"]))
    known = given_words(_column(fitted_on, "events"), lowercase=False).words
    sides = [_features(rows, known) for rows in (fitted_on, validation, test)]
    scaler = MaxAbsScaler().fit(sides[0])
    first, second, third = (scaler.transform(side) for side in sides)
    bags = Bags(first, second, third, "counts and gaps")
    fitted = tried(regression_candidates(), [bags], labels, tuning)
    rows = f"{len(fitted_on):,} of {len(train):,} rows"
    return [
        majority(train["label"], len(test)),
        _markov(train, test),
        best_of("logistic_regression", fitted, classes, rows),
    ]


def _markov(train: pd.DataFrame, test: pd.DataFrame) -> Baseline:
    """What most often comes where this event is the last; of unknown ones what comes at all."""
    before = train["events"].str.rsplit(" ", n=1).str[-1]
    counts = pd.crosstab(before, train["label"])
    likeliest = counts.idxmax(axis=1)
    last = test["events"].str.rsplit(" ", n=1).str[-1]
    overall = majority(train["label"], 1).answers[0]
    answers = last.map(likeliest).fillna(overall).to_numpy(dtype=object)
    return Baseline(
        "markov",
        np.asarray(answers, object),
        f"by the last event, {len(likeliest):,} different ones",
    )


def _features(rows: pd.DataFrame, known: pa.Array) -> "csr_array":
    """(N, V + 6): how often each event comes; length; logarithms of what gaps are like."""
    from scipy.sparse import csr_array, hstack

    events = given_words(_column(rows, "events"), lowercase=False)
    places = pc.index_in(events.words, value_set=known)
    ids = places.fill_null(len(known)).to_numpy(zero_copy_only=False)[events.indices]
    counts = csr_array(
        (np.ones(len(ids)), ids, events.offsets), shape=(len(events), len(known) + 1)
    )
    counts.sum_duplicates()
    return hstack([counts[:, : len(known)], csr_array(_statistics(rows))]).tocsr()


def _statistics(rows: pd.DataFrame) -> NDArray[np.float64]:
    """(N, 6): events, and log(1 + x) of all gaps together, mean, shortest, longest and last."""
    gaps, offsets = numbers_of(_column(rows, "gaps"))
    lengths = np.diff(offsets)
    some = lengths > 0
    starts, ends = offsets[:-1][some], offsets[1:][some]
    total = np.add.reduceat(gaps, starts)
    parts = (
        total,
        total / lengths[some],
        np.minimum.reduceat(gaps, starts),
        np.maximum.reduceat(gaps, starts),
        gaps[ends - 1],
    )
    found = np.zeros((len(lengths), 1 + len(parts)))
    found[:, 0] = lengths
    found[some, 1:] = np.log1p(np.maximum(np.column_stack(parts), 0))
    return found


def _column(rows: pd.DataFrame, name: str) -> pa.Array:
    texts: Texts = rows[name]
    return pa.array(texts, pa.large_string(), from_pandas=True)
