"""What the doctor tells."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """Something that breaks, or will surprise.

    Attributes:
        problem: What was seen.
        cure: What to do.
        blocking: Whether something will not work until then.
    """

    problem: str
    cure: str
    blocking: bool = True
