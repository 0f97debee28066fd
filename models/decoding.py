"""Writing sentences word by word: decoding knows scores and ids, not networks."""

from collections.abc import Callable
from typing import NamedTuple, Protocol, TypeVar

import torch
from torch import Tensor


class DecodingState(Protocol):
    """What a step needs to go on; decoding asks only how many rows there are, and where."""

    @property
    def rows(self) -> int:
        """Sentences in the batch."""

    @property
    def device(self) -> torch.device:
        """Device of the scores."""


StateT = TypeVar("StateT", bound=DecodingState)


class Hypothesis(NamedTuple):
    """One written sentence.

    Attributes:
        ids: Its tokens, without begin and end of sentence.
        score: Log-probability (natural log) of the tokens and of the end, if it came.
        finished: Whether the end of sentence came before the limit.
    """

    ids: list[int]
    score: float
    finished: bool


def greedy(
    step: Callable[[Tensor, StateT], tuple[Tensor, StateT]],
    state: StateT,
    *,
    bos_id: int,
    eos_id: int,
    max_tokens: int,
) -> list[Hypothesis]:
    """Take the best-scored token at each step, until every row has ended.

    Args:
        step: From the (B,) int64 last tokens and a state to (B, V) logits and the next
            state.
        state: Where to start.
        bos_id: The first input of each row.
        eos_id: Ends a row; what a step says of an ended row is not used.
        max_tokens: Most steps; a row that has not ended by then is left as it is.
    """
    tokens = torch.full((state.rows,), bos_id, dtype=torch.int64, device=state.device)
    scores = torch.zeros(state.rows, dtype=torch.float64, device=state.device)
    ended = torch.zeros(state.rows, dtype=torch.bool, device=state.device)
    written = []
    for _ in range(max_tokens):
        logits, state = step(tokens, state)
        best, tokens = logits.max(dim=1)
        # the whole of the scores is only needed to normalise the one that is taken
        taken = best.double() - logits.logsumexp(dim=1).double()
        scores += taken.masked_fill(ended, 0.0)
        ended = ended | (tokens == eos_id)
        written.append(tokens)
        if bool(ended.all()):
            break
    rows = torch.stack(written, dim=1).tolist()
    return [
        Hypothesis(ids=_until(eos_id, row), score=score, finished=finished)
        for row, score, finished in zip(rows, scores.tolist(), ended.tolist(), strict=True)
    ]


def _until(end: int, ids: list[int]) -> list[int]:
    return ids[: ids.index(end)] if end in ids else ids
