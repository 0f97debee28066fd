"""The simplest tokenizer: words by frequency, numbered from 1, and unknown ones left out."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from models.first_principles.walks import Shown

_WORD = re.compile(r"\w+")


def words_of(text: str) -> list[str]:
    """Runs of letters and digits, in lower case."""
    return _WORD.findall(text.lower())


def word_index(texts: Sequence[str]) -> dict[str, int]:
    """Number of each word, from 1: the most frequent first, among equals the earlier one.

    0 stays free for padding.
    """
    counts = Counter(word for text in texts for word in words_of(text))
    return {word: number for number, (word, _) in enumerate(counts.most_common(), start=1)}


def to_numbers(text: str, index: Mapping[str, int]) -> list[int]:
    """Numbers of the text's words; what the index does not know is dropped."""
    return [index[word] for word in words_of(text) if word in index]


def walk() -> Iterator[Shown]:
    """Two sentences make an index, which then numbers two others."""
    texts = [
        "if you say yes, I will delightfully agree. If you say no, I will painfully do so."
    ]
    yield Shown("text", texts[0], "what the index is made of")
    yield Shown("words", " ".join(words_of(texts[0])), "lower case, without punctuation")
    index = word_index(texts)
    listed = ", ".join(f"{word} {number}" for word, number in index.items())
    yield Shown("index", listed, "by frequency, then by first occurrence")
    yield Shown("size", len(index), "different words")
    for text, how in (
        ("if you say so", "each word's number"),
        (
            "I hope you agree",
            "'hope' is unknown and leaves no trace, which hides it from the "
            "network; seqflow's tokenizers give unknown words an id of their own",
        ),
    ):
        numbers = " ".join(map(str, to_numbers(text, index)))
        yield Shown(f"numbers of {text!r}", numbers, how)
