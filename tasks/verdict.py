"""What a flow gives back: the model, its version, and what to think of it."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Verdict:
    """The outcome of a train flow, small enough to travel and to print.

    Attributes:
        experiment: Name of the experiment.
        model: Name in the registry.
        version: Registered version; None while the store could not be reached.
        alias: `champion` or `challenger`, or None.
        sentence: Did it get better, and can it be trusted, in one line.
        report: The report a person reads.
        run: The run's journal folder name.
        link: Comparison of the experiment's last runs; None without a store.
        promotion: Why it was promoted or refused; empty while that is not decided.
    """

    experiment: str
    model: str
    version: int | None
    alias: str | None
    sentence: str
    report: Path
    run: str
    link: str | None
    promotion: str = ""
