"""Tests of decoding on transition tables."""

from collections import Counter
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from models.decoding import Hypothesis, Sampling, greedy, sample
from tests.models.transitions import BOS, EOS, NEXT, A, B, Rows, begin, score_next

FROM_B = NEXT.clone()
FROM_B[BOS] = torch.tensor([0.0, 0.1, 0.2, 0.7]).log()
"""A language whose sentences rather begin with B."""


def write(*tables: Tensor, max_tokens: int | Tensor = 5, step=score_next) -> list[Hypothesis]:
    return greedy(step, begin(*tables), bos_id=BOS, eos_id=EOS, max_tokens=max_tokens)


def draw(
    *tables: Tensor, seed: int = 0, max_tokens: int | Tensor = 5, **how: float
) -> list[Hypothesis]:
    sampling = Sampling(torch.Generator().manual_seed(seed), **how)  # type: ignore[arg-type]
    return sample(
        score_next, begin(*tables), sampling, bos_id=BOS, eos_id=EOS, max_tokens=max_tokens
    )


def test_greedy_takes_the_best_token_at_each_step():
    assert [one.ids for one in write(NEXT)] == [[A, B]]


def test_the_score_is_of_all_tokens_and_the_end_whatever_the_scores_scale():
    (one,) = write(NEXT)
    assert one.score == pytest.approx(torch.tensor(0.6 * 0.4 * 0.95).log().item())
    (shifted,) = write(NEXT + 7)
    assert shifted.score == pytest.approx(one.score, abs=1e-5)


def test_rows_end_each_at_its_own_time_and_their_scores_stand():
    short, long = write(FROM_B, NEXT)
    assert (short.ids, long.ids) == ([B], [A, B])
    assert short == write(FROM_B)[0]
    assert long == write(NEXT)[0]


def test_a_row_without_an_end_is_cut_and_says_so():
    (one,) = write(NEXT, max_tokens=2)
    assert (one.ids, one.finished) == ([A, B], False)
    assert write(NEXT, max_tokens=3)[0].finished


def test_each_row_has_its_own_limit():
    limits = torch.tensor([1, 3, 2])
    found = write(NEXT, NEXT, NEXT, max_tokens=limits)
    assert found == [write(NEXT, max_tokens=limit)[0] for limit in limits.tolist()]
    assert [one.ids for one in found] == [[A], [A, B], [A, B]]
    assert [one.finished for one in found] == [False, True, False]


def test_limits_that_fit_no_rows_are_refused():
    with pytest.raises(ValueError, match="2 rows need as many limits, but 1 came"):
        write(NEXT, NEXT, max_tokens=torch.tensor([3]))
    with pytest.raises(ValueError, match="at least 1 token long, not 0"):
        write(NEXT, max_tokens=0)


def test_no_rows_are_no_sentences():
    nobody = begin(NEXT).select(torch.zeros(0, dtype=torch.int64))
    assert greedy(score_next, nobody, bos_id=BOS, eos_id=EOS, max_tokens=5) == []


def test_the_begin_and_what_else_may_not_be_written_is_not():
    table = NEXT.clone()
    table[:, BOS] = 9.0
    assert [one.ids for one in write(table)] == [[A, B]]
    (without,) = greedy(
        score_next, begin(NEXT), bos_id=BOS, eos_id=EOS, max_tokens=5, never=[A]
    )
    assert without.ids == [B]
    assert without.score == pytest.approx(0.0, abs=1e-6)  # nothing else is left to write


def test_of_equal_tokens_the_first_is_taken():
    tied = torch.tensor([[0.0, -1.0, 2.0, 2.0]]).expand(4, -1)
    assert write(tied, max_tokens=2)[0].ids == [A, A]


def test_what_follows_an_ended_row_is_not_looked_at():
    def poisoned(tokens: Tensor, state: Rows) -> tuple[Tensor, Rows]:
        scores, state = score_next(tokens, state)
        scores[tokens == EOS] = float("nan")
        return scores, state

    tables = (FROM_B, *[NEXT] * 9)  # so few ended rows stay in the batch
    assert write(*tables, step=poisoned) == write(*tables)


def test_rows_that_ended_leave_the_batch_and_no_step_follows_the_last_end():
    rows = []

    def counted(tokens: Tensor, state: Rows) -> tuple[Tensor, Rows]:
        rows.append(state.rows)
        return score_next(tokens, state)

    found = write(FROM_B, NEXT, FROM_B, NEXT, max_tokens=50, step=counted)
    assert rows == [4, 4, 2]
    assert [one.ids for one in found] == [[B], [A, B], [B], [A, B]]


def test_draws_follow_the_probabilities():
    found = Counter(tuple(one.ids) for one in draw(*[NEXT] * 4000, max_tokens=20))
    for ids, share in {(B,): 0.4 * 0.95, (A,): 0.6 * 0.3, (A, B): 0.6 * 0.4 * 0.95}.items():
        assert found[ids] / 4000 == pytest.approx(share, abs=0.03)


def test_a_drawn_score_is_that_of_the_network_whatever_the_temperature():
    for one in draw(*[NEXT] * 50, temperature=3.0, max_tokens=20):
        path = [BOS, *one.ids, *([EOS] if one.finished else [])]
        steps = zip(path, path[1:], strict=False)
        assert one.score == pytest.approx(sum(float(NEXT[a, b]) for a, b in steps), abs=1e-5)


def test_one_seed_draws_the_same_and_another_does_not():
    tables = [NEXT] * 20
    assert draw(*tables, seed=1) == draw(*tables, seed=1)
    assert draw(*tables, seed=1) != draw(*tables, seed=2)


def test_a_draw_does_not_depend_on_what_others_write():
    endless = torch.tensor([0.0, -99.0, 0.5, 0.5]).expand(4, -1)
    with_short = draw(*[FROM_B] * 9, endless, max_tokens=20)
    with_long = draw(*[endless] * 10, max_tokens=20)
    assert with_short[-1] == with_long[-1]
    assert len(with_long[-1].ids) == 20


def test_low_temperatures_one_token_or_little_mass_come_to_greedy():
    expected = write(FROM_B, NEXT)
    for how in ({"temperature": 0.01}, {"top_k": 1}, {"top_p": 0.01}):
        for seed in range(5):
            assert draw(FROM_B, NEXT, seed=seed, **how) == expected


def test_only_the_best_tokens_are_drawn():
    table = torch.tensor([0.0, 0.0, 0.5, 0.3, 0.15, 0.05]).log().expand(6, -1)

    def drawn(**how: float) -> set[int]:
        return {one.ids[0] for one in draw(*[table] * 500, max_tokens=1, **how)}

    assert drawn() == {2, 3, 4, 5}
    assert drawn(top_k=2) == {2, 3}
    assert drawn(top_p=0.79) == {2, 3}
    assert drawn(top_p=0.81) == {2, 3, 4}
    assert drawn(top_k=99) == {2, 3, 4, 5}
    assert drawn(top_k=3, top_p=0.4) == {2}


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"temperature": 0.0}, "temperature is a finite number above 0, not 0; greedy"),
        ({"top_k": 0}, "top_k is at least 1, not 0; leave it out"),
        ({"top_p": 0.0}, "top_p is above 0 and at most 1, not 0; 1 takes all"),
        ({"top_p": 1.5}, "top_p is above 0 and at most 1, not 1.5"),
    ],
)
def test_ways_to_draw_that_mean_nothing_are_refused(how: dict[str, float], message: str):
    with pytest.raises(ValueError, match=message):
        draw(NEXT, **how)


def test_states_are_left_as_they_were():
    state = begin(NEXT, FROM_B)
    kept = replace(state, tables=state.tables.clone())
    greedy(score_next, state, bos_id=BOS, eos_id=EOS, max_tokens=5)
    assert torch.equal(state.tables, kept.tables)
