"""Language modelling for the training loop: what comes next, token by token, in a text."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self, cast

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from configs.training import TrainingConfig
from models.bundle import BundleConfig, write_bundle
from models.networks.build import LanguageModelSizes, build_network
from models.networks.language_models import RecurrentLanguageModel
from models.text.vocabulary import BOS_ID, Vocabulary
from models.writing import AskedText, Writer
from training.batching import IdColumn, Ids, mapped
from training.job import TrainingJob
from training.problems.base import PLAIN, Embedding, Loss, LossOptions
from training.streams import StreamOrder


@dataclass(frozen=True)
class TextBatch:
    """A chunk of each stream.

    Attributes:
        rows: (B,) ids of the rows in which the chunks begin.
        tokens: Real tokens to predict.
        inputs: (B, T) int64, the token before each place.
        targets: (B, T) int64.
        real: (B, T) bool, False behind the end of the text; None where all are real.
    """

    rows: Ids
    tokens: int
    inputs: Tensor
    targets: Tensor
    real: Tensor | None

    def to(self, device: torch.device) -> Self:
        """The batch on the device."""
        return replace(
            self,
            inputs=self.inputs.to(device, non_blocking=True),
            targets=self.targets.to(device, non_blocking=True),
            real=None if self.real is None else self.real.to(device, non_blocking=True),
        )


class TextSplit:
    """One split as one run of tokens; a position is the place of a token in it."""

    def __init__(self, folder: Path, *, chunk_tokens: int) -> None:
        self._column = IdColumn.open(folder)
        self._rows = mapped(folder / "rows.npy", np.int64)
        self._chunk = np.arange(chunk_tokens)
        self.characters, self.spelling = (
            int(mapped(folder / f"{name}.npy", np.int64).sum())
            for name in ("characters", "spelling")
        )

    @property
    def lengths(self) -> Ids:
        """(rows,) tokens of each row."""
        return self._column.lengths

    def training_order(self, training: TrainingConfig, *, epoch: int) -> StreamOrder:
        """The batches of an epoch, counted from 0."""
        order = StreamOrder.stateful if training.stateful else StreamOrder.stateless
        return order(len(self._column.ids), training, epoch=epoch)

    def scoring_order(self, training: TrainingConfig) -> StreamOrder:
        """The batches that the split is scored by."""
        return StreamOrder.scoring(len(self._column.ids), training)

    def batch(self, positions: Ids) -> TextBatch:
        """The chunks that begin at these places."""
        ids = self._column.ids
        places = positions[:, None] + self._chunk  # (B, T)
        real = places < len(ids)
        whole = bool(real.all())
        targets = ids[places if whole else np.minimum(places, len(ids) - 1)]
        inputs = np.where(places == 0, BOS_ID, ids[np.clip(places - 1, 0, len(ids) - 1)])
        rows = np.searchsorted(self._column.offsets, positions, side="right") - 1
        return TextBatch(
            rows=self._rows[np.minimum(rows, len(self._rows) - 1)],
            tokens=int(real.sum()),
            inputs=torch.from_numpy(inputs.astype(np.int64)),
            targets=torch.from_numpy(targets.astype(np.int64)),
            real=None if whole else torch.from_numpy(real),
        )


class LanguageModelling:
    """The problem, bound to a folder of token ids."""

    headline = "bits_per_character"

    def __init__(self, tokens: Path, job: TrainingJob) -> None:
        self._tokens = tokens
        self._job = job
        self._vocabulary = Vocabulary.load(tokens / "vocabulary.txt")

    def build_network(self) -> nn.Module:
        """A freshly initialised network with a score per token."""
        sizes = LanguageModelSizes(vocabulary=len(self._vocabulary))
        return build_network(self._job.network, sizes)

    def start(self, network: nn.Module) -> None:
        """Nothing: chance starts every weight."""

    def embeddings(self, network: nn.Module) -> list[Embedding]:
        """The token vectors."""
        weight = cast(RecurrentLanguageModel, network).embedding.weight
        return [Embedding("tokens", weight, self._vocabulary.words)]

    def split(self, name: str) -> TextSplit:
        """Open a split."""
        return TextSplit(self._tokens / name, chunk_tokens=self._job.training.chunk_tokens)

    def loss(self, network: nn.Module, batch: TextBatch, options: LossOptions = PLAIN) -> Loss:
        """Negative log-likelihood of the tokens, and the state that the next chunk starts with.

        The state is cut off from the gradient: truncated back-propagation through time.
        """
        model = cast(RecurrentLanguageModel, network)
        before = options.carried or model.start(len(batch.inputs))
        logits, after = model(batch.inputs, before)
        total = _surprise(logits, batch, smoothing=options.smoothing)
        carried = tuple(part.detach() for part in after) if self._job.training.stateful else ()
        return Loss(total, batch.tokens, carried)

    def validate(self, network: nn.Module, batches: Iterable[TextBatch]) -> Mapping[str, float]:
        """Loss, bits per character and perplexity of a token, states carried along."""
        model = cast(RecurrentLanguageModel, network)
        totals: list[Tensor] = []
        counted, state = 0, None
        for batch in batches:
            logits, state = model(batch.inputs, state or model.start(len(batch.inputs)))
            totals.append(_surprise(logits, batch))
            counted += batch.tokens
        total = float(torch.stack(totals).double().sum())
        text = self.split("validation")
        return {
            "loss": total / counted,
            "bits_per_character": (total / math.log(2) + text.spelling) / text.characters,
            "perplexity": math.exp(total / counted),
        }

    def sample(self, network: nn.Module) -> str:
        """What the network writes on from the config's prompt, the same chances each time."""
        writer = Writer(cast(RecurrentLanguageModel, network), self._vocabulary, self._job.text)
        prompt = self._job.decoding.prompt
        return prompt + "".join(writer.write(prompt, AskedText.of(self._job.decoding)))

    def write_bundle(self, folder: Path, network: nn.Module) -> str:
        """Write all that prediction needs into the folder; digest of the weights."""
        job = self._job
        config = BundleConfig(
            problem="language_modelling",
            text=job.text,
            network=job.network,
            decoding=job.decoding,
        )
        return write_bundle(
            folder,
            cast(RecurrentLanguageModel, network),
            config=config,
            vocabularies={"vocabulary": self._vocabulary},
        )


def _surprise(logits: Tensor, batch: TextBatch, *, smoothing: float = 0.0) -> Tensor:
    """() the sum of the real tokens' losses, natural log."""
    if batch.real is None:
        scores, targets = logits.flatten(0, 1), batch.targets.flatten()
    else:
        scores, targets = logits[batch.real], batch.targets[batch.real]
    return F.cross_entropy(scores.float(), targets, reduction="sum", label_smoothing=smoothing)
