"""What each answer adds to a problem's metrics, and which metrics those are.

Evaluation reads scores off these counts, and comparison differences; neither needs a network.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from training.metrics import (
    BLEU_COUNTS,
    Counts,
    Floats,
    accuracy,
    bleu,
    chrf,
    macro_f1,
    translation_statistics,
)
from training.scoring import Measure

CLASSIFICATION: Mapping[str, Measure] = {"accuracy": accuracy, "macro_f1": macro_f1}
"""Metrics of class counts, the headline first."""
TRANSLATION: Mapping[str, Measure] = {
    "bleu": lambda counts: bleu(counts[..., :BLEU_COUNTS]),
    "chrf": lambda counts: chrf(counts[..., BLEU_COUNTS:-2]),
    "exact_match": lambda counts: counts[..., -2] / counts[..., -1],
}
"""Metrics of translation counts, the headline first."""
RUNNING: Mapping[str, Measure] = {
    "bits_per_character": lambda counts: counts[..., 0] / _MICRO / counts[..., 2],
    "perplexity": lambda counts: np.exp2(
        (counts[..., 0] - counts[..., 3]) / _MICRO / counts[..., 1]
    ),
}
"""Metrics of surprise counts, the headline first."""
_MICRO = 10**6
SOURCE = ["group", "source"]
"""What makes a source one: each distinct one is translated and scored once."""


def class_ids(labels: "pd.Series[str]", classes: Sequence[str]) -> NDArray[np.int64]:
    """(N,) place of each label among the classes."""
    return pd.Index(classes).get_indexer(pd.Index(labels)).astype(np.int64)


def references_of(test: pd.DataFrame, sources: pd.DataFrame) -> list[list[str]]:
    """For each source all different targets of its group."""
    different = test.drop_duplicates(["group", "target"])
    of_group = different.groupby("group", sort=False)["target"].agg(list)
    return [list(targets) for targets in of_group.loc[sources["group"]]]


def translation_counts(
    systems: "Sequence[pd.Series[str]]", references: Sequence[Sequence[str]]
) -> Counts:
    """What BLEU, chrF and exact match need of each source from each system: (N, M, 30)."""
    texts = [one.tolist() for one in systems]
    exact = [
        [[text in right, 1] for text in of_one]
        for *of_one, right in zip(*texts, references, strict=True)
    ]
    return np.concatenate([translation_statistics(texts, references), exact], axis=2)


def surprise_counts(rows: pd.DataFrame, systems: Sequence[NDArray[np.floating]]) -> Counts:
    """Of each row for each system (N, M, 4): bits, tokens, characters, bits that are spelling.

    Bits are counted in millionths.

    Args:
        rows: With `tokens`, `characters` and `spelling`.
        systems: For each system the (N,) bits that the rows take, spelling included.
    """
    sizes = rows[["tokens", "characters", "spelling"]].to_numpy(np.int64) * (1, 1, _MICRO)
    bits = [np.rint(each * _MICRO).astype(np.int64) for each in systems]
    return np.stack([np.column_stack([each, sizes]) for each in bits], axis=1)


def each_chrf(counts: Counts) -> Floats:
    """(N,) chrF of each source alone, 0 to 100."""
    return TRANSLATION["chrf"](counts)
