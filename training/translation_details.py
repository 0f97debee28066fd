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
from training.metrics import Counts, bleu, bleu_counts, each_bleu, length_ratio
from training.scores import REFERENCE_NEW, SENTENCES

Mask = NDArray[np.bool_]

SHOWN_SENTENCES = 50
"""Sources in the table of a run; the same ones as long as they are tested."""
REPEATED_WORDS = 3
"""So many words in a row, twice in one translation, are a repetition."""
MANY_UNKNOWN = 0.2
"""Share of a source's words above which much of it is unknown."""
MANY_REFERENCES = 4


def details(
    counts: Counts,
    answered: pd.DataFrame,
    references: Sequence[Sequence[str]],
    pairs: pd.DataFrame,
) -> dict[str, float]:
    """Figures of the network's own translations.

    BLEU against one reference and the mean BLEU of single sentences are taken over pairs,
    each scored by its own target alone, as those do who split by rows.

    Args:
        counts: (N, ...) of the network's translations.
        answered: Columns predicted and flag, one row per source.
        references: Of each source.
        pairs: Columns target and predicted, one row per test row.

    Returns:
        BLEU (0 to 100) over pairs, of the corpus and the mean of smoothed sentences'; words
        written per word of the reference; the shares of translations that have under half or
        over twice the reference's words, that repeat themselves where no reference does, and
        that were cut at the limit.
    """
    again = repeats(answered["predicted"].tolist())
    of_row = np.repeat(np.arange(len(references)), [len(each) for each in references])
    natural = np.zeros(len(references), np.bool_)
    natural[of_row[repeats([text for each in references for text in each])]] = True
    written, wanted = counts[:, 0], counts[:, 1]
    single = bleu_counts(pairs["predicted"].tolist(), [[one] for one in pairs["target"]])
    return {
        "single_reference_bleu": float(bleu(single.sum(axis=0))),
        "sentence_bleu": float(each_bleu(single).mean()),
        "length_ratio": length_ratio(counts.sum(axis=0)),
        "too_short": float((2 * written < wanted).mean()),
        "too_long": float((written > 2 * wanted).mean()),
        "repeating": float((again & ~natural).mean()),
        "unfinished": float((answered["flag"] == "unfinished").mean()),
    }


def repeats(texts: Sequence[str]) -> Mask:
    """Which texts hold the same three words in a row twice."""
    words = pc.split_pattern(pa.array(texts, pa.large_string()), " ")
    lengths = np.diff(np.asarray(words.offsets))
    ids = np.asarray(words.flatten().dictionary_encode().indices).astype(np.int64)
    row = np.repeat(np.arange(len(texts)), lengths)
    starts = np.arange(max(len(ids) - REPEATED_WORDS + 1, 0))
    starts = starts[row[starts] == row[starts + REPEATED_WORDS - 1]]
    grams = [row[starts], *(ids[starts + place] for place in range(REPEATED_WORDS))]
    found = pd.MultiIndex.from_arrays(grams).duplicated() if len(starts) else np.zeros(0, bool)
    repeating = np.zeros(len(texts), np.bool_)
    repeating[row[starts[np.asarray(found)]]] = True
    return repeating


def parts_of(
    unknown: NDArray[np.float64], references: Sequence[Sequence[str]], known: Mask | None
) -> dict[str, Mask]:
    """Which sources belong to which part; a part may be empty.

    Args:
        unknown: (N,) share of each source's words that are unknown, 0 to 1.
        references: Of each source.
        known: (N,) whether a target of the source stands in training beside another source;
            None where that was not looked up.
    """
    number = np.array([len(each) for each in references])
    parts = {
        "no unknown words": unknown == 0,
        "unknown words up to a fifth": (unknown > 0) & (unknown <= MANY_UNKNOWN),
        "unknown words above a fifth": unknown > MANY_UNKNOWN,
        "one reference": number == 1,
        "2 or 3 references": (number > 1) & (number < MANY_REFERENCES),
        "4 references or more": number >= MANY_REFERENCES,
    }
    return parts if known is None else {**parts, **_by_reference(known)}


def _by_reference(known: Mask) -> dict[str, Mask]:
    return {REFERENCE_NEW: ~known, "reference in training": known}


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
