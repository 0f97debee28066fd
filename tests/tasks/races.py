"""Two that promote two models at random moments, against one real registry."""

import multiprocessing
import random
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from storage.audit import AuditLog
from tasks.promote import settle
from tests.tasks.two_models import NAME, TwoModels
from tracking.registry import champion

_MOST_WAIT_SECONDS = 0.6
_SECONDS = 180


@dataclass(frozen=True)
class RaceResult:
    """How a race ended.

    Attributes:
        champion: Number of the version that holds the alias.
        first: Number of the version that was decided about first.
        decisions: What the audit log says, as (kind, version, champion before).
        broken: What is wrong with the log's chain; None where nothing is.
    """

    champion: int | None
    first: int
    decisions: tuple[tuple[object, object, object], ...]
    broken: str | None

    def is_right(self, two: TwoModels) -> bool:
        """Whether the better is champion, and every decision is in the log, once, in order."""
        strong_first = (("promoted", two.strong, None), ("refused", two.weak, two.strong))
        weak_first = (("promoted", two.weak, None), ("promoted", two.strong, two.weak))
        told = self.decisions in (strong_first, weak_first)
        return told and self.champion == two.strong and self.broken is None


def race(prepared: TwoModels, home: Path, *, seed: int, in_processes: bool) -> RaceResult:
    """Let both promote at once in a copy of the prepared home.

    Args:
        prepared: Two registered models without a champion.
        home: Where the copy goes.
        seed: Decides how long each waits before it starts.
        in_processes: In two processes, else in two threads, which cost no imports.
    """
    two, chance = prepared.copied_to(home), random.Random(seed)
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["tests.tasks.races_preload"])
    line = processes.Barrier(2) if in_processes else threading.Barrier(2)
    start = processes.Process if in_processes else threading.Thread
    waits = [chance.random() * _MOST_WAIT_SECONDS for _ in range(2)]
    runners = [
        start(target=_promote, args=(two, number, wait, line))
        for number, wait in zip((two.weak, two.strong), waits, strict=True)
    ]
    for runner in runners:
        runner.start()
    for runner in runners:
        runner.join(_SECONDS)
        assert not runner.is_alive(), f"a race takes more than {_SECONDS} s"
    now, log = champion(two.store, NAME), AuditLog(home)
    told = tuple((e["kind"], e["version"], e["champion"]) for e in log.entries(NAME))
    first = told[0][1]
    assert isinstance(first, int)
    return RaceResult(now.version if now else None, first, told, log.verify())


def races(
    prepared: TwoModels, folder: Path, number: int, *, in_processes: bool
) -> Iterator[RaceResult]:
    """So many races one after the other."""
    for seed in range(number):
        yield race(prepared, folder / f"race-{seed}", seed=seed, in_processes=in_processes)


def _promote(two: TwoModels, number: int, wait: float, line: object) -> None:
    """What each racer does: get ready, wait for the other, then a random moment."""
    store, run, version = two.store, two.run(number), two.version(number)
    line.wait(_SECONDS)  # type: ignore[attr-defined]
    time.sleep(wait)
    settle(run, store, version)
