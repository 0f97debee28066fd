"""A bundle's answers to rows that another bundle was tested on."""

from collections.abc import Mapping
from pathlib import Path
from typing import assert_never

import pandas as pd

from configs.data import Problem
from corpora.tables import CONTENT
from models.classifying import ClassificationPredictor
from models.event_predicting import EventPredictor
from models.language_modelling import LanguagePredictor
from models.predictors import load_predictor
from models.tagging import TaggingPredictor
from models.translating import TranslationPredictor
from storage.errors import InputError
from storage.files import Json, atomic_write
from training.classification_evaluation import classified
from training.counting import SOURCE
from training.language_evaluation import read_through
from training.tagging_evaluation import tagged
from training.translation_evaluation import translated

FILE = "predictions.parquet"


def answer(bundle: Path, tested: Path, folder: Path) -> Mapping[str, Json]:
    """Answer the rows of another model's `predictions.parquet` anew.

    Args:
        bundle: What answers.
        tested: The other model's predictions; its rows are taken, its answers are not.
        folder: Where `predictions.parquet` goes, in the same form and order.

    Returns:
        How many rows were answered.

    Raises:
        InputError: If the bundle solves another problem, or is damaged.
    """
    predictor, there = load_predictor(bundle), pd.read_parquet(tested)
    match predictor:
        case ClassificationPredictor():
            rows = _rows(there, "classification", bundle)
            answers = classified(predictor, rows, rows["tokens"].to_numpy())
        case EventPredictor():
            rows = _rows(there, "events", bundle)
            answers = classified(predictor, rows, rows["tokens"].to_numpy())
        case TaggingPredictor():
            answers = tagged(predictor, _rows(there, "tagging", bundle))
        case LanguagePredictor():
            answers = read_through(predictor, _rows(there, "language_modelling", bundle))
        case TranslationPredictor():
            rows = _rows(there, "translation", bundle)
            once = translated(predictor, rows.drop_duplicates(SOURCE).reset_index(drop=True))
            columns = [*SOURCE, "predicted", "score", "flag"]
            answers = rows.merge(once[columns], on=SOURCE, how="left", validate="many_to_one")
        case _:
            assert_never(predictor)
    with atomic_write(folder / FILE) as file:
        answers.to_parquet(file, index=False, compression="zstd")
    return {"rows": len(answers)}


def _rows(there: pd.DataFrame, problem: Problem, bundle: Path) -> pd.DataFrame:
    """The rows without the other model's answers."""
    content = CONTENT[problem]
    if not set(content) <= set(there.columns):
        raise InputError(
            f"the bundle in {bundle} solves {problem}, but the test rows have no columns "
            f"{' and '.join(content)}; give models of different problems different names"
        )
    length = "length" if problem == "tagging" else "tokens"
    return there[["id", "group", *content, length]]
