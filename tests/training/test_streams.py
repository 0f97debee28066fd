"""Which chunks of a text come when: nothing twice, nothing out of order."""

import numpy as np
import pytest

from configs.training import TrainingConfig
from training.streams import StreamOrder, streams_of


def settings(streams: int, chunk: int, **others: object) -> TrainingConfig:
    values = {"batch_size": streams, "chunk_tokens": chunk} | others
    return TrainingConfig.model_validate(values)


def places(order: StreamOrder, chunk: int) -> list[int]:
    starts = np.concatenate([order[batch] for batch in range(len(order))])
    return sorted((starts[:, None] + np.arange(chunk)).ravel().tolist())


@pytest.mark.parametrize(
    ("tokens", "streams", "chunk"), [(1_000, 4, 10), (1_003, 7, 9), (50, 8, 10)]
)
def test_chunks_of_a_stream_follow_one_another(tokens: int, streams: int, chunk: int) -> None:
    order = StreamOrder.stateful(tokens, settings(streams, chunk), epoch=0)
    for batch in range(1, len(order)):
        assert (order[batch] == order[batch - 1] + chunk).all()
    found = places(order, chunk)
    assert len(set(found)) == len(found)
    assert found[-1] < tokens
    assert len(found) > tokens - streams * chunk


def test_epochs_cut_the_text_at_other_places_and_are_the_same_when_asked_again() -> None:
    training = settings(4, 10)
    firsts = [int(StreamOrder.stateful(1_039, training, epoch=each)[0][0]) for each in range(6)]
    again = [int(StreamOrder.stateful(1_039, training, epoch=each)[0][0]) for each in range(6)]
    assert firsts == again
    assert len(set(firsts)) > 1


@pytest.mark.parametrize("tokens", [995, 1_000, 1_001, 3])
def test_without_states_every_chunk_comes_once_in_any_order(tokens: int) -> None:
    order = StreamOrder.stateless(tokens, settings(4, 10), epoch=1)
    starts = np.concatenate(order.starts)
    first, length = int(starts.min()), min(10, tokens)
    assert sorted(starts) == list(range(first, tokens - length + 1, 10))
    assert first < 10
    if tokens > 10:
        assert (np.diff(starts) != 10).any()


@pytest.mark.parametrize("tokens", [1, 99, 2_000, 8_001, 33_333])
def test_scoring_reads_every_token_once(tokens: int) -> None:
    order = StreamOrder.scoring(tokens, settings(4, 50))
    read = [place for place in places(order, 50) if place < tokens]
    assert read == list(range(tokens))
    assert len({len(order[batch]) for batch in range(len(order))}) == 1


def test_a_short_text_is_one_stream() -> None:
    order = StreamOrder.stateful(7, settings(4, 10), epoch=0)
    assert [each.tolist() for each in order.starts] == [[0]]
    assert streams_of(settings(4, 10, batch_tokens=200)) == 20
