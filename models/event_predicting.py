"""Sequences of events in, classes out."""

import numpy as np
import torch
from numpy.typing import NDArray

from models.answers import ClassAnswer, ClassAnswers, class_answers, flags_of
from models.batches import BATCH_TOKENS, pad_gaps, word_batches
from models.bundle import Bundle
from models.networks.event_classifiers import EventClassifier
from models.text.encoded import EncodedColumn
from models.text.encoding import encode_texts
from models.text.timed import kept_gaps, split_timed
from models.text.tokenizers import TextColumn


class EventPredictor:
    """Gives each sequence a class; one without events is read as one unknown event.

    Of a long one the last events are read, and the answer is flagged.

    Attributes:
        gaps: What times are: their unit, and since or to when; None of old bundles.
    """

    def __init__(self, network: EventClassifier, bundle: Bundle) -> None:
        self._network = network
        self._vocabulary = bundle.vocabularies["vocabulary"]
        self._text = bundle.config.text
        self.labels = bundle.config.labels
        self.gaps = bundle.config.gaps

    @property
    def network(self) -> EventClassifier:
        """What scores, in evaluation mode."""
        return self._network

    def predict(
        self, texts: TextColumn, *, batch_tokens: int = BATCH_TOKENS
    ) -> list[ClassAnswer]:
        """One answer a sequence, in the order of the sequences, whatever the batches.

        Args:
            texts: As `open close@2.5`: what happened, and its time as `gaps` says.
            batch_tokens: Most events of a padded batch.

        Raises:
            InputError: If something else than text is among them, or a time below 0.
        """
        answers = self.predict_columns(texts, batch_tokens=batch_tokens)
        return class_answers(answers, self.labels)

    def predict_columns(
        self, texts: TextColumn, *, batch_tokens: int = BATCH_TOKENS
    ) -> ClassAnswers:
        """The same answers as columns, for many sequences."""
        encoded, gaps = self.encode(texts)
        probabilities = self._probabilities(encoded, gaps, batch_tokens=batch_tokens)
        return ClassAnswers(probabilities.argmax(axis=1), probabilities, flags_of(encoded))

    def encode(self, texts: TextColumn) -> tuple[EncodedColumn, NDArray[np.float32]]:
        """The ids that the network reads, and a gap for each."""
        timed = split_timed(texts)
        encoded = encode_texts(timed.events, self._text, vocabulary=self._vocabulary)
        return encoded, kept_gaps(timed.gaps, timed.offsets, encoded)

    def words_of(self, ids: NDArray[np.int32]) -> list[str]:
        """The events that ids stand for, as people read them."""
        return self._vocabulary.shown(ids.tolist())

    @torch.inference_mode()
    def _probabilities(
        self, encoded: EncodedColumn, gaps: NDArray[np.float32], *, batch_tokens: int
    ) -> NDArray[np.float32]:
        """(rows, K) chances of each label."""
        probabilities = np.zeros((len(encoded), len(self.labels)), np.float32)
        device = next(self._network.parameters()).device
        for rows, batch in word_batches(encoded, batch_tokens=batch_tokens):
            beside = pad_gaps(gaps, encoded.offsets, rows=rows)
            scores = self._network(batch.ids.to(device), batch.lengths, beside.to(device))
            probabilities[rows] = scores.main.float().softmax(dim=1).cpu().numpy()
        return probabilities
