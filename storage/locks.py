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
    the file itself stays, and only who holds the lock may remove it.

    Args:
        path: Lock file; made when absent. It holds the owner's process id for people.
        timeout_seconds: How long to wait; None waits for ever.

    Raises:
        EnvironmentProblem: If another process still holds the lock after the wait.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    deadline = None if timeout_seconds is None else time.monotonic() + timeout_seconds
    descriptor = _opened(path)
    try:
        _acquire(descriptor, path, timeout_seconds, deadline)
        while not _is_still(descriptor, path):
            # its holder removed the file: a lock on it would keep nobody out
            os.close(descriptor)
            descriptor = _opened(path)
            _acquire(descriptor, path, timeout_seconds, deadline)
        os.ftruncate(descriptor, 0)
        os.write(descriptor, str(os.getpid()).encode())
        yield
    finally:
        os.close(descriptor)


def _opened(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT, 0o644)


def _is_still(descriptor: int, path: Path) -> bool:
    """Whether the path still names the file that is open."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def _acquire(
    descriptor: int, path: Path, timeout_seconds: float | None, deadline: float | None
) -> None:
    if timeout_seconds is None or deadline is None:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        return
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
