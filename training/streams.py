"""Running text read in parallel streams, chunk by chunk, so that states can be carried on."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from configs.training import TrainingConfig
from training.batching import Ids

SCORED_STREAM = 2_000
"""Least tokens of a stream when a split is scored during training: each begins knowing
nothing, which costs the first hundred or so."""


@dataclass(frozen=True)
class StreamOrder:
    """The batches of one pass over a text; a pure function of seed and epoch.

    Attributes:
        starts: For each batch the (streams,) places of the tokens its chunks begin with.
    """

    starts: tuple[Ids, ...]

    @classmethod
    def stateful(cls, tokens: int, training: TrainingConfig, *, epoch: int) -> Self:
        """Streams of equal length whose chunks follow one another.

        Each epoch begins a little later in the text, so that it is not cut at the same places;
        what does not fill the streams is left to another epoch.
        """
        chunk = training.chunk_tokens
        streams = max(1, min(streams_of(training), tokens // chunk))
        length = max(tokens // streams // chunk, 1) * chunk
        spare = max(tokens - streams * length, 0)
        offset = np.random.default_rng([training.seed, epoch]).integers(spare + 1)
        return cls._side_by_side(streams, length, chunk, offset=int(offset))

    @classmethod
    def stateless(cls, tokens: int, training: TrainingConfig, *, epoch: int) -> Self:
        """All chunks once in random order; states are of no use from one to the next."""
        chunk, random = training.chunk_tokens, np.random.default_rng([training.seed, epoch])
        last = max(tokens - chunk, 0)
        offset = int(random.integers(min(chunk - 1, last) + 1))
        starts = random.permutation(np.arange(offset, last + 1, chunk))
        streams = streams_of(training)
        return cls(tuple(np.split(starts, range(streams, len(starts), streams))))

    @classmethod
    def scoring(cls, tokens: int, training: TrainingConfig) -> Self:
        """Every token once, in as many streams as training has, but none of them short."""
        chunk = training.chunk_tokens
        streams = max(1, min(streams_of(training), tokens // SCORED_STREAM))
        length = -(-tokens // streams // chunk) * chunk
        length = max(length, chunk)
        return cls._side_by_side(-(-tokens // length), length, chunk, offset=0)

    @classmethod
    def _side_by_side(cls, streams: int, length: int, chunk: int, *, offset: int) -> Self:
        firsts = offset + length * np.arange(streams)
        return cls(tuple(firsts + done for done in range(0, length, chunk)))

    def __len__(self) -> int:
        return len(self.starts)

    def __getitem__(self, batch: int) -> Ids:
        return self.starts[batch]


def streams_of(training: TrainingConfig) -> int:
    """How many streams the config asks for."""
    if training.batch_tokens is not None:
        return max(1, training.batch_tokens // training.chunk_tokens)
    return training.batch_size
