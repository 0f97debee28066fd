"""The model as MLflow serves it: a bundle behind pyfunc's interface.

MLflow runs a copy of this file beside copies of models, configs and storage, in places where
the project is not installed; so it imports those three houses only, and not before loading.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, assert_never

import pandas as pd
from mlflow.exceptions import MlflowException
from mlflow.models import set_model
from mlflow.pyfunc.model import PythonModel, PythonModelContext

if TYPE_CHECKING:
    from models.asked_decoding import AskedDecoding
    from models.language_modelling import LanguagePredictor
    from models.predictors import Predictor
    from models.writing import AskedText


class ServedModel(PythonModel):
    """Answers a table of texts row by row.

    `text` gets a class, or goes on; `events`, as `open close@2.5`, get a class; `tokens` get
    tags, and `source` gets a translation.
    """

    def load_context(self, context: PythonModelContext) -> None:
        """Load the bundle; `SEQFLOW_DEVICE` names the device, the CPU by default."""
        device = os.environ.get("SEQFLOW_DEVICE") or "cpu"
        self._predictor = _load(Path(context.artifacts["bundle"]), device)

    def predict(
        self,
        context: PythonModelContext,
        model_input: pd.DataFrame,
        params: dict[str, Any] | None = None,
    ) -> pd.DataFrame:
        """One answer a row, in the order of the rows.

        Args:
            context: Not used; MLflow hands it over.
            model_input: A table with the column `text`, `events`, `tokens` or `source`.
            params: Of a translation, `beam`: hypotheses kept while writing, and `max_tokens`:
                longest output; what is left out is the model's own.

        Returns:
            Classification and events: label, probability, flag and `probability_<class>` for
            each class.
            Tagging: tags, parted by spaces, and flag. Language modelling: continuation, flag.
            Translation: translation, flag. A flag says why an answer deserves less trust.

        Raises:
            MlflowException: If a parameter cannot be used; a server answers 400.
        """
        return _answers(self._predictor, model_input, params or {})


def _load(bundle: Path, device: str) -> "Predictor":
    """The bundle's predictor.

    Raises:
        ImportError: If another package of the same name as one of ours is loaded already.
    """
    try:
        from models.predictors import load_predictor
    except ModuleNotFoundError as problem:
        top = (problem.name or "").partition(".")[0]
        if top not in ("models", "configs", "storage"):
            raise  # something that is not installed here
        import sys

        holder = getattr(sys.modules.get(top), "__file__", None) or "an unknown place"
        raise ImportError(
            f"this process has a package {top!r} from {holder}, and the model brings one of "
            "that name; load the model in a process of its own, as `mlflow models serve` does"
        ) from problem
    return load_predictor(bundle, device)


def _answers(
    predictor: "Predictor", rows: pd.DataFrame, params: dict[str, Any]
) -> pd.DataFrame:
    from models.classifying import ClassificationPredictor
    from models.event_predicting import EventPredictor
    from models.language_modelling import LanguagePredictor
    from models.tagging import TaggingPredictor
    from models.translating import TranslationPredictor

    match predictor:
        case ClassificationPredictor() | EventPredictor():
            taken = "text" if isinstance(predictor, ClassificationPredictor) else "events"
            found = predictor.predict_columns(rows[taken].fillna("").tolist())
            labels = pd.Series(predictor.labels, dtype="str")
            columns: dict[str, Any] = {
                "label": labels.iloc[found.classes].to_numpy(),
                "probability": found.probabilities.max(axis=1, initial=0.0).astype("float64"),
                "flag": found.flags,
            }
            for label, column in zip(predictor.labels, found.probabilities.T, strict=True):
                columns[f"probability_{label}"] = column.astype("float64")
        case TaggingPredictor():
            tagged = predictor.predict(rows["tokens"].fillna("").tolist())
            columns = {
                "tags": [" ".join(answer.tags) for answer in tagged],
                "flag": [answer.flag for answer in tagged],
            }
        case LanguagePredictor():
            going_on = predictor.predict(
                rows["text"].fillna("").tolist(), asked=_asked_text(predictor, params)
            )
            columns = {
                "continuation": [answer.text for answer in going_on],
                "flag": [answer.flag for answer in going_on],
            }
        case TranslationPredictor():
            asked = _asked(params)
            translated = predictor.predict(rows["source"].fillna("").tolist(), asked=asked)
            columns = {
                "translation": [answer.text for answer in translated],
                "flag": [answer.flag for answer in translated],
            }
        case _:
            assert_never(predictor)
    return pd.DataFrame(columns, index=rows.index)


def _asked(params: dict[str, Any]) -> "AskedDecoding":
    from models.asked_decoding import AskedDecoding
    from storage.errors import InputError

    try:
        return AskedDecoding(beam=params.get("beam"), max_tokens=params.get("max_tokens"))
    except InputError as error:
        raise MlflowException.invalid_parameter_value(str(error)) from error


def _asked_text(predictor: "LanguagePredictor", params: dict[str, Any]) -> "AskedText":
    from dataclasses import replace

    from storage.errors import InputError

    try:
        return replace(predictor.own_settings, **params)
    except InputError as error:
        raise MlflowException.invalid_parameter_value(str(error)) from error


set_model(ServedModel())
