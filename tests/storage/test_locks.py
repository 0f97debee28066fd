"""Locks hold across processes and end with their owner."""

import subprocess
import sys
from pathlib import Path

import pytest

from storage.errors import EnvironmentProblem
from storage.locks import locked


def holder(path: Path) -> subprocess.Popen[str]:
    script = (
        "import time; from pathlib import Path; from storage.locks import locked\n"
        f"with locked(Path({str(path)!r})):\n    print('held', flush=True)\n    time.sleep(60)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_held_lock_names_its_owner_and_a_killed_owner_frees_it(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    process = holder(path)
    with (
        pytest.raises(EnvironmentProblem, match=f"held by process {process.pid} .* stop it"),
        locked(path, timeout_seconds=0.2),
    ):
        pass
    process.kill()
    process.wait()
    with locked(path, timeout_seconds=2):
        pass
