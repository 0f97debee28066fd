"""Scores of a translator on the test split, beside the source itself and a translation memory.

Each distinct source is translated and scored once, against all targets of its group in the
split: a short sentence with thirty translations counts as one sentence.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from corpora.tables import read_table
from models.predictors import TranslationPredictor
from training.baselines import translation_baselines
from training.counting import (
    SOURCE,
    TRANSLATION,
    each_chrf,
    references_of,
    translation_counts,
)
from training.metrics import translation_signatures
from training.scores import Scores
from training.scoring import (
    Evaluated,
    compared,
    length_slices,
    token_counts,
    windows,
)

HEADLINE = "bleu"


def evaluate_translation(
    predictor: TranslationPredictor,
    tables: Path,
    tokens: Path,
    *,
    validation: Mapping[str, float],
) -> Evaluated:
    """Translate the test sources once, and score the translations.

    Args:
        predictor: Translates.
        tables: The split tables.
        tokens: Their token counts.
        validation: The training's own figures, passed on.
    """
    test = read_table(tables / "test")
    lengths = token_counts(tokens, test["id"], column="source_tokens")
    sources = test.assign(tokens=lengths).drop_duplicates(SOURCE).reset_index(drop=True)
    references = references_of(test, sources)
    answered = translated(predictor, sources)
    baselines = translation_baselines(
        read_table(tables / "train", ["source", "target"]), sources["source"]
    )
    answers = [answered["predicted"], *(pd.Series(one.answers) for one in baselines)]
    counts = np.stack(
        [translation_counts(one, references) for one in answers], axis=1
    )  # (N, M, 28)
    groups = sources["group"].to_numpy()
    metrics, beside = compared(
        counts, groups, measures=TRANSLATION, headline=HEADLINE, baselines=baselines
    )
    scores = Scores(
        problem="translation",
        headline=HEADLINE,
        rows=len(sources),
        test=metrics,
        baselines=beside,
        validation=validation,
        slices=length_slices(
            counts[:, 0], groups, sources["tokens"].to_numpy(), measures=TRANSLATION
        ),
        signatures=translation_signatures(references),
    )
    scored = answered.assign(chrf=each_chrf(counts[:, 0]))
    columns = [*SOURCE, "predicted", "score", "flag", "tokens", "chrf"]
    predictions = test.merge(scored[columns], on=SOURCE, how="left", validate="many_to_one")
    mistakes = predictions.drop_duplicates(SOURCE).sort_values("chrf", kind="stable")
    return Evaluated(scores, predictions, mistakes)


def translated(predictor: TranslationPredictor, sources: pd.DataFrame) -> pd.DataFrame:
    """The sources with translation, its log-probability and flag."""
    answers = [
        answer for texts in windows(sources["source"]) for answer in predictor.predict(texts)
    ]
    return sources.assign(
        predicted=pd.array([answer.text for answer in answers], dtype="str"),
        score=[answer.score for answer in answers],
        flag=pd.array([answer.flag for answer in answers], dtype="str"),
    )
