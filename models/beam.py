"""Beam search: of many ways to write a sentence, those that are likeliest as a whole.

Axes: B sentences, N of them still in the batch, W hypotheses of each, K most hypotheses of
each, C candidates of one hypothesis, V vocabulary.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.decoding import Hypothesis, StateT, Step, limits_of, permitted

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_DEAD = float("-inf")


@dataclass(frozen=True)
class Beam:
    """What to search for.

    Attributes:
        size: K, the hypotheses kept while writing.
        length_penalty: Hypotheses are compared by their score over their length to this
            power; see :meth:`Hypothesis.normalised`.
        n_best: How many are wanted of each sentence.

    Raises:
        ValueError: If a number is out of its range.
    """

    size: int
    length_penalty: float = 1.0
    n_best: int = 1

    def __post_init__(self) -> None:
        if self.size < 1:
            raise ValueError(f"a beam holds at least 1 hypothesis, not {self.size}")
        if not 1 <= self.n_best <= self.size:
            raise ValueError(
                f"a beam of {self.size} gives its best 1 to {self.size} hypotheses, not "
                f"{self.n_best}; widen the beam or ask for fewer"
            )
        if not 0 <= self.length_penalty < float("inf"):
            raise ValueError(f"a length penalty is at least 0, not {self.length_penalty:g}")


def beam_search(
    step: Step[StateT],
    state: StateT,
    *,
    beam: Beam,
    bos_id: int,
    eos_id: int,
    max_tokens: int | Tensor,
    never: Sequence[int] = (),
) -> list[list[Hypothesis]]:
    """The best hypotheses of each row, best first, at least one.

    Each step extends the K hypotheses of a sentence by every token. Of all these, the ones
    among the K best that end are done; the K best that do not end go on. A sentence leaves
    the batch when K hypotheses are done, at its limit, or as soon as none that goes on could
    come among the n best; so its answers do not depend on the other sentences, and stopping
    early changes none. Hypotheses without an end come last, and only where too few have one.
    Of equal ones the better before the step comes first, then the lower id.

    Args:
        step: See `Step`; called with one row for each sentence, then with W.
        state: Where to start, one row for each sentence.
        beam: What to search for.
        bos_id: The first input of each row; never written.
        eos_id: Ends a hypothesis.
        max_tokens: Most steps of all rows, or (B,) of each.
        never: Other tokens that are never written.

    Raises:
        ValueError: If a row may not take a single step.
    """
    search = _Search(beam, limits_of(max_tokens, state).numpy())
    device = state.device
    tokens = torch.full((state.rows,), bos_id, device=device)
    scores = torch.zeros((state.rows, 1), dtype=torch.float64, device=device)  # (N, W)
    while len(search.live):
        raw, state = step(tokens, state)  # (N * W, V)
        grown = _grow(permitted(raw, (bos_id, *never)), scores, size=beam.size, eos_id=eos_id)
        staying = search.take(grown)
        if not len(staying):
            break
        kept = torch.from_numpy(staying).to(device)
        rows = (kept.unsqueeze(1) * scores.shape[1] + grown.parents[kept]).flatten()  # (N * W,)
        all_stay = len(kept) == len(scores) and len(rows) == state.rows
        state = state.reorder(rows) if all_stay else state.select(rows)
        tokens, scores = grown.tokens[kept].flatten(), grown.scores[kept]
    return search.best()


class _Grown(NamedTuple):
    """Hypotheses after a step, on the device.

    Attributes:
        tokens: (N, W) int64, what those that go on wrote last; best first.
        parents: (N, W) int64, which hypothesis before the step each goes on from.
        scores: (N, W) float64, their log-probabilities; minus infinity: there is none.
        ends: (N, E) float64, log-probabilities of those that ended; minus infinity: none.
        end_parents: (N, E) int64.
    """

    tokens: Tensor
    parents: Tensor
    scores: Tensor
    ends: Tensor
    end_parents: Tensor


def _grow(raw: Tensor, scores: Tensor, *, size: int, eos_id: int) -> _Grown:
    """Extend each hypothesis by every token.

    Args:
        raw: (N * W, V), unnormalised scores of the tokens.
        scores: (N, W), the hypotheses' own.
        size: K.
        eos_id: Ends a hypothesis.
    """
    # one of a hypothesis' tokens ends it, so K + 1 hold the K best that do not
    values, ids = _best(raw, size + 1)  # (N * W, C)
    gained = values.double() - raw.logsumexp(dim=1, keepdim=True).double()
    total = (scores.flatten().unsqueeze(1) + gained).nan_to_num_(nan=_DEAD, neginf=_DEAD)
    total, order = total.view(len(scores), -1).sort(dim=1, descending=True, stable=True)
    ids = ids.view(total.shape).gather(1, order)  # (N, W * C)
    parents = order // values.shape[1]
    ended = ids == eos_id
    going, order = total.masked_fill(ended, _DEAD).sort(dim=1, descending=True, stable=True)
    order = order[:, :size]
    return _Grown(
        tokens=ids.gather(1, order),
        parents=parents.gather(1, order),
        scores=going[:, :size],
        ends=total[:, :size].masked_fill(~ended[:, :size], _DEAD),
        end_parents=parents[:, :size],
    )


def _best(scores: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """The so many best of each row, by id, and their ids; of equal ones the lowest ids.

    `topk` takes any of equal ones on the processor, so where the last place is tied the rows
    are sorted; on an accelerator it takes the first, and asking would have to wait for it.
    """
    count = min(count, scores.shape[1])
    values, ids = scores.topk(min(count + 1, scores.shape[1]), dim=1)
    if scores.device.type == "cpu" and bool((values[:, count - 1] == values[:, -1]).any()):
        values, ids = scores.sort(dim=1, descending=True, stable=True)
    ids = ids[:, :count].sort(dim=1).values
    return scores.gather(1, ids), ids


class _Taken(NamedTuple):
    """A step, on the CPU: `sentences` (N,) and the fields of `_Grown`."""

    sentences: Ints
    tokens: Ints
    parents: Ints
    scores: Floats
    ends: Floats
    end_parents: Ints


class _Found(NamedTuple):
    """A hypothesis: how many tokens it wrote, its rank after the last of them, its score."""

    tokens: int
    rank: int
    score: float


class _Search:
    """How far each sentence is, and all that was written; arrays on the CPU.

    Attributes:
        live: (N,) the sentences that go on, ascending.
    """

    def __init__(self, beam: Beam, limits: Ints) -> None:
        self._beam = beam
        self._limits = limits  # (B,)
        self._taken: list[_Taken] = []
        self._done = np.zeros(len(limits), np.int64)  # (B,) hypotheses
        self._best = np.full((len(limits), beam.n_best), _DEAD)  # normalised, best first
        self._steps = np.zeros(len(limits), np.int64)  # (B,) taken
        self.live = np.arange(len(limits))

    def take(self, grown: _Grown) -> Ints:
        """Keep a step; returns the places, among those that took it, of who go on."""
        taken = _fetched(self.live, grown)
        self._taken.append(taken)
        at, length, power = self.live, len(self._taken), self._beam.length_penalty
        self._steps[at] = length
        self._done[at] += np.isfinite(taken.ends).sum(axis=1)
        among = np.concatenate([self._best[at], taken.ends / length**power], axis=1)
        self._best[at] = -np.sort(-among, axis=1)[:, : self._beam.n_best]
        # scores only fall, so the best that can become of one is to keep it to the limit
        hope = taken.scores.max(axis=1) / self._limits[at] ** power
        ready = (
            (self._done[at] >= self._beam.size)
            | (self._limits[at] <= length)
            | (self._best[at, -1] >= hope)
        )
        staying: Ints = np.flatnonzero(~ready)
        self.live = at[staying]
        return staying

    def best(self) -> list[list[Hypothesis]]:
        """The n best of each sentence: those that ended, then those that did not."""
        found: list[list[_Found]] = [[] for _ in self._limits]
        for number, taken in enumerate(self._taken):
            for row, rank in np.argwhere(np.isfinite(taken.ends)).tolist():
                parent, score = taken.end_parents[row, rank], taken.ends[row, rank]
                found[taken.sentences[row]].append(_Found(number, int(parent), float(score)))
        return [self._best_of(sentence, ended) for sentence, ended in enumerate(found)]

    def _best_of(self, sentence: int, ended: list[_Found]) -> list[Hypothesis]:
        power, count = self._beam.length_penalty, self._beam.n_best
        ended.sort(key=lambda one: -one.score / (one.tokens + 1) ** power)
        chosen = [
            Hypothesis(self._ids(sentence, one), one.score, finished=True)
            for one in ended[:count]
        ]
        chosen += [
            Hypothesis(self._ids(sentence, one), one.score, finished=False)
            for one in self._unended(sentence)[: count - len(chosen)]
        ]
        return chosen or [Hypothesis([], _DEAD, finished=False)]

    def _unended(self, sentence: int) -> list[_Found]:
        tokens = int(self._steps[sentence])
        taken = self._taken[tokens - 1]
        scores = taken.scores[np.searchsorted(taken.sentences, sentence)].tolist()
        return [
            _Found(tokens, rank, score) for rank, score in enumerate(scores) if score > _DEAD
        ]

    def _ids(self, sentence: int, found: _Found) -> list[int]:
        ids, rank = [], found.rank
        for taken in reversed(self._taken[: found.tokens]):
            row = np.searchsorted(taken.sentences, sentence)
            ids.append(int(taken.tokens[row, rank]))
            rank = taken.parents[row, rank]
        return ids[::-1]


def _fetched(sentences: Ints, grown: _Grown) -> _Taken:
    """The step on the CPU, in one transfer; ids are exact in double precision."""
    packed = torch.cat([column.double() for column in grown], dim=1).cpu().numpy()
    ends = np.cumsum([column.shape[1] for column in grown])[:-1]
    tokens, parents, scores, ended, end_parents = np.split(packed, ends, axis=1)
    return _Taken(
        sentences,
        tokens.astype(np.int64),
        parents.astype(np.int64),
        scores,
        ended,
        end_parents.astype(np.int64),
    )
