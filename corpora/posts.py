"""What is taken out of newsgroup posts: headers, quotes of others, signatures.

The three do what scikit-learn's `fetch_20newsgroups(remove=…)` does, so that scores compare: a
network that reads who wrote a post learns names, not topics.
"""

import re
from collections.abc import Callable, Iterable, Mapping

from configs.data import Removed

_QUOTED = re.compile(r"writes in|writes:|wrote:|says:|said:|^In article|^Quoted from|^\||^>")
_RULE = "-"


def without(text: str, removed: Iterable[Removed]) -> str:
    """The post without these parts, taken out in the order headers, footers, quotes."""
    for part, take_out in _TAKE_OUT.items():
        if part in removed:
            text = take_out(text)
    return text


def _without_headers(text: str) -> str:
    """What stands behind the first empty line; nothing where there is none."""
    return text.partition("\n\n")[2]


def _without_footers(text: str) -> str:
    """The lines above the last one that is empty or a rule of hyphens, if any stand there."""
    lines = text.strip().split("\n")
    for place in range(len(lines) - 1, 0, -1):
        if not lines[place].strip().strip(_RULE):
            return "\n".join(lines[:place])
    return text


def _without_quotes(text: str) -> str:
    """Lines that neither quote nor say who is quoted."""
    return "\n".join(line for line in text.split("\n") if not _QUOTED.search(line))


_TAKE_OUT: Mapping[Removed, Callable[[str], str]] = {
    "headers": _without_headers,
    "footers": _without_footers,
    "quotes": _without_quotes,
}
