"""One training at a time on a machine's GPU."""

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from storage import progress
from storage.errors import EnvironmentProblem
from storage.locks import locked
from training.device import Device


@contextmanager
def gpu_turn(device: Device) -> Iterator[None]:
    """Hold the visible GPU while the block runs, waiting for it first; processors are free.

    Home folders share a machine's GPU, so the lock lies in the folder of temporary files.
    """
    with ExitStack() as held:
        if device == "cuda":
            _wait(held, lock_path())
        yield


def lock_path() -> Path:
    """The lock of this user's trainings on the GPUs that `CUDA_VISIBLE_DEVICES` shows."""
    visible = re.sub(r"[^\w-]+", "-", os.environ.get("CUDA_VISIBLE_DEVICES", "all"))
    return Path(tempfile.gettempdir()) / f"seqflow-gpu-{os.getuid()}-{visible}.lock"


def _wait(held: ExitStack, path: Path) -> None:
    try:
        held.enter_context(locked(path, timeout_seconds=0))
    except EnvironmentProblem:
        progress.advanced("train", 0, note="waits for the GPU, on which another training runs")
        held.enter_context(locked(path))
