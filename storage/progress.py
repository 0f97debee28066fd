"""What a run is doing, told to whoever shows it; nobody listening costs nothing."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True)
class Started:
    """A step begins."""

    step: str


@dataclass(frozen=True)
class Advanced:
    """A step has done so much of a total; total 0 means unknown."""

    step: str
    done: int
    total: int
    note: str


@dataclass(frozen=True)
class Finished:
    """A step ended, by work or by reuse, with one line that sums it up."""

    step: str
    summary: str
    seconds: float
    reused: bool
    reason: str


@dataclass(frozen=True)
class Noted:
    """Something about a step that ended, which a person should see."""

    step: str
    note: str


Event = Started | Advanced | Finished | Noted
Listener = Callable[[Event], None]
_listeners: list[Listener] = []


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Send every event of this process to the listener while the block runs."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)


@contextmanager
def unheard() -> Iterator[None]:
    """Keep the events of the block to itself: it is part of something that tells its own."""
    listeners = _listeners.copy()
    _listeners.clear()
    try:
        yield
    finally:
        _listeners[:] = listeners


def started(step: str) -> None:
    """Tell that a step begins."""
    _tell(Started(step))


def advanced(step: str, done: int, total: int = 0, note: str = "") -> None:
    """Tell how far a step is; units are the step's own."""
    _tell(Advanced(step, done, total, note))


def finished(
    step: str, summary: str, *, seconds: float, reused: bool = False, reason: str = ""
) -> None:
    """Tell that a step ended, in one line."""
    _tell(Finished(step, summary, seconds, reused, reason))


def noted(step: str, note: str) -> None:
    """Tell something about a step that ended, in one line."""
    _tell(Noted(step, note))


def _tell(event: Event) -> None:
    for listener in tuple(_listeners):
        listener(event)
