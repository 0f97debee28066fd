"""What simple methods reach in tagging: the most frequent tag, of all words or of each word.

A word that training does not know gets the tag that is most frequent after its longest known
suffix, among words of its shape.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from models.text.tokenizers import given_words
from training.baselines import Baseline, Texts

LONGEST_SUFFIX = 5
RARE = 10
"""Words seen so often at most tell what an unknown word is like (Brants 2000, section 2.3)."""


def tagging_baselines(train: pd.DataFrame, test: Texts) -> list[Baseline]:
    """Answers of the most frequent tag, and of the most frequent tag of each word.

    Args:
        train: Columns tokens and tags.
        test: The sentences to tag.
    """
    words = given_words(train["tokens"], lowercase=False)
    tags = given_words(train["tags"], lowercase=False)
    seen = pd.DataFrame({"word": words.indices, "tag": tags.indices})
    counts = seen.value_counts(sort=False).reset_index(name="count")
    total = counts.groupby("tag")["count"].sum()
    names, spelt = tags.words.to_pylist(), words.words.to_pylist()
    common = names[min(total.index[total == total.max()], key=names.__getitem__)]
    ordered = counts.sort_values(["word", "count", "tag"], ascending=[True, False, True])
    best = ordered.drop_duplicates("word")
    of_word = dict(
        zip([spelt[i] for i in best["word"]], [names[i] for i in best["tag"]], strict=True)
    )
    guesses = _Guesses.of(counts, spelt, names, common=common)
    asked = given_words(test, lowercase=False)
    of_asked = [of_word.get(word) or guesses.tag(word) for word in asked.words.to_pylist()]
    every = np.array(of_asked, dtype=object)[asked.indices]
    ends = asked.offsets.tolist()
    rows = [" ".join(every[a:b]) for a, b in zip(ends, ends[1:], strict=False)]
    always = [" ".join([common] * int(length)) for length in asked.lengths]
    share = total.max() / total.sum()
    return [
        Baseline("majority", _array(always), f"always {common}, {share:.2f} of the words"),
        Baseline(
            "frequent_tag",
            _array(rows),
            f"the most frequent tag of each of {len(of_word):,} words; of unknown ones, that "
            f"after their last one to {LONGEST_SUFFIX} letters in words seen {RARE} times at "
            f"most",
        ),
    ]


class _Guesses:
    """Tags of words that training does not have, by shape and suffix.

    Args:
        tags: The most frequent tag by (shape, suffix).
        common: The tag where there is none.
    """

    def __init__(self, tags: Mapping[tuple[str, str], str], *, common: str) -> None:
        self._tags = tags
        self._common = common

    @classmethod
    def of(
        cls, counts: pd.DataFrame, words: Sequence[str], tags: Sequence[str], *, common: str
    ) -> "_Guesses":
        """Learn from counts (columns word, tag and count, the first two as places)."""
        rare = counts.groupby("word")["count"].transform("sum") <= RARE
        seen: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        columns = ("word", "tag", "count")
        for word, tag, count in zip(*(counts.loc[rare, c] for c in columns), strict=True):
            for key in _keys(words[word]):
                seen[key][tags[tag]] += count
        return cls(
            {key: min(c, key=lambda tag: (-c[tag], tag)) for key, c in seen.items()},
            common=common,
        )

    def tag(self, word: str) -> str:
        """Of the longest suffix that is known for its shape."""
        for key in _keys(word):
            if key in self._tags:
                return self._tags[key]
        return self._common


def _keys(word: str) -> list[tuple[str, str]]:
    """Shape and suffix, the longest suffix first, at last the shape alone."""
    shape = "capital" if word[:1].isupper() else "plain"
    if any(sign.isdigit() for sign in word):
        shape = "number"
    lower = word.lower()
    longest = min(LONGEST_SUFFIX, len(lower))
    return [(shape, lower[-length:] if length else "") for length in range(longest, -1, -1)]


def _array(rows: Sequence[str]) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    return np.array(rows, dtype=object)
