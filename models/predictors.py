"""Texts in, answers out: what evaluation, batch prediction and serving share."""

from pathlib import Path
from typing import TypeAlias, assert_never

import torch

from models.asked_decoding import OWN_SETTINGS, AskedDecoding
from models.bundle import load_bundle
from models.classifying import ClassificationPredictor
from models.event_predicting import EventPredictor
from models.language_modelling import LanguagePredictor
from models.networks.bags import BagOfWords
from models.networks.classifiers import RecurrentClassifier
from models.networks.event_classifiers import EventClassifier
from models.networks.language_models import RecurrentLanguageModel
from models.networks.seq2seq import GRUEncoderDecoder
from models.networks.taggers import RecurrentTagger
from models.networks.transformer import Transformer
from models.tagging import TaggingPredictor
from models.translating import TranslationPredictor
from storage.errors import InputError

Predictor: TypeAlias = (
    ClassificationPredictor
    | EventPredictor
    | TaggingPredictor
    | LanguagePredictor
    | TranslationPredictor
)


def load_predictor(folder: Path, device: str | torch.device = "cpu") -> Predictor:
    """The predictor of the bundle in the folder; refusals as :func:`load_bundle`'s."""
    bundle = load_bundle(folder, device=device)
    match bundle.network:
        case RecurrentClassifier() | BagOfWords():
            return ClassificationPredictor(bundle.network, bundle)
        case EventClassifier():
            return EventPredictor(bundle.network, bundle)
        case RecurrentTagger():
            return TaggingPredictor(bundle.network, bundle)
        case RecurrentLanguageModel():
            return LanguagePredictor(bundle.network, bundle)
        case GRUEncoderDecoder() | Transformer():
            return TranslationPredictor(bundle.network, bundle)
        case _:
            assert_never(bundle.network)


def require_decoding(predictor: Predictor, asked: AskedDecoding, *, model: str) -> None:
    """Refuse to ask for what only a translator does.

    Raises:
        InputError: If something is asked for.
    """
    if asked == OWN_SETTINGS or isinstance(predictor, TranslationPredictor):
        return
    raise InputError(
        f"{model} does not translate, so it takes no beam, n-best or "
        f"max-tokens here; leave them out, or name a model that translates (text is written on "
        f"by `seqflow generate`)"
    )
