"""Classes of event sequences for the training loop: events and gaps in, a label out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from configs.networks import EventClassifierConfig
from configs.training import TrainingConfig
from models.batches import pad_gaps
from models.bundle import BundleConfig, write_bundle
from models.networks.build import ClassifierSizes, build_network
from models.networks.event_classifiers import EventClassifier, EventScores
from models.text.vocabulary import Vocabulary
from storage.files import read_json
from training.batching import EpochOrder, Ids, mapped
from training.job import TrainingJob
from training.problems.base import PLAIN, Embedding, Loss, LossOptions
from training.problems.classification import (
    ClassificationBatch,
    ClassificationSplit,
    validation_scores,
)


@dataclass(frozen=True)
class EventBatch:
    """Sequences with their labels.

    Attributes:
        texts: The events as texts of one word each.
        gaps: (B, T) float32, padded with 0.
    """

    texts: ClassificationBatch
    gaps: Tensor

    @property
    def rows(self) -> Ids:
        """(B,) ids of the rows in the tables."""
        return self.texts.rows

    @property
    def tokens(self) -> int:
        """Real events in the batch."""
        return self.texts.tokens

    def to(self, device: torch.device) -> Self:
        """The batch on the device."""
        gaps = self.gaps.to(device, non_blocking=True)
        return replace(self, texts=self.texts.to(device), gaps=gaps)


class EventSplit:
    """The sequences of one split, on the disk; those of no event or a new label are skipped."""

    def __init__(self, folder: Path) -> None:
        self._texts = ClassificationSplit(folder, skip_unseen=True)
        self._gaps = mapped(folder / "gaps.npy", np.float32)

    @property
    def lengths(self) -> Ids:
        """(rows,) events of each sequence."""
        return self._texts.lengths

    def training_order(self, training: TrainingConfig, *, epoch: int) -> EpochOrder:
        """The batches of an epoch, counted from 0."""
        return self._texts.training_order(training, epoch=epoch)

    def scoring_order(self, training: TrainingConfig) -> EpochOrder:
        """The batches that the split is scored by."""
        return self._texts.scoring_order(training)

    def batch(self, positions: Ids) -> EventBatch:
        """The rows at these positions of the split."""
        rows = self._texts.used[positions]
        gaps = pad_gaps(self._gaps, self._texts.offsets, rows=rows)
        return EventBatch(self._texts.batch(positions), gaps)


class Events:
    """The problem, bound to a folder of token ids."""

    headline = "accuracy"

    def __init__(self, tokens: Path, job: TrainingJob) -> None:
        self._tokens = tokens
        self._job = job
        self._network = cast(EventClassifierConfig, job.network)
        self._vocabulary = Vocabulary.load(tokens / "vocabulary.txt")
        self._labels = cast(list[str], read_json(tokens / "labels.json"))

    def build_network(self) -> EventClassifier:
        """A freshly initialised network with a score per label."""
        sizes = ClassifierSizes(vocabulary=len(self._vocabulary), classes=len(self._labels))
        return build_network(self._network, sizes)

    def start(self, network: nn.Module) -> None:
        """Nothing: all weights come from chance."""

    def embeddings(self, network: nn.Module) -> list[Embedding]:
        """None: word vectors know nothing of events."""
        return []

    def split(self, name: str) -> EventSplit:
        """Open a split."""
        return EventSplit(self._tokens / name)

    def loss(self, network: nn.Module, batch: EventBatch, options: LossOptions = PLAIN) -> Loss:
        """Cross-entropy of the labels, and that of the auxiliary output by its weight."""
        scores = _scored(network, batch)
        total = self._cross_entropy(scores.main, batch, options)
        if scores.auxiliary is not None:
            straight = self._cross_entropy(scores.auxiliary, batch, options)
            total = total + self._network.auxiliary_weight * straight
        return Loss(total, len(batch.rows))

    def _cross_entropy(self, logits: Tensor, batch: EventBatch, options: LossOptions) -> Tensor:
        return F.cross_entropy(
            logits.float(),
            batch.texts.labels,
            reduction="sum",
            label_smoothing=options.smoothing,
        )

    def validate(
        self, network: nn.Module, batches: Iterable[EventBatch]
    ) -> Mapping[str, float]:
        """Loss of the main output, accuracy and macro F1."""
        scored = [(_scored(network, batch).main, batch.texts.labels) for batch in batches]
        return validation_scores(scored, classes=len(self._labels))

    def sample(self, network: nn.Module) -> None:
        """None: it writes nothing by itself."""

    def write_bundle(self, folder: Path, network: nn.Module) -> str:
        """Write all that prediction needs into the folder; digest of the weights."""
        job = self._job
        config = BundleConfig(
            problem="events",
            text=job.text,
            network=job.network,
            decoding=job.decoding,
            labels=tuple(self._labels),
            gaps=job.gaps,
        )
        return write_bundle(
            folder,
            cast(EventClassifier, network),
            config=config,
            vocabularies={"vocabulary": self._vocabulary},
        )


def _scored(network: nn.Module, batch: EventBatch) -> EventScores:
    scores: EventScores = network(batch.texts.ids, batch.texts.lengths, batch.gaps)
    return scores
