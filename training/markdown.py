"""Pieces of Markdown that no text from the data can break."""

import re
from collections.abc import Iterable, Sequence

_SPECIAL = re.compile(r"([\\`*_\[\]<>|~$]|&(?=#?\w+;))")
_SPACES = re.compile(r"\s+")


def quoted(text: str, *, longest: int = 120) -> str:
    """Text from the data on one line, cut at so many characters, its signs disarmed."""
    line = _SPACES.sub(" ", text).strip()
    if len(line) > longest:
        line = f"{line[: longest - 1]}…"
    return _SPECIAL.sub(r"\\\1", line)


def capitalised(sentence: str) -> str:
    """The sentence with a capital first letter, the others as they are."""
    return sentence[:1].upper() + sentence[1:]


def table(head: Sequence[str], rows: Iterable[Sequence[str]], *, left: int = 1) -> list[str]:
    """Lines of a table; the first `left` columns are set left, the others right."""
    rule = [":--" if place < left else "--:" for place in range(len(head))]
    return ["| " + " | ".join(cells) + " |" for cells in (head, rule, *rows)]
