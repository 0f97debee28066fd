"""Sentences in, a tag for each of their words out."""

import numpy as np
import torch

from models.answers import TagAnswer, flags_of
from models.batches import BATCH_TOKENS, spellings_of, word_batches
from models.bundle import Bundle
from models.networks.taggers import RecurrentTagger
from models.text.spelling import spelt
from models.text.tokenizers import TextColumn, given_words


class TaggingPredictor:
    """Gives each word between spaces a tag; a text without words gets none.

    Words beyond the network's limit get none either, and the answer is flagged.
    """

    def __init__(self, network: RecurrentTagger, bundle: Bundle) -> None:
        self._network = network
        self._vocabulary = bundle.vocabularies["vocabulary"]
        self._characters = bundle.vocabularies["characters"]
        self._text = bundle.config.text
        self.tags = bundle.config.labels

    @property
    def network(self) -> RecurrentTagger:
        """What scores, in evaluation mode."""
        return self._network

    @torch.inference_mode()
    def predict(
        self, texts: TextColumn, *, batch_tokens: int = BATCH_TOKENS
    ) -> list[TagAnswer]:
        """One answer a text, in the order of the texts, whatever the batches.

        Raises:
            InputError: If something else than text is among them.
        """
        words = given_words(texts, lowercase=False)
        folded = given_words(texts, lowercase=self._text.lowercase)
        encoded = self._vocabulary.encode(folded, max_tokens=self._text.max_tokens)
        spelling = spelt(words.words, self._characters)
        shown = words.to_lists()
        found: list[TagAnswer] = [TagAnswer((), (), 0.0, "empty")] * len(encoded)
        device = next(self._network.parameters()).device
        flags = flags_of(encoded)
        worded = np.flatnonzero(encoded.tokens)
        for places, batch in word_batches(encoded, batch_tokens=batch_tokens, rows=worded):
            lengths = batch.lengths.numpy()
            mask = np.arange(batch.ids.shape[1]) < lengths[:, None]
            starts = words.offsets[places]
            within = np.concatenate([np.arange(length) for length in lengths])
            indices = words.indices[np.repeat(starts, lengths) + within]
            scores = self._network(
                batch.ids.to(device),
                batch.lengths,
                spellings_of(spelling, indices, mask).to(device),
            ).float()
            tags, log_probability = self._network.best(scores, batch.lengths)
            each = torch.split(tags.cpu(), lengths.tolist())
            for row, ids, score in zip(
                places.tolist(), each, log_probability.tolist(), strict=True
            ):
                found[row] = TagAnswer(
                    tuple(shown[row][: len(ids)]),
                    tuple(self.tags[place] for place in ids.tolist()),
                    score,
                    flags[row],
                )
        return found
