"""Texts in, classes out."""

import numpy as np
import torch
from numpy.typing import NDArray

from models.answers import ClassAnswer, ClassAnswers, class_answers, flags_of
from models.batches import BATCH_TOKENS, word_batches
from models.bundle import Bundle
from models.networks.build import Classifier
from models.text.encoded import EncodedColumn
from models.text.encoding import encode_texts
from models.text.tokenizers import TextColumn


class ClassificationPredictor:
    """Gives each text a class; a text without words is read as one unknown word."""

    def __init__(
        self,
        network: Classifier,
        bundle: Bundle,
    ) -> None:
        self._network = network
        self._vocabulary = bundle.vocabularies["vocabulary"]
        self._text = bundle.config.text
        self.labels = bundle.config.labels

    @property
    def network(self) -> Classifier:
        """What scores, in evaluation mode."""
        return self._network

    def predict(
        self, texts: TextColumn, *, batch_tokens: int = BATCH_TOKENS
    ) -> list[ClassAnswer]:
        """One answer a text, in the order of the texts, whatever the batches.

        Raises:
            InputError: If something else than text is among them.
        """
        answers = self.predict_columns(texts, batch_tokens=batch_tokens)
        return class_answers(answers, self.labels)

    def predict_columns(
        self, texts: TextColumn, *, batch_tokens: int = BATCH_TOKENS
    ) -> ClassAnswers:
        """The same answers as columns, for many texts."""
        encoded = self.encode(texts)
        probabilities = self.probabilities(encoded, batch_tokens=batch_tokens)
        return ClassAnswers(probabilities.argmax(axis=1), probabilities, flags_of(encoded))

    def encode(self, texts: TextColumn) -> EncodedColumn:
        """The ids that the network reads of the texts."""
        return encode_texts(texts, self._text, vocabulary=self._vocabulary)

    def words_of(self, ids: NDArray[np.int32]) -> list[str]:
        """The words that ids stand for, as people read them."""
        return self._vocabulary.shown(ids.tolist())

    @torch.inference_mode()
    def probabilities(
        self, encoded: EncodedColumn, *, batch_tokens: int = BATCH_TOKENS
    ) -> NDArray[np.float32]:
        """(texts, K) chances of each label."""
        probabilities = np.zeros((len(encoded), len(self.labels)), np.float32)
        device = next(self._network.parameters()).device
        for rows, batch in word_batches(encoded, batch_tokens=batch_tokens):
            logits = self._network(batch.ids.to(device), batch.lengths)
            probabilities[rows] = logits.float().softmax(dim=1).cpu().numpy()
        return probabilities
