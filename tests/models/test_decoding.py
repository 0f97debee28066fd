from dataclasses import dataclass

import pytest
import torch
from torch import Tensor

from models.decoding import greedy

BOS, EOS, A, B = range(4)
NEXT = torch.tensor(
    [  # BOS  EOS   A     B
        [0.0, 0.00, 0.60, 0.40],  # after BOS
        [0.0, 1.00, 0.00, 0.00],  # after EOS
        [0.0, 0.30, 0.30, 0.40],  # after A
        [0.0, 0.95, 0.05, 0.00],  # after B
    ]
).log()
FROM_B = torch.tensor([0.0, 0.1, 0.2, 0.7]).log()
"""What follows BOS in rows that prefer B."""


@dataclass(frozen=True)
class Rows:
    """Which rows prefer B, and how many steps were taken."""

    prefer_b: Tensor
    steps: int = 0

    @property
    def rows(self) -> int:
        return len(self.prefer_b)

    @property
    def device(self) -> torch.device:
        return self.prefer_b.device


def score_next(tokens: Tensor, state: Rows) -> tuple[Tensor, Rows]:
    scores = NEXT[tokens]
    scores[(tokens == BOS) & state.prefer_b] = FROM_B
    return scores, Rows(state.prefer_b, state.steps + 1)


def write(*prefer_b: bool, max_tokens: int = 5):
    state = Rows(torch.tensor(prefer_b))
    return greedy(score_next, state, bos_id=BOS, eos_id=EOS, max_tokens=max_tokens)


def test_greedy_takes_the_best_token_at_each_step():
    assert [one.ids for one in write(False)] == [[A, B]]


def test_the_score_is_of_all_tokens_and_the_end():
    (one,) = write(False)
    assert one.score == pytest.approx(torch.tensor(0.6 * 0.4 * 0.95).log().item())


def test_the_score_does_not_ask_that_logits_are_normalised():
    def shifted(tokens: Tensor, state: Rows) -> tuple[Tensor, Rows]:
        scores, after = score_next(tokens, state)
        return scores + 3.0 * (1 + state.steps), after

    state = Rows(torch.tensor([False]))
    (one,) = greedy(shifted, state, bos_id=BOS, eos_id=EOS, max_tokens=5)
    assert one.score == pytest.approx(write(False)[0].score, rel=1e-5)


def test_rows_end_each_at_its_own_time_and_their_scores_stand():
    short, long = write(True, False)
    assert (short.ids, long.ids) == ([B], [A, B])
    assert short == write(True)[0]
    assert long == write(False)[0]


def test_a_row_without_an_end_is_cut_and_says_so():
    (one,) = write(False, max_tokens=2)
    assert (one.ids, one.finished) == ([A, B], False)
    assert write(False, max_tokens=3)[0].finished


def test_what_follows_an_ended_row_is_not_looked_at():
    def poisoned(tokens: Tensor, state: Rows) -> tuple[Tensor, Rows]:
        scores, state = score_next(tokens, state)
        scores[tokens == EOS] = float("nan")
        return scores, state

    state = Rows(torch.tensor([True, False]))
    hypotheses = greedy(poisoned, state, bos_id=BOS, eos_id=EOS, max_tokens=5)
    assert hypotheses == write(True, False)


def test_no_step_is_taken_once_all_rows_have_ended():
    taken = []

    def counted(tokens: Tensor, state: Rows) -> tuple[Tensor, Rows]:
        taken.append(state.steps)
        return score_next(tokens, state)

    greedy(counted, Rows(torch.tensor([True])), bos_id=BOS, eos_id=EOS, max_tokens=50)
    assert taken == [0, 1]
