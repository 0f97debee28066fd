"""Scores of a language model on the test text, read once in its order."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from corpora.tables import read_table
from models.language_modelling import LanguagePredictor
from models.text.vocabulary import Vocabulary
from models.writing import AskedText
from training.baselines import Baseline
from training.batching import IdColumn, Ids
from training.counting import RUNNING, surprise_counts
from training.job import TrainingJob
from training.language_baselines import CountedBits, language_baselines
from training.scores import Scores
from training.scoring import Evaluated, compared

HEADLINE = "bits_per_character"
SHOWN_TOKENS = 400
TEMPERATURES = (0.0, 0.5, 0.8, 1.0)
"""Of the texts shown; 0 takes the likeliest token each time."""


def evaluate_language(
    predictor: LanguagePredictor,
    tables: Path,
    tokens: Path,
    *,
    job: TrainingJob,
    validation: Mapping[str, float],
) -> Evaluated:
    """Read the test text once, beside simple counts, and let the model write.

    Args:
        predictor: Reads and writes.
        tables: The split tables.
        tokens: Token ids; baselines count those of training.
        job: What was trained.
        validation: The training's own figures, passed on.
    """
    test = read_table(tables / "test")
    predictions = read_through(predictor, test)
    asked = IdColumn.open(tokens / "test")
    baselines = language_baselines(
        IdColumn.open(tokens / "train").ids.astype(np.int64),
        asked.ids.astype(np.int64),
        vocabulary=len(Vocabulary.load(tokens / "vocabulary.txt")),
        tokenizer=job.text.tokenizer,
    )
    systems = [
        predictions["bits"].to_numpy(),
        *(_by_row(one.bits, asked.offsets) + predictions["spelling"] for one in baselines),
    ]
    metrics, beside = compared(
        surprise_counts(predictions, systems),
        predictions["group"].to_numpy(),
        measures=RUNNING,
        headline=HEADLINE,
        baselines=[_baseline(one) for one in baselines],
    )
    scores = Scores(
        problem="language_modelling",
        headline=HEADLINE,
        rows=len(test),
        test=metrics,
        baselines=beside,
        validation=validation,
        details=_details(predictions),
    )
    per_character = predictions["bits"] / predictions["characters"]
    hardest = predictions.assign(per_character=per_character).sort_values(
        "per_character", ascending=False, kind="stable"
    )
    return Evaluated(scores, predictions, hardest, written(predictor, job))


def read_through(predictor: LanguagePredictor, test: pd.DataFrame) -> pd.DataFrame:
    """The test rows with what :class:`models.language_modelling.Surprise` tells of each.

    Args:
        predictor: Reads them one after the other.
        test: A test table, in the order of the text.
    """
    found = predictor.surprise(test["text"])
    return test.assign(
        bits=found.bits,
        spelling=found.spelling,
        tokens=found.tokens,
        characters=found.characters,
    )


def written(predictor: LanguagePredictor, job: TrainingJob) -> pd.DataFrame:
    """How the model goes on from the config's prompt at some temperatures."""
    prompt = job.decoding.prompt
    texts = [
        "".join(predictor.write(prompt, AskedText(SHOWN_TOKENS, temperature)))
        for temperature in TEMPERATURES
    ]
    return pd.DataFrame(
        {"temperature": TEMPERATURES, "prompt": [prompt] * len(texts), "text": texts}
    )


def _details(predictions: pd.DataFrame) -> dict[str, float]:
    """What stands behind the headline: of the bits, those that are spelling have a part."""
    sums = predictions[["characters", "bits", "spelling"]].sum()
    return {
        "characters": float(sums["characters"]),
        "spelling_bits_per_character": float(sums["spelling"] / sums["characters"]),
    }


def _baseline(counted: CountedBits) -> Baseline:
    return Baseline(counted.name, np.array([], object), counted.settings)


def _by_row(bits: NDArray[np.float64], offsets: Ids) -> NDArray[np.float64]:
    """(rows,) the bits of each row's tokens together."""
    until = np.concatenate([[0.0], np.cumsum(bits)])
    return np.diff(until[offsets])
