"""Two processes that promote two models at random moments, against one real registry."""

import multiprocessing
import os
import random
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


def race(prepared: TwoModels, home: Path, *, seed: int) -> RaceResult:
    """Let both promote at once in a copy of the prepared home.

    Args:
        prepared: Two registered models without a champion.
        home: Where the copy goes.
        seed: Decides how long each waits before it starts.
    """
    two, chance = prepared.copied_to(home), random.Random(seed)
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload([__name__])
    line = processes.Barrier(2)
    runners = [
        processes.Process(
            target=_promote, args=(two, number, chance.random() * _MOST_WAIT_SECONDS, line)
        )
        for number in (two.weak, two.strong)
    ]
    for runner in runners:
        runner.start()
    for runner in runners:
        runner.join(_SECONDS)
        assert runner.exitcode == 0, f"a racing process ended with {runner.exitcode}"
    now, log = champion(two.store, NAME), AuditLog(home)
    told = tuple((e["kind"], e["version"], e["champion"]) for e in log.entries(NAME))
    first = told[0][1]
    assert isinstance(first, int)
    return RaceResult(now.version if now else None, first, told, log.verify())


def races(prepared: TwoModels, folder: Path, number: int) -> Iterator[RaceResult]:
    """So many races one after the other."""
    for seed in range(number):
        yield race(prepared, folder / f"race-{seed}", seed=seed)


def _promote(two: TwoModels, number: int, wait: float, line: object) -> None:
    """What a racing process does: get ready, wait for the other, then a random moment."""
    os.environ["PREFECT_HOME"] = str(two.home / "prefect")
    for name in ("PREFECT_API_URL", "MLFLOW_TRACKING_URI"):
        os.environ.pop(name, None)
    store, run, version = two.store, two.run(number), two.version(number)
    line.wait(_SECONDS)  # type: ignore[attr-defined]
    time.sleep(wait)
    settle(run, store, version)
