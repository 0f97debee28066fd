"""The course of a training by epochs, as written beside its bundle."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol, Self, cast

from configs.promotion import sign_of
from configs.training import TrainingConfig
from storage.files import read_json, write_json

FILE = "history.json"
VALIDATION = "validation/"


class MetricSink(Protocol):
    """Whoever keeps the figures of a run."""

    def metric(self, key: str, value: float, *, step: int | None = None) -> None:
        """Keep a figure; step is the epoch, counted from 1."""
        ...


class RunSink(MetricSink, Protocol):
    """Whoever keeps the figures and the files of a run."""

    def artifact(self, path: Path, to: str) -> None:
        """Keep a file under the artifact path `to`."""
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


def monitored(
    metrics: Mapping[str, float], training: TrainingConfig, *, headline: str
) -> float:
    """The value that epochs are compared by, signed so that higher is better."""
    name = "loss" if training.monitor == "loss" else headline
    return sign_of(name) * metrics[VALIDATION + name]
