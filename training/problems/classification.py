"""Classification for the training loop: a text in, one of some labels out."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from configs.networks import RecurrentClassifierConfig
from configs.training import TrainingConfig
from models.batches import pad
from models.bundle import BundleConfig, write_bundle
from models.networks.bags import BagOfWords
from models.networks.build import Classifier, ClassifierSizes, build_network
from models.networks.classifiers import RecurrentClassifier
from models.text.vocabulary import Vocabulary
from storage.errors import InputError
from storage.files import read_json
from training.batching import EpochOrder, IdColumn, Ids, mapped, scoring_order, training_order
from training.encoding_labels import UNSEEN_LABEL
from training.job import TrainingJob
from training.metrics import classification_scores
from training.naive_bayes import ROWS_AT_ONCE, start_from_naive_bayes
from training.problems.base import PLAIN, Embedding, Loss, LossOptions


@dataclass(frozen=True)
class ClassificationBatch:
    """Texts with their labels.

    Attributes:
        rows: (B,) ids of the rows in the tables.
        tokens: Real tokens in the batch.
        ids: (B, T) int64, padded.
        lengths: (B,) int64, on the processor.
        labels: (B,) int64 class ids.
    """

    rows: Ids
    tokens: int
    ids: Tensor
    lengths: Tensor
    labels: Tensor

    def to(self, device: torch.device) -> Self:
        """The batch on the device; lengths stay, as packing wants them on the processor."""
        return replace(
            self,
            ids=self.ids.to(device, non_blocking=True),
            labels=self.labels.to(device, non_blocking=True),
        )


class ClassificationSplit:
    """The texts and labels of one split, on the disk; texts of no token are skipped.

    So are texts of a label that training does not have, if asked for; else they are refused.

    A position counts the others.

    Attributes:
        used: (positions,) the row at each position.
    """

    def __init__(self, folder: Path, *, skip_unseen: bool = False) -> None:
        self._texts = IdColumn.open(folder)
        self._labels = mapped(folder / "labels.npy", np.int64)
        self._rows = mapped(folder / "rows.npy", np.int64)
        self.used = np.flatnonzero(self._texts.lengths)
        unseen = np.flatnonzero(self._labels == UNSEEN_LABEL)
        if skip_unseen:
            self.used = np.setdiff1d(self.used, unseen)
        elif len(unseen):
            raise InputError(
                f"{len(unseen)} rows of {folder.name} have a label that no training row has, "
                f"first row {self._rows[unseen[0]]}; drop the label or give more rows of it"
            )

    @property
    def lengths(self) -> Ids:
        """(rows,) tokens of each text."""
        lengths: Ids = self._texts.lengths[self.used]
        return lengths

    @property
    def offsets(self) -> Ids:
        """(all rows + 1,) where the tokens of each row begin, skipped ones included."""
        return self._texts.offsets

    def training_order(self, training: TrainingConfig, *, epoch: int) -> EpochOrder:
        """The batches of an epoch, counted from 0."""
        return training_order(self.lengths, training, epoch=epoch)

    def scoring_order(self, training: TrainingConfig) -> EpochOrder:
        """The batches that the split is scored by."""
        return scoring_order(self.lengths, training)

    def batch(self, positions: Ids) -> ClassificationBatch:
        """The rows at these positions of the split."""
        positions = self.used[positions]
        texts = pad(self._texts.ids, self._texts.offsets, rows=positions)
        return ClassificationBatch(
            rows=self._rows[positions],
            tokens=int(texts.lengths.sum()),
            ids=texts.ids,
            lengths=texts.lengths,
            labels=torch.from_numpy(self._labels[positions]),
        )


class Classification:
    """The problem, bound to a folder of token ids."""

    headline = "accuracy"

    def __init__(self, tokens: Path, job: TrainingJob) -> None:
        self._tokens = tokens
        self._job = job
        self._vocabulary = Vocabulary.load(tokens / "vocabulary.txt")
        self._labels = cast(list[str], read_json(tokens / "labels.json"))

    def build_network(self) -> nn.Module:
        """A freshly initialised network with a score per label."""
        sizes = ClassifierSizes(vocabulary=len(self._vocabulary), classes=len(self._labels))
        return build_network(self._job.network, sizes)

    def start(self, network: nn.Module) -> None:
        """Weigh the words of bags by training rows; let naive Bayes set weights if asked to."""
        config = self._job.network
        if isinstance(network, BagOfWords):
            self._weigh_words(network)
        if isinstance(config, RecurrentClassifierConfig) and config.start == "naive_bayes":
            start_from_naive_bayes(
                cast(RecurrentClassifier, network),
                self._training_batches(next(network.parameters()).device),
                classes=len(self._labels),
            )

    def _weigh_words(self, network: BagOfWords) -> None:
        """Count the training texts that hold each word."""
        held, texts = torch.zeros_like(network.idf, dtype=torch.int64), 0
        for batch in self._training_batches(network.idf.device):
            held += torch.bincount(
                network.bags(batch.ids, batch.lengths).words, minlength=len(held)
            )
            texts += len(batch.rows)
        network.weigh_words(held, texts)

    def _training_batches(self, device: torch.device) -> Iterator[ClassificationBatch]:
        """All training rows once, in large batches."""
        train = self.split("train")
        order = EpochOrder.by_length(train.lengths, batch_size=ROWS_AT_ONCE)
        for number in range(len(order)):
            yield train.batch(order[number]).to(device)

    def embeddings(self, network: nn.Module) -> list[Embedding]:
        """The word vectors of the text; those of a bag are its first layer."""
        if isinstance(network, BagOfWords):
            return []
        encoder = cast(RecurrentClassifier, network).encoder
        return [Embedding("text", encoder.embedding.weight, self._vocabulary.words)]

    def split(self, name: str) -> ClassificationSplit:
        """Open a split."""
        return ClassificationSplit(self._tokens / name)

    def loss(
        self, network: nn.Module, batch: ClassificationBatch, options: LossOptions = PLAIN
    ) -> Loss:
        """Cross-entropy of the labels."""
        logits = network(batch.ids, batch.lengths)  # (B, K)
        total = F.cross_entropy(
            logits.float(), batch.labels, reduction="sum", label_smoothing=options.smoothing
        )
        return Loss(total, len(batch.rows))

    def validate(
        self, network: nn.Module, batches: Iterable[ClassificationBatch]
    ) -> Mapping[str, float]:
        """Loss, accuracy and macro F1."""
        scored = [(network(batch.ids, batch.lengths), batch.labels) for batch in batches]
        return validation_scores(scored, classes=len(self._labels))

    def sample(self, network: nn.Module) -> None:
        """None: it writes nothing by itself."""

    def write_bundle(self, folder: Path, network: nn.Module) -> str:
        """Write all that prediction needs into the folder; digest of the weights."""
        job = self._job
        config = BundleConfig(
            problem="classification",
            text=job.text,
            network=job.network,
            decoding=job.decoding,
            labels=tuple(self._labels),
        )
        return write_bundle(
            folder,
            cast(Classifier, network),
            config=config,
            vocabularies={"vocabulary": self._vocabulary},
        )


def validation_scores(
    scored: Iterable[tuple[Tensor, Tensor]], *, classes: int
) -> Mapping[str, float]:
    """Loss, accuracy and macro F1.

    Args:
        scored: (B, K) logits and (B,) labels of each batch.
        classes: K.
    """
    each = list(scored)
    logits = torch.cat([one.float() for one, _ in each]).cpu()  # (rows, K)
    labels = torch.cat([one for _, one in each]).cpu()
    scores = classification_scores(
        labels.numpy(), logits.argmax(dim=1).numpy(), classes=classes
    )
    return {
        "loss": float(F.cross_entropy(logits, labels)),
        "accuracy": scores.accuracy,
        "macro_f1": scores.macro_f1,
    }
