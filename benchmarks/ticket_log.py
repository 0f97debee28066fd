"""A log of support tickets in CSV form, made so that the best possible guess is known.

What follows depends on the last event, on how late an answer came, and on whether the ticket
was ever escalated; so neither the last event alone nor counts of events tell it.
"""

import csv
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

COLUMNS = ("ticket", "activity", "completed")
_LATE = 24.0  # hours
_LONGEST = 30
_ENDS = ("close", "reject")
_NEXT: Mapping[str, Mapping[str, float]] = {
    "open": {"assign": 0.9, "reject": 0.1},
    "assign": {"ask": 0.6, "resolve": 0.3, "escalate": 0.1},
    "ask": {"answer": 0.8, "remind": 0.2},
    "remind": {"answer": 0.75, "close": 0.25},
    "early answer": {"resolve": 0.85, "ask": 0.15},
    "late answer": {"escalate": 0.85, "ask": 0.15},
    "escalate": {"resolve": 0.8, "ask": 0.2},
    "resolve": {"close": 0.85, "reopen": 0.15},
    "resolve after escalation": {"review": 0.9, "close": 0.1},
    "review": {"close": 0.9, "reopen": 0.1},
    "reopen": {"assign": 0.9, "escalate": 0.1},
}
"""Chances of what follows, by what is the case."""


def write_tickets(path: Path, *, cases: int, seed: int) -> dict[tuple[int, int], float]:
    """Write the log; the chance of the best guess, by case and number of events before it."""
    random = np.random.default_rng(seed)
    best: dict[tuple[int, int], float] = {}
    rows = []
    for case in range(cases):
        time = datetime(2025, 1, 1) + timedelta(hours=float(random.uniform(0, 8_760)))
        events, gap = ["open"], 0.0
        rows.append((case, "open", time.isoformat(" ", "seconds")))
        while events[-1] not in _ENDS and len(events) < _LONGEST:
            chances = _NEXT[_standing(events, gap)]
            best[case, len(events)] = max(chances.values())
            events.append(str(random.choice(list(chances), p=list(chances.values()))))
            median = _LATE if events[-1] == "answer" else 2.0
            gap = float(random.lognormal(np.log(median), 1.0))
            time += timedelta(hours=gap)
            rows.append((case, events[-1], time.isoformat(" ", "seconds")))
    random.shuffle(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([COLUMNS, *rows])
    return best


def _standing(events: list[str], gap: float) -> str:
    """What the next event depends on."""
    last = events[-1]
    if last == "answer":
        return "late answer" if gap > _LATE else "early answer"
    if last == "resolve" and "escalate" in events:
        return "resolve after escalation"
    return last
