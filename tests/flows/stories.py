"""Made-up running text for tests."""

from collections.abc import Iterable

PEOPLE = (
    ("Anna", "market", "late"),
    ("Ben", "sea", "never"),
    ("Carla", "old house", "at once"),
)


def story(numbers: Iterable[int]) -> str:
    """Three short paragraphs for each number."""
    return "".join(
        f"{name} went to the {place} number {number}, and came back {when}.\n\n"
        for number in numbers
        for name, place, when in PEOPLE
    )
