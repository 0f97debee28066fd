"""What the training loop must know of a problem, and nothing more."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, Self, TypeVar

import torch
from torch import Tensor, nn

from configs.training import TrainingConfig
from training.batching import Ids


@dataclass(frozen=True)
class Loss:
    """A loss in natural log, not yet divided.

    Attributes:
        total: () float32, the sum over all predictions.
        count: How many predictions the sum runs over.
        carried: What the next batch goes on from, cut off from the gradient; for problems that
            read one text in order.
    """

    total: Tensor
    count: int
    carried: tuple[Tensor, ...] = ()


@dataclass(frozen=True)
class LossOptions:
    """In what the loss that training lowers differs from the plain one.

    Attributes:
        smoothing: Share of the target's mass moved to all classes, 0 to 1.
        own_words: Chance that a word which the network chose stands in place of the target's
            among those it reads, 0 to 1; for problems that write.
        carried: What the batch before left; empty at the beginning of an epoch.
    """

    smoothing: float = 0.0
    own_words: float = 0.0
    carried: tuple[Tensor, ...] = ()


PLAIN = LossOptions()


class Batch(Protocol):
    """Rows made into padded tensors."""

    @property
    def rows(self) -> Ids:
        """(B,) ids of the rows in the tables."""
        ...

    @property
    def tokens(self) -> int:
        """Real tokens in the batch, padding left out."""
        ...

    def to(self, device: torch.device) -> Self:
        """The same batch on the device."""
        ...


AnyBatch = TypeVar("AnyBatch", bound=Batch)
BatchOut = TypeVar("BatchOut", bound=Batch, covariant=True)


class Order(Protocol):
    """The batches of one pass over a split; a pure function of config and epoch.

    So a checkpoint needs to hold no more of it than the number of batches already done.
    """

    def __len__(self) -> int:
        """Number of batches."""
        ...

    def __getitem__(self, batch: int, /) -> Ids:
        """The positions in the split that make the batch."""
        ...


class Split(Protocol[BatchOut]):
    """One split's token ids, on the disk until a batch is taken."""

    @property
    def lengths(self) -> Ids:
        """(rows,) real tokens of each row, the same that :attr:`Batch.tokens` counts."""
        ...

    def training_order(self, training: TrainingConfig, *, epoch: int) -> Order:
        """The batches of an epoch as the config cuts them; epochs are counted from 0."""
        ...

    def scoring_order(self, training: TrainingConfig) -> Order:
        """The batches that the split is scored by."""
        ...

    def batch(self, positions: Ids) -> BatchOut:
        """What an order names at these positions of the split."""
        ...


AnySplit = TypeVar("AnySplit", bound=Split[Any])


@dataclass(frozen=True)
class Embedding:
    """An embedding of the network, and the words its rows stand for.

    Attributes:
        name: What the coverage of the words is reported under.
        weight: (V, E), trained in place.
        words: The V words, in the order of their ids.
    """

    name: str
    weight: Tensor
    words: tuple[str, ...]


class Problem(Protocol[AnyBatch]):
    """The verbs of a problem, bound to one folder of token ids."""

    @property
    def headline(self) -> str:
        """Name of the metric that sums the problem up."""
        ...

    def build_network(self) -> nn.Module:
        """A freshly initialised network of the right sizes."""
        ...

    def start(self, network: nn.Module) -> None:
        """Set those weights of a fresh network that training rows give, not chance."""
        ...

    def embeddings(self, network: nn.Module) -> list[Embedding]:
        """The embeddings that given word vectors may start."""
        ...

    def split(self, name: str) -> Split[AnyBatch]:
        """Open a split."""
        ...

    def loss(self, network: nn.Module, batch: AnyBatch, options: LossOptions = PLAIN) -> Loss:
        """What training lowers; the batch's padding has no part in it.

        Args:
            network: In training mode.
            batch: On the network's device.
            options: What training adds to the plain loss.
        """
        ...

    def validate(self, network: nn.Module, batches: Iterable[AnyBatch]) -> Mapping[str, float]:
        """`loss` and the problem's metrics over all batches.

        Args:
            network: In evaluation mode.
            batches: On the network's device; every row of the split once.
        """
        ...

    def sample(self, network: nn.Module) -> str | None:
        """Text that the network writes by itself, to see it learn; None where it writes none.

        Args:
            network: In evaluation mode.
        """
        ...

    def write_bundle(self, folder: Path, network: nn.Module) -> str:
        """Write all that prediction needs into the folder; digest of the weights."""
        ...
