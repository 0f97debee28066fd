"""How a benchmark's result is kept: a Markdown page with command, date, commit and machine."""

import os
import platform
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from storage.files import write_text
from tracking.runs import git_state
from training.device import Machine

RESULTS = Path(__file__).parent / "results"


def write_page(
    name: str,
    title: str,
    *,
    head: Sequence[str],
    rows: Iterable[Sequence[str]],
    notes: str,
    module: str | None = None,
) -> Path:
    """Write `results/<name>.md`: one table, and what is needed to make it again.

    The module that did is called as the page, unless another is named.
    """
    git = git_state(Path(__file__).parent)
    commit = "unknown" if git is None else git.commit[:12] + (" + changes" if git.dirty else "")
    words = " ".join([f"python -m benchmarks.{module or name}", *sys.argv[1:]])
    lines = [
        f"# {title}",
        "",
        f"`{words}`, {datetime.now(UTC):%Y-%m-%d}, commit {commit}, {_machine()}",
        "",
        f"| {' | '.join(head)} |",
        f"|{'---|' * len(head)}",
        *(f"| {' | '.join(row)} |" for row in rows),
        "",
        notes,
        "",
    ]
    path = RESULTS / f"{name}.md"
    write_text(path, "\n".join(lines))
    return path


def _machine() -> str:
    """Processor, GPU if torch can use one, and what ran there."""
    here = Machine.here()
    parts = [f"{os.cpu_count()} cores ({platform.machine()})"]
    if here.can_use_gpu:
        import torch

        parts.append(torch.cuda.get_device_name())
    return ", ".join(
        [*parts, f"Python {platform.python_version()}, torch {here.torch_version}"]
    )
