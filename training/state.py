"""The state of a training, and checkpoints of it that are whole or not used."""

import hashlib
import logging
import os
import random
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any, cast

import torch
from torch import Tensor

from storage.errors import EnvironmentProblem
from storage.faults import fault_point
from storage.files import sync_folder

logger = logging.getLogger(__name__)

KEPT = 2
SUFFIX = ".pt"
Weights = dict[str, Tensor]
"""Tensors by name, on the processor."""


@dataclass
class Progress:
    """How far a training is, in plain numbers.

    Attributes:
        epoch: Epochs finished, validation included.
        batch: Batches done of the epoch that runs.
        batches: Batches done since the start of training.
        steps: Changes of the weights since then, by one batch or several together.
        loss_total: Sum of the running epoch's losses, natural log.
        loss_count: Predictions in that sum.
        tokens: Real tokens of the running epoch's batches.
        seconds: Time those batches took.
        best_score: Best monitored value so far, signed so that higher is better.
        best_epoch: Epoch of that score, counted from 1.
        stale_epochs: Epochs since then.
        history: One mapping of metrics per finished epoch.
        finished: Whether no epoch is left to run.
    """

    epoch: int = 0
    batch: int = 0
    batches: int = 0
    steps: int = 0
    loss_total: float = 0.0
    loss_count: int = 0
    tokens: int = 0
    seconds: float = 0.0
    best_score: float = float("-inf")
    best_epoch: int = 0
    stale_epochs: int = 0
    history: list[dict[str, float]] = field(default_factory=list)
    finished: bool = False

    def close_epoch(self, metrics: dict[str, float], *, score: float) -> bool:
        """Enter a finished epoch into the history, and start the sums of the next.

        Args:
            metrics: What the history keeps of the epoch.
            score: The monitored value; higher is better.

        Returns:
            Whether the score is the best so far.
        """
        self.epoch += 1
        self.history.append(metrics)
        self.batch = self.loss_count = self.tokens = 0
        self.loss_total = self.seconds = 0.0
        better = score > self.best_score
        if better:
            self.best_score, self.best_epoch, self.stale_epochs = score, self.epoch, 0
        else:
            self.stale_epochs += 1
        return better


@dataclass(frozen=True)
class Checkpoint:
    """All that training needs to go on exactly where it was.

    Attributes:
        progress: Position, sums, early stopping, history.
        learner: States of network, optimiser, weight average and unfinished gradient.
        random: States of the random generators.
        best: Weights of the best epoch; empty before the first validation.
    """

    progress: Progress
    learner: Mapping[str, Any]
    random: Mapping[str, Any]
    best: Weights


class Checkpoints:
    """The last two checkpoints of a training, in a folder of their own.

    A file's name holds its ordinal and the sha256 of its content, so the one rename that
    makes it visible also commits its digest.

    Args:
        folder: Made when it is needed.
        owner: Digest of what is trained; another training's checkpoints are of no use.
    """

    def __init__(self, folder: Path, *, owner: str) -> None:
        self.folder = folder
        self.owner = owner

    def write(self, checkpoint: Checkpoint) -> Path:
        """Put a checkpoint on the disk, then drop those before the last two.

        Raises:
            EnvironmentProblem: If the disk refuses; earlier checkpoints are untouched.
        """
        temporary = self.folder / "unfinished.part"
        batches = checkpoint.progress.batches
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            digest = _write_durably(temporary, self._content(checkpoint))
            fault_point("checkpoint.rename")
            path = temporary.replace(self.folder / f"{batches:010d}-{digest}{SUFFIX}")
            sync_folder(self.folder)
        except (OSError, RuntimeError) as error:
            temporary.unlink(missing_ok=True)
            # torch covers the disk's error by one of its own about its position in the file
            cause = error if isinstance(error, OSError) else error.__context__
            if not isinstance(cause, OSError):
                raise
            raise EnvironmentProblem(
                f"the checkpoint after batch {batches} could not be written to {self.folder}: "
                f"{cause.strerror}; make room there or move SEQFLOW_HOME, then give the same "
                f"command: it goes on from the checkpoint before"
            ) from error
        for old in self._newest_first()[KEPT:]:
            old.unlink(missing_ok=True)
        return path

    def newest(self) -> Checkpoint | None:
        """The newest whole checkpoint of this training; None where there is none.

        A file that cannot be used is removed with a warning, and the one before it is taken.
        """
        for path in self._newest_first():
            content = _read_whole(path)
            if content is not None and content["owner"] == self.owner:
                progress = Progress(**content["progress"])
                return Checkpoint(
                    progress, content["learner"], content["random"], content["best"]
                )
            reason = "is damaged" if content is None else "belongs to another training"
            logger.warning("checkpoint %s %s; trying the one before it", path.name, reason)
            path.unlink()
        return None

    def remove(self) -> None:
        """Remove them all: the training has ended well."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _content(self, checkpoint: Checkpoint) -> dict[str, Any]:
        return {
            "owner": self.owner,
            "progress": asdict(checkpoint.progress),
            "learner": checkpoint.learner,
            "random": checkpoint.random,
            "best": checkpoint.best,
        }

    def _newest_first(self) -> list[Path]:
        """By batches done, then by time: a damaged file may have a successor of equal rank."""
        files = self.folder.glob(f"*{SUFFIX}")
        rank = {path: (path.name.partition("-")[0], path.stat().st_mtime_ns) for path in files}
        return sorted(rank, key=rank.__getitem__, reverse=True)


def _write_durably(path: Path, content: Mapping[str, Any]) -> str:
    """Write and flush to the disk; sha256 of what was written, in hex."""
    with path.open("wb") as file:
        writer = _HashingWriter(file)
        torch.save(content, cast(IO[bytes], writer))
        file.flush()
        os.fsync(file.fileno())
    return writer.digest.hexdigest()


def _read_whole(path: Path) -> Mapping[str, Any] | None:
    """The content of a checkpoint, or None if it is not what the file's name promises."""
    with path.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != path.stem.partition("-")[2]:
            return None
        file.seek(0)
        content: Mapping[str, Any] = torch.load(file, map_location="cpu", weights_only=True)
    return content


class _HashingWriter:
    """Passes bytes on to a file and digests them on the way, so that none is read again."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._halfway = False
        self.digest = hashlib.sha256()

    def write(self, data: bytes) -> int:
        if self._file.tell() > 0 and not self._halfway:
            self._halfway = True
            fault_point("checkpoint.write")
        self.digest.update(data)
        return self._file.write(data)

    def flush(self) -> None:
        self._file.flush()


def seed_generators(seed: int) -> None:
    """Begin all generators that training may draw from anew."""
    torch.manual_seed(seed)
    random.seed(seed)


def random_states() -> dict[str, Any]:
    """States of all generators that training may draw from.

    The order of batches needs none: it is a pure function of seed and epoch.
    """
    on_gpu = torch.cuda.is_initialized()  # type: ignore[no-untyped-call]
    cuda = torch.cuda.get_rng_state() if on_gpu else None
    return {"torch": torch.get_rng_state(), "cuda": cuda, "python": random.getstate()}


def restore_random_states(states: Mapping[str, Any]) -> None:
    """Set all generators to what :func:`random_states` returned."""
    torch.set_rng_state(states["torch"])
    if states["cuda"] is not None:
        torch.cuda.set_rng_state(states["cuda"])
    random.setstate(states["python"])


def on_processor(weights: Mapping[str, Tensor]) -> Weights:
    """A copy of the tensors in processor memory, apart from what goes on being trained."""
    return {name: tensor.detach().cpu().clone() for name, tensor in weights.items()}
