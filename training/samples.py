"""Texts that a network writes while it is trained, so that people see it learn."""

from pathlib import Path
from typing import Any

from torch import nn

from storage.files import write_text
from training.history import RunSink
from training.problems.base import Problem

FOLDER = "samples"


def keep_sample(
    problem: Problem[Any], network: nn.Module, folder: Path, epoch: int, *, sink: RunSink
) -> None:
    """Write `samples/epoch-0001.txt`, where the problem has anything to show.

    Args:
        problem: What is trained.
        network: In evaluation mode.
        folder: The training's.
        epoch: Counted from 1.
        sink: Is told of the file.
    """
    text = problem.sample(network)
    if text is None:
        return
    path = folder / FOLDER / f"epoch-{epoch:04d}.txt"
    write_text(path, text + "\n")
    sink.artifact(path, FOLDER)
