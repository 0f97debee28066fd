"""Classifiers that start from naive Bayes: what training rows say of words by themselves."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from models.networks.classifiers import RecurrentClassifier
from models.networks.naive_bayes import log_count_ratios

if TYPE_CHECKING:
    from training.problems.classification import ClassificationBatch

ROWS_AT_ONCE = 4096
"""Rows of a batch that is only counted."""


@torch.no_grad()
def start_from_naive_bayes(
    network: RecurrentClassifier, batches: "Iterable[ClassificationBatch]", *, classes: int
) -> None:
    """Set the first channels of word vectors, one a class, and all n-grams' weights.

    The encoder so reads the polarity of a word from the first step on, and only has to learn
    what its neighbours make of it. Words and n-grams without a training row start at 0.

    Args:
        network: Changed in place.
        batches: All training rows, on the network's device.
        classes: Number of labels.
    """
    embedding, ngrams = network.encoder.embedding.weight, network.ngrams
    words = _Counter(len(embedding), classes, embedding.device)
    pairs = None if ngrams is None else _Counter(ngrams.buckets, classes, embedding.device)
    for batch in batches:
        lengths = batch.lengths.to(embedding.device)
        real = torch.arange(batch.ids.shape[1], device=embedding.device) < lengths[:, None]
        words.add(batch.ids[real], batch.labels.repeat_interleave(lengths))
        if ngrams is not None and pairs is not None:
            hashed, sizes = ngrams.hashed(batch.ids, batch.lengths)
            pairs.add(hashed, batch.labels.repeat_interleave(sizes))
    channels = min(classes, embedding.shape[1])
    embedding[:, :channels] = log_count_ratios(words.counts)[:, :channels].to(embedding)
    if ngrams is not None and pairs is not None:
        ngrams.weight.copy_(log_count_ratios(pairs.counts))


class _Counter:
    """Counts (N, K) of N things in texts of K classes."""

    def __init__(self, things: int, classes: int, device: torch.device) -> None:
        self._flat = torch.zeros(things * classes, dtype=torch.long, device=device)
        self._classes = classes

    @property
    def counts(self) -> Tensor:
        return self._flat.view(-1, self._classes)

    def add(self, things: Tensor, labels: Tensor) -> None:
        """Count things (M,), each in a text of the label (M,) at its place."""
        cells = things * self._classes + labels
        self._flat += torch.bincount(cells, minlength=len(self._flat))
