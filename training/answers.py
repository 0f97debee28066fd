"""A bundle's answers to rows that another bundle was tested on."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from corpora.tables import CONTENT
from models.predictors import ClassificationPredictor, TranslationPredictor, load_predictor
from storage.errors import InputError
from storage.files import Json, atomic_write
from training.classification_evaluation import classified
from training.translation_evaluation import SOURCE, translated

FILE = "predictions.parquet"
_ROW = ["id", "group", "tokens"]


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
    predictor = load_predictor(bundle)
    problem = (
        "classification" if isinstance(predictor, ClassificationPredictor) else "translation"
    )
    there = pd.read_parquet(tested)
    if not set(CONTENT[problem]) <= set(there.columns):
        raise InputError(
            f"the bundle in {bundle} solves {problem}, but the test rows in {tested} have no "
            f"columns {' and '.join(CONTENT[problem])}; give the models different names"
        )
    rows = there[[*_ROW, *CONTENT[problem]]]
    match predictor:
        case ClassificationPredictor():
            answers = classified(predictor, rows, rows["tokens"].to_numpy())
        case TranslationPredictor():
            once = translated(predictor, rows.drop_duplicates(SOURCE).reset_index(drop=True))
            columns = [*SOURCE, "predicted", "score", "flag"]
            answers = rows.merge(once[columns], on=SOURCE, how="left", validate="many_to_one")
    with atomic_write(folder / FILE) as file:
        answers.to_parquet(file, index=False, compression="zstd")
    return {"rows": len(answers)}
