"""Tagging for the training loop: a sentence in, one tag for each of its words out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self, cast

import numpy as np
import torch
from torch import Tensor, nn

from configs.training import TrainingConfig
from models.batches import pad, spellings_of
from models.bundle import BundleConfig, write_bundle
from models.networks.build import TaggerSizes, build_network
from models.networks.spellings import Spellings
from models.networks.taggers import RecurrentTagger
from models.text.spelling import SpeltWords
from models.text.vocabulary import Vocabulary
from storage.errors import InputError
from storage.files import read_json
from training.batching import (
    EpochOrder,
    IdColumn,
    Ids,
    mapped,
    real_positions,
    scoring_order,
    training_order,
)
from training.encoding_tags import UNSEEN_TAG
from training.job import TrainingJob
from training.metrics import classification_scores
from training.problems.base import PLAIN, Embedding, Loss, LossOptions


@dataclass(frozen=True)
class TaggingBatch:
    """Sentences with their tags.

    Attributes:
        rows: (B,) ids of the rows in the tables.
        tokens: Real words in the batch.
        ids: (B, T) int64, padded.
        lengths: (B,) int64, on the processor.
        spellings: Of the words.
        tags: (N,) int64 tag ids of the real words, row after row.
    """

    rows: Ids
    tokens: int
    ids: Tensor
    lengths: Tensor
    spellings: Spellings
    tags: Tensor

    def to(self, device: torch.device) -> Self:
        """The batch on the device; lengths stay, as packing wants them on the processor."""
        return replace(
            self,
            ids=self.ids.to(device, non_blocking=True),
            spellings=self.spellings.to(device),
            tags=self.tags.to(device, non_blocking=True),
        )


class TaggingSplit:
    """The sentences of one split, on the disk; those of no word are skipped.

    A position counts the others.
    """

    def __init__(self, folder: Path) -> None:
        self._sentences = IdColumn.open(folder)
        self._tags = IdColumn(mapped(folder / "tags.npy", np.int32), self._sentences.offsets)
        self._words = IdColumn(mapped(folder / "words.npy", np.int32), self._sentences.offsets)
        self._spelt = SpeltWords(
            mapped(folder / "spelt_ids.npy", np.int32),
            mapped(folder / "spelt_offsets.npy", np.int64),
        )
        self._rows = mapped(folder / "rows.npy", np.int64)
        self._used = np.flatnonzero(self._sentences.lengths)

    @property
    def lengths(self) -> Ids:
        """(rows,) words of each sentence."""
        lengths: Ids = self._sentences.lengths[self._used]
        return lengths

    def training_order(self, training: TrainingConfig, *, epoch: int) -> EpochOrder:
        """The batches of an epoch, counted from 0."""
        return training_order(self.lengths, training, epoch=epoch)

    def scoring_order(self, training: TrainingConfig) -> EpochOrder:
        """The batches that the split is scored by."""
        return scoring_order(self.lengths, training)

    def batch(self, positions: Ids) -> TaggingBatch:
        """The rows at these positions of the split."""
        positions = self._used[positions]
        padded = pad(self._sentences.ids, self._sentences.offsets, rows=positions)
        tags, lengths = self._tags.gather(positions)
        words, _ = self._words.gather(positions)
        return TaggingBatch(
            rows=self._rows[positions],
            tokens=len(tags),
            ids=padded.ids,
            lengths=padded.lengths,
            spellings=spellings_of(self._spelt, words, real_positions(lengths)),
            tags=torch.from_numpy(tags),
        )


class Tagging:
    """The problem, bound to a folder of token ids."""

    headline = "accuracy"

    def __init__(self, tokens: Path, job: TrainingJob) -> None:
        self._tokens = tokens
        self._job = job
        self._vocabulary = Vocabulary.load(tokens / "vocabulary.txt")
        self._characters = Vocabulary.load(tokens / "characters.txt")
        self._tags = cast(list[str], read_json(tokens / "tags.json"))

    def build_network(self) -> nn.Module:
        """A freshly initialised network with a score per tag."""
        sizes = TaggerSizes(
            vocabulary=len(self._vocabulary),
            characters=len(self._characters),
            tags=len(self._tags),
        )
        return build_network(self._job.network, sizes)

    def start(self, network: nn.Module) -> None:
        """Nothing: chance starts every weight."""

    def embeddings(self, network: nn.Module) -> list[Embedding]:
        """The word vectors."""
        weight = cast(RecurrentTagger, network).embedding.weight
        return [Embedding("tokens", weight, self._vocabulary.words)]

    def split(self, name: str) -> TaggingSplit:
        """Open a split."""
        return TaggingSplit(self._tokens / name)

    def loss(
        self, network: nn.Module, batch: TaggingBatch, options: LossOptions = PLAIN
    ) -> Loss:
        """Negative log-likelihood of the tags, counted by word."""
        tagger = cast(RecurrentTagger, network)
        scores = tagger(batch.ids, batch.lengths, batch.spellings).float()  # (N, K)
        total = tagger.loss(scores, batch.tags, batch.lengths, smoothing=options.smoothing)
        return Loss(total, batch.tokens)

    def validate(
        self, network: nn.Module, batches: Iterable[TaggingBatch]
    ) -> Mapping[str, float]:
        """Loss, accuracy of words, share of sentences without a mistake, and macro F1.

        A tag that training does not have is always missed; the loss leaves its sentence out.
        """
        tagger = cast(RecurrentTagger, network)
        totals: list[Tensor] = []
        counted = 0
        found, wanted, right = [], [], []
        for batch in batches:
            scores = tagger(batch.ids, batch.lengths, batch.spellings).float()
            tags, _ = tagger.best(scores, batch.lengths)
            hits = torch.split((tags == batch.tags).cpu(), batch.lengths.tolist())
            right += [bool(of_sentence.all()) for of_sentence in hits]
            found.append(tags.cpu())
            wanted.append(batch.tags.cpu())
            known = _of_known_sentences(batch)
            lengths = batch.lengths[known]
            if len(lengths):
                words = torch.repeat_interleave(known, batch.lengths).to(scores.device)
                totals.append(tagger.loss(scores[words], batch.tags[words], lengths))
                counted += int(lengths.sum())
        if not counted:
            raise InputError(
                "every validation sentence has a tag that training does not have, so there is "
                "no loss to watch; give more rows, or merge rare tags"
            )
        actual, predicted = torch.cat(wanted).numpy(), torch.cat(found).numpy()
        scored = classification_scores(actual, predicted, classes=len(self._tags))
        return {
            "loss": float(torch.stack(totals).double().sum()) / counted,
            "accuracy": scored.accuracy,
            "sentence_accuracy": sum(right) / len(right),
            "macro_f1": scored.macro_f1,
        }

    def sample(self, network: nn.Module) -> None:
        """None: it writes nothing by itself."""

    def write_bundle(self, folder: Path, network: nn.Module) -> str:
        """Write all that prediction needs into the folder; digest of the weights."""
        job = self._job
        config = BundleConfig(
            problem="tagging",
            text=job.text,
            network=job.network,
            decoding=job.decoding,
            labels=tuple(self._tags),
        )
        return write_bundle(
            folder,
            cast(RecurrentTagger, network),
            config=config,
            vocabularies={"vocabulary": self._vocabulary, "characters": self._characters},
        )


def _of_known_sentences(batch: TaggingBatch) -> Tensor:
    """(B,) bool, on the processor: sentences of which training has every tag."""
    parts = torch.split(batch.tags.cpu() != UNSEEN_TAG, batch.lengths.tolist())
    return torch.stack([part.all() for part in parts])
