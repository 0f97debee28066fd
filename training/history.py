"""The course of a training by epochs, as written beside its bundle."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol, Self, cast

from storage.files import read_json, write_json

FILE = "history.json"


class MetricSink(Protocol):
    """Whoever keeps the figures of a run."""

    def metric(self, key: str, value: float, *, step: int | None = None) -> None:
        """Keep a figure; step is the epoch, counted from 1."""
        ...


@dataclass(frozen=True)
class History:
    """Metrics of every epoch; times are left out, so that equal trainings write equal files.

    Attributes:
        headline: Name of the metric that sums the problem up, without `validation/`.
        best_epoch: Epoch whose weights were kept, counted from 1.
        epochs: One mapping per epoch, in order: `train/loss`, `validation/loss`, ….
    """

    headline: str
    best_epoch: int
    epochs: list[dict[str, float]]

    def write(self, folder: Path) -> None:
        """Write the file into the training's folder."""
        write_json(folder / FILE, asdict(self))

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read the file of the training's folder."""
        return cls(**cast(dict[str, Any], read_json(folder / FILE)))
