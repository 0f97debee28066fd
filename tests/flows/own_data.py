"""Commands as a person types them, against the servers of the tests."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from cli.server_files import client_environment

Typed = Callable[..., str]


def typed_in(home: Path) -> Typed:
    """What `seqflow` prints for some words; its exit code must be `status`."""
    environment = {**os.environ, **client_environment(home), "SEQFLOW_HOME": str(home)}

    def seqflow(*words: str | Path, status: int = 0) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "cli.main", *map(str, words)],
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == status, f"{words}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr
        return done.stdout

    return seqflow
