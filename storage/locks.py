"""Locks that hold across processes and die with their owner."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from storage.errors import EnvironmentProblem

_POLL_SECONDS = 0.05


@contextmanager
def locked(path: Path, *, timeout_seconds: float | None = None) -> Iterator[None]:
    """Hold an exclusive lock on the file while the block runs.

    The kernel frees it when the owner ends, however it ends, so no stale lock can remain;
    the file itself stays.

    Args:
        path: Lock file; made when absent. It holds the owner's process id for people.
        timeout_seconds: How long to wait; None waits for ever.

    Raises:
        EnvironmentProblem: If another process still holds the lock after the wait.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        _acquire(descriptor, path, timeout_seconds)
        os.ftruncate(descriptor, 0)
        os.write(descriptor, str(os.getpid()).encode())
        yield
    finally:
        os.close(descriptor)


def _acquire(descriptor: int, path: Path, timeout_seconds: float | None) -> None:
    if timeout_seconds is None:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        return
    deadline = time.monotonic() + timeout_seconds
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                owner = path.read_text(encoding="utf-8", errors="replace") or "unknown"
                raise EnvironmentProblem(
                    f"{path} is held by process {owner} for more than {timeout_seconds:g} s; "
                    "wait for that process or stop it"
                ) from None
            time.sleep(_POLL_SECONDS)
        else:
            return
