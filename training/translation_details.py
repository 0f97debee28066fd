"""What a corpus score does not say of translations: how they err, and on which sources."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from storage.files import write_text
from training.counting import each_chrf
from training.metrics import Counts, each_bleu, length_ratio
from training.scores import SENTENCES

Mask = NDArray[np.bool_]

SHOWN_SENTENCES = 50
"""Sources in the table of a run; the same ones as long as they are tested."""
REPEATED_WORDS = 3
"""So many words in a row, twice in one translation, are a repetition."""


def details(
    counts: Counts, answered: pd.DataFrame, references: Sequence[Sequence[str]]
) -> dict[str, float]:
    """Figures of the network's own translations.

    Args:
        counts: (N, ...) of the network's translations.
        answered: Columns predicted and flag, one row per source.
        references: Of each source.

    Returns:
        Mean smoothed sentence BLEU (0 to 100); words written per word of the reference; the
        shares of translations that repeat themselves where no reference does, and that were
        cut at the limit.
    """
    again = repeats(answered["predicted"].tolist())
    of_row = np.repeat(np.arange(len(references)), [len(each) for each in references])
    natural = np.zeros(len(references), np.bool_)
    natural[of_row[repeats([text for each in references for text in each])]] = True
    return {
        "sentence_bleu": float(each_bleu(counts).mean()),
        "length_ratio": length_ratio(counts.sum(axis=0)),
        "repeating": float((again & ~natural).mean()),
        "unfinished": float((answered["flag"] == "unfinished").mean()),
    }


def repeats(texts: Sequence[str]) -> Mask:
    """Which texts hold the same three words in a row twice."""
    words = pc.split_pattern(pa.array(texts, pa.large_string()), " ")
    lengths = np.diff(np.asarray(words.offsets))
    ids = np.asarray(words.flatten().dictionary_encode().indices).astype(np.int64)
    row = np.repeat(np.arange(len(texts)), lengths)
    first = np.arange(len(ids) - REPEATED_WORDS + 1) if len(ids) >= REPEATED_WORDS else []
    starts = np.asarray(first, np.int64)
    starts = starts[row[starts] == row[starts + REPEATED_WORDS - 1]]
    grams = [row[starts], *(ids[starts + place] for place in range(REPEATED_WORDS))]
    found = pd.MultiIndex.from_arrays(grams).duplicated() if len(starts) else np.zeros(0, bool)
    repeating = np.zeros(len(texts), np.bool_)
    repeating[row[starts[np.asarray(found)]]] = True
    return repeating


def parts_of(
    unknown: NDArray[np.int64], references: Sequence[Sequence[str]], known: Mask
) -> dict[str, Mask]:
    """Which sources belong to which part; a part may be empty.

    Args:
        unknown: (N,) unknown words of each source.
        references: Of each source.
        known: (N,) whether a target of the source stands in training beside another source.
    """
    several = np.array([len(each) > 1 for each in references])
    return {
        "no unknown words": unknown == 0,
        "unknown words": unknown > 0,
        "one reference": ~several,
        "several references": several,
        "reference new": ~known,
        "reference in training": known,
    }


def sentences(
    answered: pd.DataFrame, references: Sequence[Sequence[str]], counts: Counts
) -> pd.DataFrame:
    """Fifty sources with their references and translations, the same in every run."""
    chosen = np.sort(np.argsort(answered["group"].to_numpy(), kind="stable")[:SHOWN_SENTENCES])
    shown = answered.iloc[chosen]
    return pd.DataFrame(
        {
            "source": shown["source"].to_numpy(object),
            "references": [" | ".join(references[row]) for row in chosen],
            "translation": shown["predicted"].to_numpy(object),
            "sentence_bleu": each_bleu(counts[chosen]).round(1),
            "chrf": each_chrf(counts[chosen]).round(1),
        }
    )


def write_sentences(table: pd.DataFrame, folder: Path) -> None:
    """Write the table as MLflow reads it, so that its UI sets runs side by side."""
    content: Mapping[str, object] = table.to_dict(orient="split", index=False)
    write_text(folder / SENTENCES, json.dumps(content, ensure_ascii=False) + "\n")
