"""Translation for the training loop: a sentence in, a sentence of other words out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from configs.training import TrainingConfig
from models.batches import pad
from models.bundle import BundleConfig, write_bundle
from models.decoding import greedy
from models.networks.build import Seq2SeqNetwork, Seq2SeqSizes, build_network
from models.text.vocabulary import (
    BOS_ID,
    EOS_ID,
    PAD_ID,
    SPECIALS,
    UNKNOWN_ID,
    Vocabulary,
)
from training.batching import (
    EpochOrder,
    IdColumn,
    Ids,
    mapped,
    real_positions,
    scoring_order,
    training_order,
)
from training.job import TrainingJob
from training.metrics import translation_scores
from training.problems.base import PLAIN, Embedding, Loss, LossOptions
from training.sampling import sampled_loss

TRANSLATED_ROWS = 500
"""Validation rows that are translated at each epoch's end; the loss runs over all."""
TRANSLATED_AT_ONCE = 125
UNHITTABLE = "\ufffd"
"""A word that no translation holds."""


@dataclass(frozen=True)
class TranslationBatch:
    """Sentence pairs.

    Attributes:
        rows: (B,) ids of the rows in the tables.
        tokens: Real source tokens and target predictions in the batch.
        source: (B, S) int64, padded.
        source_lengths: (B,) int64, on the processor.
        target_in: (B, T) int64, begin of sentence and then the target, padded.
        mask: (B, T) bool, True on real tokens of `target_in`.
        target_out: (N,) int64, what follows each real position: the target, then its end.
    """

    rows: Ids
    tokens: int
    source: Tensor
    source_lengths: Tensor
    target_in: Tensor
    mask: Tensor
    target_out: Tensor

    def to(self, device: torch.device) -> Self:
        """The batch on the device; lengths stay, as packing wants them on the processor."""
        return replace(
            self,
            source=self.source.to(device, non_blocking=True),
            target_in=self.target_in.to(device, non_blocking=True),
            mask=self.mask.to(device, non_blocking=True),
            target_out=self.target_out.to(device, non_blocking=True),
        )


class TranslationSplit:
    """The sentence pairs of one split, on the disk; pairs with a side of no token are skipped.

    A position counts the others.
    """

    def __init__(self, folder: Path) -> None:
        self._source = IdColumn.open(folder, prefix="source_")
        self._target = IdColumn.open(folder, prefix="target_")
        self._rows = mapped(folder / "rows.npy", np.int64)
        self._used = np.flatnonzero((self._source.lengths > 0) & (self._target.lengths > 0))

    @property
    def lengths(self) -> Ids:
        """(rows,) tokens of both sides together, and the target's end."""
        lengths: Ids = (self._source.lengths + self._target.lengths + 1)[self._used]
        return lengths

    def targets(self, positions: Ids) -> tuple[Ids, Ids]:
        """Target ids of the rows, one row after the other, and the rows' lengths."""
        return self._target.gather(self._used[positions])

    def training_order(self, training: TrainingConfig, *, epoch: int) -> EpochOrder:
        """The batches of an epoch, counted from 0."""
        return training_order(self.lengths, training, epoch=epoch)

    def scoring_order(self, training: TrainingConfig) -> EpochOrder:
        """The batches that the split is scored by."""
        return scoring_order(self.lengths, training)

    def batch(self, positions: Ids) -> TranslationBatch:
        """The rows at these positions of the split."""
        positions = self._used[positions]
        source = pad(self._source.ids, self._source.offsets, rows=positions)
        target, target_lengths = self._target.gather(positions)
        mask = real_positions(target_lengths + 1)
        target_in = np.full(mask.shape, PAD_ID, dtype=np.int64)
        target_in[:, 0] = BOS_ID
        target_in[:, 1:][mask[:, 1:]] = target
        return TranslationBatch(
            rows=self._rows[positions],
            tokens=int(source.lengths.sum()) + len(target) + len(positions),
            source=source.ids,
            source_lengths=source.lengths,
            target_in=torch.from_numpy(target_in),
            mask=torch.from_numpy(mask),
            target_out=torch.from_numpy(_with_ends(target, target_lengths)),
        )


def _with_ends(flat: Ids, lengths: Ids) -> Ids:
    """(N + B,) the flat ids with an end of sentence after each row."""
    return np.insert(flat, np.cumsum(lengths), EOS_ID)


class Translation:
    """The problem, bound to a folder of token ids."""

    headline = "bleu"

    def __init__(self, tokens: Path, job: TrainingJob) -> None:
        self._tokens = tokens
        self._job = job
        self._source = Vocabulary.load(tokens / "source_vocabulary.txt")
        self._target = Vocabulary.load(tokens / "target_vocabulary.txt")

    def build_network(self) -> nn.Module:
        """A freshly initialised network between the two vocabularies."""
        sizes = Seq2SeqSizes(
            source_vocabulary=len(self._source), target_vocabulary=len(self._target)
        )
        return build_network(self._job.network, sizes)

    def start(self, network: nn.Module) -> None:
        """Nothing: chance starts every weight."""

    def embeddings(self, network: nn.Module) -> list[Embedding]:
        """The word vectors of both sides."""
        source, target = cast(Seq2SeqNetwork, network).word_vectors()
        return [
            Embedding("source", source, self._source.words),
            Embedding("target", target, self._target.words),
        ]

    def split(self, name: str) -> TranslationSplit:
        """Open a split."""
        return TranslationSplit(self._tokens / name)

    def loss(
        self, network: nn.Module, batch: TranslationBatch, options: LossOptions = PLAIN
    ) -> Loss:
        """Cross-entropy of each next target word and of the end."""
        if options.own_words:
            return self._loss_on_own_words(cast(Seq2SeqNetwork, network), batch, options)
        logits = network(
            batch.source, batch.source_lengths, batch.target_in, batch.mask
        )  # (N, V)
        total = F.cross_entropy(
            logits.float(), batch.target_out, reduction="sum", label_smoothing=options.smoothing
        )
        return Loss(total, len(batch.target_out))

    def _loss_on_own_words(
        self, network: Seq2SeqNetwork, batch: TranslationBatch, options: LossOptions
    ) -> Loss:
        """The loss where some words read are the network's own: scheduled sampling."""
        total = sampled_loss(
            network.step,
            network.start(batch.source, batch.source_lengths),
            batch.target_in,
            batch.mask,
            batch.target_out,
            own_words=options.own_words,
            smoothing=options.smoothing,
        )
        return Loss(total, len(batch.target_out))

    def validate(
        self, network: nn.Module, batches: Iterable[TranslationBatch]
    ) -> Mapping[str, float]:
        """Loss over all rows, and BLEU of greedy output on an even choice of them."""
        losses = [self.loss(network, batch) for batch in batches]
        total = torch.stack([loss.total for loss in losses]).double().sum()
        hypotheses, references = self._translate_some(cast(Seq2SeqNetwork, network))
        return {
            "loss": float(total) / sum(loss.count for loss in losses),
            "bleu": translation_scores(hypotheses, [[text] for text in references]).bleu,
        }

    def sample(self, network: nn.Module) -> None:
        """None: it writes nothing by itself."""

    def write_bundle(self, folder: Path, network: nn.Module) -> str:
        """Write all that prediction needs into the folder; digest of the weights."""
        job = self._job
        return write_bundle(
            folder,
            cast(Seq2SeqNetwork, network),
            config=BundleConfig(
                problem="translation",
                text=job.text,
                network=job.network,
                decoding=job.decoding,
            ),
            vocabularies={"source_vocabulary": self._source, "target_vocabulary": self._target},
        )

    def _translate_some(self, network: Seq2SeqNetwork) -> tuple[list[str], list[str]]:
        """Greedy translations of rows of all lengths, and what they should be."""
        split = self.split("validation")
        by_length = np.argsort(split.lengths, kind="stable")
        every = -(-len(by_length) // TRANSLATED_ROWS)
        chosen = by_length[every // 2 :: every]
        device = network.embedding.weight.device
        hypotheses: list[str] = []
        references: list[str] = []
        for start in range(0, len(chosen), TRANSLATED_AT_ONCE):
            positions = chosen[start : start + TRANSLATED_AT_ONCE]
            batch = split.batch(positions).to(device)
            written = greedy(
                network.step,
                network.start(batch.source, batch.source_lengths),
                bos_id=BOS_ID,
                eos_id=EOS_ID,
                max_tokens=self._job.decoding.max_tokens,
                never=(PAD_ID, BOS_ID),
            )
            ids = [np.array(hypothesis.ids, dtype=np.int64) for hypothesis in written]
            hypotheses += self._texts(np.concatenate(ids), np.array([len(row) for row in ids]))
            references += self._texts(*split.targets(positions))
        # an unknown word of the reference can be hit by none, not by another unknown word
        return hypotheses, [
            text.replace(SPECIALS[UNKNOWN_ID], UNHITTABLE) for text in references
        ]

    def _texts(self, flat: Ids, lengths: Ids) -> list[str]:
        """The texts behind flat target ids."""
        offsets = np.concatenate([[0], np.cumsum(lengths)])
        return self._target.texts(flat.astype(np.int32), offsets)
