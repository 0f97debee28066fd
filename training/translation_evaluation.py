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
from training.metrics import (
    Counts,
    Floats,
    bleu,
    bleu_counts,
    chrf,
    chrf_counts,
    translation_signatures,
)
from training.scores import Scores
from training.scoring import (
    Evaluated,
    Measure,
    compared,
    length_slices,
    token_counts,
    windows,
)

HEADLINE = "bleu"
_BLEU_COUNTS = 10
MEASURES: Mapping[str, Measure] = {
    "bleu": lambda counts: bleu(counts[..., :_BLEU_COUNTS]),
    "chrf": lambda counts: chrf(counts[..., _BLEU_COUNTS:]),
}
SOURCE = ["group", "source"]


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
        counts, groups, measures=MEASURES, headline=HEADLINE, baselines=baselines
    )
    scores = Scores(
        problem="translation",
        headline=HEADLINE,
        rows=len(sources),
        test=metrics,
        baselines=beside,
        validation=validation,
        slices=length_slices(
            counts[:, 0], groups, sources["tokens"].to_numpy(), measures=MEASURES
        ),
        signatures=translation_signatures(references),
    )
    scored = answered.assign(chrf=each_chrf(counts[:, 0]))
    columns = [*SOURCE, "predicted", "score", "flag", "tokens", "chrf"]
    predictions = test.merge(scored[columns], on=SOURCE, how="left", validate="many_to_one")
    mistakes = predictions.drop_duplicates(SOURCE).sort_values("chrf", kind="stable")
    return Evaluated(scores, predictions, mistakes)


def references_of(test: pd.DataFrame, sources: pd.DataFrame) -> list[list[str]]:
    """For each source all targets of its group."""
    of_group = test.groupby("group", sort=False)["target"].agg(list)
    return [list(targets) for targets in of_group.loc[sources["group"]]]


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


def translation_counts(translations: "pd.Series[str]", references: list[list[str]]) -> Counts:
    """What BLEU and chrF need of each source, side by side: (N, 28)."""
    texts = translations.tolist()
    return np.concatenate(
        [bleu_counts(texts, references), chrf_counts(texts, references)], axis=1
    )


def each_chrf(counts: Counts) -> Floats:
    """(N,) chrF of each source alone, 0 to 100."""
    return MEASURES["chrf"](counts)
