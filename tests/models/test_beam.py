"""Tests of beam search on transition tables, against every sentence that there is."""

from collections.abc import Callable
from math import exp, inf, log

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from models.beam import Beam, beam_search
from models.decoding import Hypothesis, greedy
from tests.models.transitions import (
    BOS,
    EOS,
    NEXT,
    A,
    B,
    Rows,
    begin,
    every_sentence,
    score_next,
)

Step = Callable[[Tensor, Rows], tuple[Tensor, Rows]]


def search(
    *tables: Tensor,
    size: int,
    n_best: int = 1,
    length_penalty: float = 1.0,
    max_tokens: int | Tensor = 5,
    step: Step = score_next,
) -> list[list[Hypothesis]]:
    return beam_search(
        step,
        begin(*tables),
        beam=Beam(size, length_penalty, n_best),
        bos_id=BOS,
        eos_id=EOS,
        max_tokens=max_tokens,
    )


@st.composite
def languages(draw: st.DrawFn, *, words: int = 2) -> Tensor:
    """Scores of whole numbers, so that many are equal; some tokens are impossible."""
    size = words + 2
    possible = st.sampled_from([-inf, -2.0, -1.0, 0.0, 0.0, 1.0, 2.0, 3.0])
    values = draw(st.lists(possible, min_size=size**3, max_size=size**3))
    return torch.tensor(values).view(size, size, size)


def test_beam_search_finds_what_greedy_misses():
    [[wide]] = search(NEXT, size=2)
    [[narrow]] = search(NEXT, size=1)
    assert wide.ids == [B]
    assert wide.score == pytest.approx(log(0.40 * 0.95), abs=1e-6)
    assert narrow.ids == [A, B]  # took the 0.60 first
    assert narrow.score == pytest.approx(log(0.60 * 0.40 * 0.95), abs=1e-6)


def test_n_best_are_the_best_of_all_sentences_in_their_order():
    [found] = search(NEXT, size=8, n_best=4, length_penalty=0.0)
    assert [one.ids for one in found] == [[B], [A, B], [A], [A, A, B]]
    shares = [0.40 * 0.95, 0.60 * 0.40 * 0.95, 0.60 * 0.30, 0.60 * 0.30 * 0.40 * 0.95]
    assert [exp(one.score) for one in found] == pytest.approx(shares, abs=1e-6)
    assert all(one.finished for one in found)


def test_the_score_is_compared_over_the_length_to_the_power_of_the_penalty():
    short, long = log(0.30), log(0.70 * 0.45 * 0.90)  # [A] or [B, A]
    table = torch.full((4, 4, 4), -inf)
    table[BOS, BOS, A], table[BOS, BOS, B] = log(0.30), log(0.70)
    table[BOS, A, EOS] = 0.0
    table[BOS, B, A], table[BOS, B, B] = log(0.45), log(0.55)
    table[B, A, EOS], table[B, A, B] = log(0.90), log(0.10)
    table[B, B, B] = table[A, B, B] = 0.0
    assert short > long
    assert short / 2 < long / 3
    assert short / 2**0.1 > long / 3**0.1
    for penalty, best in ((0.0, [A]), (0.1, [A]), (1.0, [B, A])):
        [[found]] = search(table, size=4, length_penalty=penalty)
        assert found.ids == best
    assert found.normalised(1.0) == pytest.approx(long / 3, abs=1e-6)
    assert found.normalised(0.5) == pytest.approx(long / 3**0.5, abs=1e-6)
    assert found._replace(finished=False).normalised(1.0) == pytest.approx(long / 2, abs=1e-6)


@given(languages(), st.integers(1, 3), st.sampled_from([0.0, 0.7, 1.0]))
def test_a_beam_wide_enough_finds_every_sentence(table: Tensor, limit: int, penalty: float):
    size = 2 ** (limit + 1)
    [found] = search(table, size=size, n_best=size, length_penalty=penalty, max_tokens=limit)
    known = {tuple(one.ids): one for one in every_sentence(table, limit=limit)}
    if not known:
        assert found == [Hypothesis([], -inf, finished=False)]
        return
    assert len(found) == len(known)
    for one in found:
        there = known[tuple(one.ids)]
        assert one.finished == there.finished
        assert one.score == pytest.approx(there.score, abs=1e-5)
    order = [(not one.finished, -one.normalised(penalty)) for one in found]
    assert order == sorted(order)


@given(languages(words=3), st.integers(1, 6))
def test_a_beam_of_one_is_greedy(table: Tensor, limit: int):
    [[found]] = search(table, size=1, max_tokens=limit)
    [greedily] = greedy(score_next, begin(table), bos_id=BOS, eos_id=EOS, max_tokens=limit)
    if found.score > -inf:  # greedy takes an impossible token where nothing is possible
        assert (found.ids, found.finished) == (greedily.ids, greedily.finished)
        assert found.score == pytest.approx(greedily.score, abs=1e-5)


def one_sentence(table: Tensor, *, beam: Beam, limit: int) -> list[Hypothesis]:
    """Beam search as one would write it down for one sentence, which never stops early."""
    going, ended = [Hypothesis([], 0.0, finished=False)], []
    for _ in range(limit):
        candidates = []
        for one in going:
            last = [BOS, BOS, *one.ids][-2:]
            scores = table[last[0], last[1]].clone()
            scores[BOS] = -inf
            total = float(scores.logsumexp(dim=0))
            candidates += [
                Hypothesis([*one.ids, token], one.score + (score - total), finished=False)
                for token, score in enumerate(scores.tolist())
                if score > -inf
            ]
        candidates.sort(key=lambda one: -one.score)
        ended += [
            Hypothesis(one.ids[:-1], one.score, finished=True)
            for one in candidates[: beam.size]
            if one.ids[-1] == EOS
        ]
        going = [one for one in candidates if one.ids[-1] != EOS][: beam.size]
        if len(ended) >= beam.size:
            break
    ended.sort(key=lambda one: -one.normalised(beam.length_penalty))
    return (ended + going)[: beam.n_best] or [Hypothesis([], -inf, finished=False)]


@given(
    st.lists(st.tuples(languages(words=3), st.integers(1, 7)), min_size=1, max_size=5),
    st.integers(1, 4),
    st.data(),
)
def test_many_sentences_at_once_are_each_searched_as_if_alone(
    sentences: list[tuple[Tensor, int]], size: int, data: st.DataObject
):
    n_best = data.draw(st.integers(1, size))
    beam = Beam(size, data.draw(st.sampled_from([0.0, 0.6, 1.0, 2.0])), n_best)
    tables, limits = zip(*sentences, strict=True)
    found = beam_search(
        score_next,
        begin(*tables),
        beam=beam,
        bos_id=BOS,
        eos_id=EOS,
        max_tokens=torch.tensor(limits),
    )
    assert found == [one_sentence(table, beam=beam, limit=limit) for table, limit in sentences]


def test_sentences_leave_the_batch_when_they_are_done():
    rows = []

    def counted(tokens: Tensor, state: Rows) -> tuple[Tensor, Rows]:
        rows.append(state.rows)
        return score_next(tokens, state)

    endless = torch.tensor([0.0, -9.0, 5.0, 5.0]).expand(4, -1)
    brief = torch.tensor([0.0, 9.0, 0.0, 0.0]).expand(4, -1)
    found = search(brief, endless, brief, size=2, max_tokens=6, step=counted)
    assert rows == [3, 2, 2, 2, 2, 2]
    assert [one.finished for [one] in found] == [True, False, True]


def test_a_search_ends_once_what_goes_on_cannot_come_among_the_best():
    steps = []

    def counted(tokens: Tensor, state: Rows) -> tuple[Tensor, Rows]:
        steps.append(state.rows)
        return score_next(tokens, state)

    sure = torch.tensor([0.0, 9.0, 0.0, -1.0]).expand(4, -1)
    search(sure, size=4, n_best=1, max_tokens=20, step=counted)
    assert len(steps) == 1
    search(sure, size=4, n_best=2, max_tokens=20, step=counted)
    assert len(steps) > 2  # the second best was not there yet


def test_a_search_does_not_end_while_a_longer_sentence_may_still_win():
    c, d, e = range(4, 7)
    table = torch.full((7, 7), -inf)
    table[BOS, A], table[BOS, B] = log(0.60), log(0.40)
    table[A, EOS], table[A, A] = log(0.95), log(0.05)
    table[B, c] = table[c, d] = table[d, e] = table[e, EOS] = 0.0
    assert log(0.40) / 3 < log(0.60 * 0.95) / 2 < log(0.40) / 5
    [[found]] = search(table, size=4, max_tokens=6)
    assert found.ids == [B, c, d, e]


def test_hypotheses_without_an_end_come_last_and_only_where_too_few_have_one():
    [found] = search(NEXT, size=3, n_best=3, max_tokens=2)
    assert [(one.ids, one.finished) for one in found] == [
        ([B], True),
        ([A], True),
        ([A, B], False),
    ]
    [cut] = search(NEXT, size=3, n_best=3, max_tokens=1)
    assert [(one.ids, one.finished) for one in cut] == [([A], False), ([B], False)]


def test_there_is_always_an_answer():
    nothing = torch.full((4, 4), -inf)
    broken = torch.full((4, 4), float("nan"))
    found = search(nothing, NEXT, broken, size=2, n_best=2)
    assert found[0] == found[2] == [Hypothesis([], -inf, finished=False)]
    assert found[1] == search(NEXT, size=2, n_best=2)[0]


def test_what_may_not_be_written_is_not():
    table = NEXT.clone()
    table[:, BOS] = 9.0
    found = beam_search(
        score_next,
        begin(table),
        beam=Beam(3, n_best=3),
        bos_id=BOS,
        eos_id=EOS,
        max_tokens=5,
        never=[A],
    )
    assert [one.ids for one in found[0]] == [[B]]


def test_of_equal_hypotheses_the_lower_ids_come_first():
    even = torch.tensor([0.0, 1.0, *[1.0] * 60]).expand(62, -1)
    [found] = search(even, size=4, n_best=4, length_penalty=0.0, max_tokens=2)
    assert [one.ids for one in found] == [[], [2], [2, 2], [2, 3]]


def test_no_rows_are_no_sentences():
    nobody = begin(NEXT).select(torch.zeros(0, dtype=torch.int64))
    found = beam_search(score_next, nobody, beam=Beam(2), bos_id=BOS, eos_id=EOS, max_tokens=5)
    assert found == []


@pytest.mark.parametrize(
    ("beam", "message"),
    [
        ((0,), "at least 1 hypothesis, not 0"),
        ((3, 1.0, 4), "a beam of 3 gives its best 1 to 3 hypotheses, not 4; widen the beam"),
        ((3, 1.0, 0), "1 to 3 hypotheses, not 0"),
        ((3, -1.0), "length penalty is at least 0, not -1"),
    ],
)
def test_beams_that_hold_nothing_are_refused(beam: tuple[int], message: str):
    with pytest.raises(ValueError, match=message):
        Beam(*beam)
