"""The columns of answers that stand beside the rows they are for."""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from models.asked_decoding import AskedDecoding
from models.classifying import ClassificationPredictor
from models.event_predicting import EventPredictor
from models.language_modelling import LanguagePredictor
from models.predictors import Predictor
from models.tagging import TaggingPredictor
from training.prediction_lineage import ModelOrigin


def answer_columns(
    predictor: Predictor, texts: pa.ChunkedArray, origin: ModelOrigin, asked: AskedDecoding
) -> pa.Table:
    """`prediction`, `probability` or `score`, `flag` and `model_version` of some texts.

    Args:
        predictor: Answers.
        texts: One a row.
        origin: The model's place in the registry.
        asked: What is asked of a translator's decoding.
    """
    if isinstance(predictor, ClassificationPredictor | EventPredictor):
        found = predictor.predict_columns(texts)
        labels = pa.array(predictor.labels, pa.string())
        columns = {
            "prediction": labels.take(pa.array(found.classes)),
            "probability": pa.array(_rounded(found.probabilities.max(axis=1, initial=0.0))),
            "flag": pa.array(found.flags, pa.string()),
        }
    elif isinstance(predictor, TaggingPredictor):
        tagged = predictor.predict(texts)
        columns = {
            "prediction": pa.array([" ".join(one.tags) for one in tagged], pa.string()),
            "score": pa.array(_rounded(np.array([one.score for one in tagged]))),
            "flag": pa.array([one.flag for one in tagged], pa.string()),
        }
    elif isinstance(predictor, LanguagePredictor):
        found_texts = predictor.predict(texts)
        columns = {
            "prediction": pa.array([one.text for one in found_texts], pa.string()),
            "flag": pa.array([one.flag for one in found_texts], pa.string()),
        }
    else:
        answers = predictor.predict(texts, asked=asked)
        columns = {
            "prediction": pa.array([answer.text for answer in answers], pa.string()),
            "score": pa.array(_rounded(np.array([answer.score for answer in answers]))),
            "flag": pa.array([answer.flag for answer in answers], pa.string()),
        }
    version = pa.repeat(pa.scalar(origin.shown), len(texts))
    return pa.table({**columns, "model_version": version})


def _rounded(values: NDArray[np.floating]) -> NDArray[np.float64]:
    """Six decimals: what a network's single precision is good for, in any format."""
    return values.astype(np.float64).round(6)
