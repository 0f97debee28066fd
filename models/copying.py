"""Unknown words of a translation, replaced by the source words that the network looked at.

As Jean et al. 2015, "On Using Very Large Target Vocabulary for Neural Machine Translation",
do: the word with the largest weight of attention is copied.
"""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from models.decoding import Hypothesis, StateT, Step, attention_to
from models.text.tokenizers import TokenColumn
from models.text.vocabulary import BOS_ID, UNKNOWN_ID


def copied(
    step: Step[StateT],
    state: StateT,
    written: Sequence[Sequence[Hypothesis]],
    sources: TokenColumn,
    *,
    rows: NDArray[np.int64],
    first_id: int,
) -> list[list[Hypothesis]]:
    """The hypotheses with another id in place of each unknown word.

    Args:
        step: What wrote them.
        state: Where it started, one row for each source.
        written: Hypotheses of each row.
        sources: The words of many sources, with the marks of written ones, so that a sign
            touches its neighbours as it did in the source.
        rows: (B,) which source each row is.
        first_id: The id that stands for the first of `sources.words`; the next follow.

    Returns:
        The same where nothing attends.
    """
    found = [list(hypotheses) for hypotheses in written]
    holding = [
        (row, rank)
        for row, hypotheses in enumerate(found)
        for rank, one in enumerate(hypotheses)
        if UNKNOWN_ID in one.ids
    ]
    if not holding:
        return found
    sentences = torch.tensor([row for row, _ in holding], device=state.device)
    ids = [found[row][rank].ids for row, rank in holding]
    weights = attention_to(step, state.select(sentences), ids, bos_id=BOS_ID)
    if weights is None:
        return found
    for (row, rank), looked in zip(holding, weights.argmax(dim=2).tolist(), strict=True):
        one, begin = found[row][rank], sources.offsets[rows[row]]
        found[row][rank] = one._replace(
            ids=[
                first_id + int(sources.indices[begin + at]) if token == UNKNOWN_ID else token
                for token, at in zip(one.ids, looked, strict=False)  # padded to the longest
            ]
        )
    return found
