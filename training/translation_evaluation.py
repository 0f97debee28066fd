"""Scores of a translator on the test split, beside the source itself and a translation memory.

Each distinct source is translated and scored once, against all targets of its group in the
split: a short sentence with thirty translations counts as one sentence.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from corpora.known_targets import known_targets
from corpora.tables import read_table
from models.text.encoding import normalised
from models.translating import TranslationPredictor
from training.baselines import Baseline, translation_baselines
from training.counting import (
    SOURCE,
    TRANSLATION,
    each_chrf,
    references_of,
    translation_counts,
)
from training.job import TrainingJob
from training.metrics import Counts, translation_signatures
from training.perplexity import perplexity
from training.scores import Scores
from training.scoring import (
    Evaluated,
    compared,
    length_quarters,
    scored_slices,
    token_counts,
    windows,
)
from training.translation_details import details, parts_of, sentences

HEADLINE = "bleu"
_KNOWN = "known"


def evaluate_translation(
    predictor: TranslationPredictor,
    tables: Path,
    tokens: Path,
    *,
    job: TrainingJob,
    validation: Mapping[str, float],
) -> Evaluated:
    """Translate the test sources once, and score the translations.

    A network that reads and writes texts without case and accents is scored by references
    without them, and so are its baselines.

    Args:
        predictor: Translates.
        tables: The split tables.
        tokens: Their ids and token counts.
        job: What was trained.
        validation: The training's own figures, passed on.
    """
    test = _spelt(read_table(tables / "test").assign(**{_KNOWN: known_targets(tables)}), job)
    sources = _sources(test, tokens)
    references = references_of(test, sources)
    answered = translated(predictor, sources)
    train = _spelt(read_table(tables / "train", ["source", "target"]), job)
    baselines = translation_baselines(train, sources["source"])
    answers = [
        answered["predicted"],
        *(_spelt(pd.DataFrame({"target": one.answers}), job)["target"] for one in baselines),
    ]
    counts = translation_counts(answers, references)  # (N, M, 30)
    own = counts[:, 0]
    predictions = _predictions(test.drop(columns=_KNOWN), answered, own)
    figures = {"perplexity": perplexity(predictor.network, tokens, job)}
    figures |= details(own, answered, references, predictions)
    scores = _scores(
        sources, references, counts, baselines=baselines, details=figures, validation=validation
    )
    mistakes = predictions.drop_duplicates(SOURCE).sort_values("chrf", kind="stable")
    return Evaluated(scores, predictions, mistakes, sentences(answered, references, own))


def _scores(
    sources: pd.DataFrame,
    references: list[list[str]],
    counts: Counts,
    *,
    baselines: Sequence[Baseline],
    details: Mapping[str, float],
    validation: Mapping[str, float],
) -> Scores:
    """Everything that is read off the counts (N, M, ...), the network's first."""
    groups, lengths = sources["group"].to_numpy(), sources["tokens"].to_numpy()
    metrics, beside = compared(
        counts, groups, measures=TRANSLATION, headline=HEADLINE, baselines=baselines
    )
    parts = parts_of(sources["unknown"].to_numpy(), references, sources[_KNOWN].to_numpy())
    by_length, by_part = (
        scored_slices(counts[:, 0], groups, lengths, chosen, measures=TRANSLATION)
        for chosen in (length_quarters(lengths), parts)
    )
    return Scores(
        problem="translation",
        headline=HEADLINE,
        rows=len(sources),
        test=metrics,
        baselines=beside,
        validation=validation,
        slices=by_length,
        parts=by_part,
        details=details,
        signatures=translation_signatures(references),
    )


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


def _spelt(table: pd.DataFrame, job: TrainingJob) -> pd.DataFrame:
    """The table with its targets as the network can write them, where it writes plain ASCII."""
    if job.text.normalise != "ascii":
        return table
    spelt = normalised(table["target"], job.text).cast("string")
    return table.assign(target=pd.array(spelt.to_pandas(), dtype="str"))


def _sources(test: pd.DataFrame, tokens: Path) -> pd.DataFrame:
    """Each distinct source once, with tokens, share of unknown ones, and known targets."""
    lengths, unknown = (
        token_counts(tokens, test["id"], column=f"source_{name}")
        for name in ("tokens", "unknown")
    )
    known = test.groupby("group", sort=False)[_KNOWN].transform("any")
    with_counts = test.assign(
        tokens=lengths, unknown=unknown / np.maximum(lengths, 1), **{_KNOWN: known}
    )
    return with_counts.drop_duplicates(SOURCE).reset_index(drop=True)


def _predictions(test: pd.DataFrame, answered: pd.DataFrame, counts: Counts) -> pd.DataFrame:
    """The test rows, each with the answer to its source."""
    scored = answered.assign(chrf=each_chrf(counts))
    columns = [*SOURCE, "predicted", "score", "flag", "tokens", "chrf"]
    return test.merge(scored[columns], on=SOURCE, how="left", validate="many_to_one")
