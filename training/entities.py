"""Entities behind tags that mark where one begins, goes on and ends: BIO and BIOES."""

import re
from collections.abc import Iterable, Sequence

_MARKED = re.compile(r"[BIES]-.+")
OUTSIDE = "O"


def marks_entities(tags: Iterable[str]) -> bool:
    """Whether all tags are `O` or `B-X`, `I-X`, `E-X`, `S-X`, and some entity can begin."""
    every = set(tags)
    marked = every - {OUTSIDE}
    return bool(marked) and all(_MARKED.fullmatch(tag) for tag in marked)


def entities(tags: Sequence[str]) -> set[tuple[str, int, int]]:
    """Kind, first word and the one after the last, of each entity of a sentence.

    As the CoNLL-2000 scorer reads them: an `I-X` or `E-X` that follows no word of an `X` begins
    one, so that no answer is without meaning.
    """
    found = set()
    kind, start = "", 0
    for place, tag in enumerate([*tags, OUTSIDE]):
        mark, _, named = tag.partition("-")
        begins = mark in ("B", "S") or (mark in ("I", "E") and named != kind)
        if kind and (begins or tag == OUTSIDE or not _MARKED.fullmatch(tag)):
            found.add((kind, start, place))
            kind = ""
        if begins:
            kind, start = named, place
        if kind and mark in ("E", "S"):
            found.add((kind, start, place + 1))
            kind = ""
    return found


def entity_f1(actual: Iterable[str], predicted: Iterable[str]) -> float:
    """F1 of whole entities, 0 to 1: right only with the right kind, begin and end.

    Args:
        actual: The right tags of each sentence, parted by spaces.
        predicted: The answers, likewise.
    """
    hits = found = wanted = 0
    for one, other in zip(actual, predicted, strict=True):
        right, answered = entities(one.split(" ")), entities(other.split(" "))
        hits += len(right & answered)
        found += len(answered)
        wanted += len(right)
    return 2 * hits / (found + wanted) if found + wanted else 0.0
