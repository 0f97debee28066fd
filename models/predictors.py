"""Texts in, answers out: what evaluation, batch prediction and serving share."""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias, assert_never

import numpy as np
import torch
from numpy.typing import NDArray

from models.batches import PaddedIds, pad, rows_by_length
from models.bundle import Bundle, load_bundle
from models.decoding import Hypothesis, greedy
from models.networks.build import Seq2SeqNetwork
from models.networks.classifiers import RecurrentClassifier
from models.networks.seq2seq import GRUEncoderDecoder
from models.networks.transformer import Transformer
from models.text.encoding import encode_texts
from models.text.tokenizers import TextColumn, join_words
from models.text.vocabulary import BOS_ID, EOS_ID, PAD_ID, EncodedColumn, Vocabulary

BATCH_TOKENS = 8_192
"""Most tokens of a padded batch, where the caller does not say."""

Flag: TypeAlias = Literal["", "empty", "unknown", "truncated", "unfinished"]
"""Why an answer deserves less trust: the text had no words, only unknown ones, or more than
the network reads; or the translation did not end. The first that holds, in this order."""
_FLAGS: tuple[Flag, ...] = ("", "empty", "unknown", "truncated")


class ClassAnswer(NamedTuple):
    """The class of one text.

    Attributes:
        label: The most probable class.
        probability: Of that class, 0 to 1.
        probabilities: Of every class, in the order of the predictor's labels.
        flag: See `Flag`.
    """

    label: str
    probability: float
    probabilities: tuple[float, ...]
    flag: Flag


class ClassAnswers(NamedTuple):
    """The classes of many texts, as columns.

    Attributes:
        classes: (rows,) int64, places in the predictor's labels.
        probabilities: (rows, K) float32.
        flags: (rows,) of `Flag`.
    """

    classes: NDArray[np.int64]
    probabilities: NDArray[np.float32]
    flags: list[Flag]


class TranslationAnswer(NamedTuple):
    """The translation of one text.

    Attributes:
        text: The translation; empty for a text without words.
        score: Its log-probability, natural log.
        flag: See `Flag`.
    """

    text: str
    score: float
    flag: Flag


class ClassificationPredictor:
    """Gives each text a class; a text without words is read as one unknown word."""

    def __init__(
        self,
        network: RecurrentClassifier,
        bundle: Bundle,
    ) -> None:
        self._network = network
        self._vocabulary = bundle.vocabularies["vocabulary"]
        self._text = bundle.config.text
        self.labels = bundle.config.labels

    def predict(
        self, texts: TextColumn, *, batch_tokens: int = BATCH_TOKENS
    ) -> list[ClassAnswer]:
        """One answer a text, in the order of the texts, whatever the batches.

        Raises:
            InputError: If something else than text is among them.
        """
        answers = self.predict_columns(texts, batch_tokens=batch_tokens)
        best = answers.probabilities.max(axis=1, initial=0.0)
        return [
            ClassAnswer(self.labels[place], probability, tuple(probabilities), flag)
            for place, probability, probabilities, flag in zip(
                answers.classes.tolist(),
                best.tolist(),
                answers.probabilities.tolist(),
                answers.flags,
                strict=True,
            )
        ]

    @torch.inference_mode()
    def predict_columns(
        self, texts: TextColumn, *, batch_tokens: int = BATCH_TOKENS
    ) -> ClassAnswers:
        """The same answers as columns, for many texts."""
        encoded = encode_texts(texts, self._text, vocabulary=self._vocabulary)
        probabilities = np.zeros((len(encoded), len(self.labels)), np.float32)
        device = next(self._network.parameters()).device
        for rows, batch in _batches(encoded, batch_tokens=batch_tokens):
            logits = self._network(batch.ids.to(device), batch.lengths)
            probabilities[rows] = logits.float().softmax(dim=1).cpu().numpy()
        return ClassAnswers(probabilities.argmax(axis=1), probabilities, _flags_of(encoded))


class TranslationPredictor:
    """Translates each text greedily; a text without words has an empty translation."""

    def __init__(self, network: Seq2SeqNetwork, bundle: Bundle) -> None:
        self._network = network
        self._source = bundle.vocabularies["source_vocabulary"]
        self._target = bundle.vocabularies["target_vocabulary"]
        self._text = bundle.config.text
        self._max_tokens = bundle.config.decoding.max_tokens

    @torch.inference_mode()
    def predict(
        self, texts: TextColumn, *, batch_tokens: int = BATCH_TOKENS
    ) -> list[TranslationAnswer]:
        """One translation a text, in the order of the texts, whatever the batches.

        Raises:
            InputError: If something else than text is among them.
        """
        encoded = encode_texts(texts, self._text, vocabulary=self._source)
        written = [Hypothesis([], 0.0, True)] * len(encoded)
        for rows, batch in _batches(encoded, batch_tokens=batch_tokens):
            for row, hypothesis in zip(rows.tolist(), self._translate(batch), strict=True):
                if encoded.tokens[row]:
                    written[row] = hypothesis
        flags = _flags_of(encoded)
        return [
            TranslationAnswer(text, one.score, flag or ("" if one.finished else "unfinished"))
            for text, one, flag in zip(
                _texts_of(written, self._target), written, flags, strict=True
            )
        ]

    def _translate(self, batch: PaddedIds) -> list[Hypothesis]:
        device = next(self._network.parameters()).device
        return greedy(
            self._network.step,
            self._network.start(batch.ids.to(device), batch.lengths),
            bos_id=BOS_ID,
            eos_id=EOS_ID,
            max_tokens=self._max_tokens,
        )


Predictor: TypeAlias = ClassificationPredictor | TranslationPredictor


def load_predictor(folder: Path, device: str | torch.device = "cpu") -> Predictor:
    """The predictor of the bundle in the folder; refusals as :func:`load_bundle`'s."""
    bundle = load_bundle(folder, device=device)
    match bundle.network:
        case RecurrentClassifier():
            return ClassificationPredictor(bundle.network, bundle)
        case GRUEncoderDecoder() | Transformer():
            return TranslationPredictor(bundle.network, bundle)
        case _:
            assert_never(bundle.network)


def _batches(
    encoded: EncodedColumn, *, batch_tokens: int
) -> Iterator[tuple[NDArray[np.int64], PaddedIds]]:
    for rows in rows_by_length(np.diff(encoded.offsets), batch_tokens=batch_tokens):
        yield rows, pad(encoded.ids, encoded.offsets, rows=rows)


def _flags_of(encoded: EncodedColumn) -> list[Flag]:
    kept = np.diff(encoded.offsets)
    places = np.select(
        [encoded.tokens == 0, encoded.unknown == kept, encoded.truncated > 0], [1, 2, 3]
    )
    return [_FLAGS[place] for place in places.tolist()]


def _texts_of(hypotheses: list[Hypothesis], vocabulary: Vocabulary) -> list[str]:
    """Their words joined; padding and begins of sentence, which mean nothing, left out."""
    rows = [[word for word in one.ids if word not in (PAD_ID, BOS_ID)] for one in hypotheses]
    offsets = np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int64)
    ids = np.fromiter(chain.from_iterable(rows), np.int32)
    return join_words(vocabulary.decode(ids, offsets))
