"""Writing sentences word by word: decoding knows scores and ids, not networks."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol, Self, TypeAlias, TypeVar

import torch
import torch.nn.functional as F
from torch import Tensor

_CROWDED = 0.75
"""Rows that have ended leave the batch once the others are at most this share of it, since to
leave means to copy all that the others' states hold."""


class DecodingState(Protocol):
    """What a step needs to go on, a row for each sentence that is being written."""

    @property
    def rows(self) -> int:
        """Sentences in the batch."""

    @property
    def device(self) -> torch.device:
        """Device of the scores."""

    @property
    def attention(self) -> Tensor | None:
        """(B, S) weights of the step that made the state; None where nothing attends."""

    def select(self, rows: Tensor) -> Self:
        """The state of these rows, (R,) int64, in this order; one may come more than once."""

    def reorder(self, rows: Tensor) -> Self:
        """The same where each row is replaced by one that reads the same source, if any."""


StateT = TypeVar("StateT", bound=DecodingState)
Step: TypeAlias = Callable[[Tensor, StateT], tuple[Tensor, StateT]]
"""From the (B,) int64 last tokens and a state to (B, V) unnormalised scores, a tensor that
decoding may write into, and the next state."""
Choose: TypeAlias = Callable[[Tensor, Tensor], Tensor]
"""From (R, V) scores, minus infinity where nothing may be written, and the (R,) numbers of
the sentences they are for to (R,) ids."""


class Hypothesis(NamedTuple):
    """One written sentence.

    Attributes:
        ids: Its tokens, without begin and end of sentence.
        score: Log-probability (natural log) of the tokens, and of the end if it came, among
            all that may be written.
        finished: Whether the end of sentence came before the limit.
    """

    ids: list[int]
    score: float
    finished: bool

    def normalised(self, length_penalty: float) -> float:
        """The score over the length, the end counted, to the power of the penalty.

        With 1 the mean log-probability of a token; with 0 the score itself, which favours
        short sentences.
        """
        return self.score / math.pow(max(len(self.ids) + self.finished, 1), length_penalty)


@dataclass(frozen=True)
class Sampling:
    """How tokens are drawn.

    Attributes:
        generator: Where chance comes from.
        temperature: Scores are divided by it: below 1, likely tokens become likelier still.
        top_k: Draw from the so many best tokens; None: from all.
        top_p: Draw from the fewest best tokens that together are at least so likely, 0 to 1
            (nucleus sampling, Holtzman et al. 2020, section 3.1).

    Raises:
        ValueError: If a number is out of its range.
    """

    generator: torch.Generator
    temperature: float = 1.0
    top_k: int | None = None
    top_p: float = 1.0

    def __post_init__(self) -> None:
        if not 0 < self.temperature < float("inf"):
            raise ValueError(
                f"a temperature is a finite number above 0, not {self.temperature:g}; greedy "
                "decoding is what it comes to near 0"
            )
        if self.top_k is not None and self.top_k < 1:
            raise ValueError(
                f"top_k is at least 1, not {self.top_k}; leave it out to draw from all tokens"
            )
        if not 0 < self.top_p <= 1:
            raise ValueError(
                f"top_p is above 0 and at most 1, not {self.top_p:g}; 1 takes all tokens"
            )


def greedy(
    step: Step[StateT],
    state: StateT,
    *,
    bos_id: int,
    eos_id: int,
    max_tokens: int | Tensor,
    never: Sequence[int] = (),
) -> list[Hypothesis]:
    """Take the best-scored token at each step, the first of equals, until each row has ended.

    Args:
        step: See `Step`; what it says of an ended row is not used.
        state: Where to start.
        bos_id: The first input of each row; never written.
        eos_id: Ends a row.
        max_tokens: Most steps of all rows, or (B,) of each; a row that has not ended by then
            is left as it is.
        never: Other tokens that are never written.

    Raises:
        ValueError: If a row may not take a single step.
    """

    def choose(scores: Tensor, sentences: Tensor) -> Tensor:
        return scores.argmax(dim=1)

    limits = limits_of(max_tokens, state)
    return _write(step, state, choose, limits=limits, eos_id=eos_id, never=(bos_id, *never))


def sample(
    step: Step[StateT],
    state: StateT,
    sampling: Sampling,
    *,
    bos_id: int,
    eos_id: int,
    max_tokens: int | Tensor,
    never: Sequence[int] = (),
) -> list[Hypothesis]:
    """Draw each token by its probability; the other arguments are as for :func:`greedy`.

    What a row draws depends on the generator and the row's place, not on what others write.
    Scores are the network's own, whatever the temperature.

    Args:
        step: See `Step`.
        state: Where to start.
        sampling: How to draw.
        bos_id: The first input of each row; never written.
        eos_id: Ends a row.
        max_tokens: Most steps of all rows, or (B,) of each.
        never: Other tokens that are never written.
    """
    rows, generator = state.rows, sampling.generator

    def choose(scores: Tensor, sentences: Tensor) -> Tensor:
        chances = torch.rand(rows, generator=generator, device=generator.device)
        return drawn(scores, chances.to(scores.device)[sentences], sampling)

    limits = limits_of(max_tokens, state)
    return _write(step, state, choose, limits=limits, eos_id=eos_id, never=(bos_id, *never))


def attention_to(
    step: Step[StateT], state: StateT, written: Sequence[Sequence[int]], *, bos_id: int
) -> Tensor | None:
    """Where each written token looked, by writing the same once more.

    Args:
        step: See `Step`.
        state: Where the rows were started.
        written: The ids of each row, without begin and end.
        bos_id: The first input of each row.

    Returns:
        (B, T, S) weights, T the longest row's tokens; what stands behind a shorter row's own
        is not used. None where nothing attends.
    """
    longest = max((len(ids) for ids in written), default=0)
    inputs = [[bos_id, *ids, *[bos_id] * (longest - len(ids))] for ids in written]
    tokens = torch.tensor(inputs, dtype=torch.int64, device=state.device)
    weights = []
    for place in range(max(longest, 1)):  # a step tells how long the source is
        _, state = step(tokens[:, place], state)
        if state.attention is None:
            return None
        weights.append(state.attention)
    return torch.stack(weights, dim=1)[:, :longest]


def limits_of(max_tokens: int | Tensor, state: DecodingState) -> Tensor:
    """(B,) int64 on the CPU, the most steps of each row.

    Raises:
        ValueError: If there is not one for each row, or a row may not take a single step.
    """
    if isinstance(max_tokens, int):
        limits = torch.full((state.rows,), max_tokens, dtype=torch.int64)
    else:
        limits = max_tokens.to("cpu", torch.int64)
    if len(limits) != state.rows:
        raise ValueError(
            f"{state.rows} rows need as many limits, but {len(limits)} came; give each one"
        )
    if len(limits) and int(limits.min()) < 1:
        raise ValueError(f"a sentence is at least 1 token long, not {int(limits.min())}")
    return limits


def permitted(scores: Tensor, never: Sequence[int]) -> Tensor:
    """The (B, V) scores in single precision, those of the tokens at minus infinity."""
    scores = scores.float()
    for token in never:  # a list of them would be copied to the device at every step
        scores[:, token] = float("-inf")
    return scores


def _write(
    step: Step[StateT],
    state: StateT,
    choose: Choose,
    *,
    limits: Tensor,
    eos_id: int,
    never: tuple[int, ...],
) -> list[Hypothesis]:
    """One token a step for each row; the first of `never` is what each row begins with."""
    device, count = state.device, state.rows
    written = torch.full((count, int(limits.max()) if count else 0), eos_id, device=device)
    score = torch.zeros(count, dtype=torch.float64, device=device)
    finished = torch.zeros(count, dtype=torch.bool, device=device)
    limits = limits.to(device)
    sentences = torch.arange(count, device=device)  # (R,), those still in the batch
    going = torch.ones(count, dtype=torch.bool, device=device)
    tokens = torch.full((count,), never[0], device=device)
    for place in range(written.shape[1]):
        scores, state = step(tokens, state)
        scores = permitted(scores, never)
        tokens = choose(scores, sentences)
        gained = -F.cross_entropy(scores, tokens, reduction="none").double()
        score[sentences] += gained.masked_fill(~going, 0.0)
        written[sentences, place] = tokens.masked_fill(~going, eos_id)
        finished[sentences] |= going & (tokens == eos_id)
        going &= (tokens != eos_id) & (place + 1 < limits[sentences])
        left = int(going.sum())  # the one wait for the device in a step
        if left == 0:
            break
        if left <= _CROWDED * len(going):
            staying = going.nonzero().squeeze(1)
            sentences, tokens, going = sentences[staying], tokens[staying], going[staying]
            state = state.select(staying)
    return [
        Hypothesis(_until(eos_id, ids), total, ended)
        for ids, total, ended in zip(
            written.tolist(), score.tolist(), finished.tolist(), strict=True
        )
    ]


def drawn(scores: Tensor, chances: Tensor, sampling: Sampling) -> Tensor:
    """(R,) ids drawn from (R, V) scores by (R,) even chances from 0 to below 1."""
    scores, ids = (scores / sampling.temperature).sort(dim=1, descending=True, stable=True)
    if sampling.top_k is not None:
        scores, ids = scores[:, : sampling.top_k], ids[:, : sampling.top_k]
    shares = scores.double().softmax(dim=1)
    before = shares.cumsum(dim=1) - shares
    shares = shares.masked_fill(before >= sampling.top_p, 0.0)
    reached = shares.cumsum(dim=1)  # (R, C)
    drawn = (reached <= chances.unsqueeze(1) * reached[:, -1:]).sum(dim=1, keepdim=True)
    last = (shares > 0).sum(dim=1, keepdim=True) - 1  # sums may round to just below a chance
    return ids.gather(1, drawn.minimum(last.clamp(min=0))).squeeze(1)


def _until(end: int, ids: list[int]) -> list[int]:
    return ids[: ids.index(end)] if end in ids else ids
