"""Stopping at a safe place: a signal asks, the loop answers between two batches."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGTERM, signal.SIGINT)

_requested: int | None = None


def request_stop(signal_number: int = signal.SIGTERM) -> None:
    """Ask the running training to stop after its batch, with a checkpoint.

    For callers with handlers of their own, and for training outside the main thread, where
    Python allows no handler.
    """
    global _requested
    _requested = signal_number


def stop_requested() -> int | None:
    """The signal that asked for a stop, or None."""
    return _requested


@contextmanager
def stopping_on_signals() -> Iterator[None]:
    """Let the first SIGTERM or SIGINT ask for a stop; the second one acts as it did before."""
    global _requested
    main = threading.current_thread() is threading.main_thread()
    before = {number: signal.getsignal(number) for number in SIGNALS} if main else {}

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def ask(number: int, frame: FrameType | None) -> None:
        restore()
        request_stop(number)

    for number in before:
        signal.signal(number, ask)
    try:
        yield
    finally:
        restore()
        _requested = None
