"""Which words of a text speak for which class: what changes when one is left out.

Leave-one-out (Li et al. 2016, "Understanding neural networks through representation erasure").
Of a network that sums over the words of a bag it is exactly a word's own part.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.classifying import ClassificationPredictor
from models.text.encoded import EncodedColumn, offsets_of
from storage.errors import InputError

MOST_WORDS = 2_000
"""Different words that are left out in turn, the most frequent of the text."""
_LEAST = 1e-12


@dataclass(frozen=True)
class WordShares:
    """What each word of a text does to each class.

    Attributes:
        words: W different words.
        shares: (W, K) how much the natural log of a class's chance falls without the word.
        chances: Of each class, for the whole text; the likeliest first.
        labels: The K classes.
    """

    words: list[str]
    shares: NDArray[np.float64]
    chances: dict[str, float]
    labels: tuple[str, ...]

    def strongest(
        self, most: int, *, classes: int = 3
    ) -> dict[str, dict[str, list[tuple[str, float]]]]:
        """Of the likeliest classes the words that speak most `for` and `against` it."""
        found: dict[str, dict[str, list[tuple[str, float]]]] = {}
        for label in list(self.chances)[:classes]:
            share = self.shares[:, self.labels.index(label)]
            order = np.argsort(-share, kind="stable")
            listed = [(self.words[place], float(share[place])) for place in order]
            found[label] = {
                "for": [each for each in listed[:most] if each[1] > 0],
                "against": [each for each in listed[::-1][:most] if each[1] < 0],
            }
        return found


def word_shares(predictor: ClassificationPredictor, text: str) -> WordShares:
    """Leave each different word of a text out in turn.

    Args:
        predictor: Gives classes.
        text: One text; as much of it as the network reads.

    Raises:
        InputError: If it has no word, or only one.
    """
    whole = predictor.encode([text])
    different, counts = np.unique(whole.ids, return_counts=True)
    if not whole.tokens[0] or len(different) < 2:  # noqa: PLR2004 - one left out leaves none
        raise InputError(
            f"the text has {len(different) if whole.tokens[0] else 0} words that the network "
            "tells apart; what one of them does takes two"
        )
    chosen = np.sort(different[np.argsort(-counts, kind="stable")[:MOST_WORDS]])
    chances = predictor.probabilities(whole)[0]
    without = predictor.probabilities(_without_each(whole, chosen))
    shares = np.log(np.maximum(chances, _LEAST)) - np.log(np.maximum(without, _LEAST))
    order = np.argsort(-chances, kind="stable")
    return WordShares(
        words=predictor.words_of(chosen),
        shares=shares.astype(np.float64),
        chances={predictor.labels[place]: float(chances[place]) for place in order},
        labels=predictor.labels,
    )


def _without_each(whole: EncodedColumn, chosen: NDArray[np.int32]) -> EncodedColumn:
    """One text for each chosen word: the whole one without it."""
    kept = whole.ids[None, :] != chosen[:, None]  # (W, T)
    lengths = kept.sum(axis=1).astype(np.int64)
    rows = np.zeros(len(chosen), np.int64)
    ids = np.broadcast_to(whole.ids, kept.shape)[kept]
    return EncodedColumn(ids, offsets_of(lengths), lengths, rows, rows)
