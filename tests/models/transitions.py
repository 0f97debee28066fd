"""Languages small enough to check by hand: tables of scores in place of a network."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import inf

import torch
from torch import Tensor

from models.decoding import Hypothesis

BOS, EOS, A, B = range(4)
NEXT = torch.tensor(
    [  # BOS  EOS   A     B
        [0.0, 0.00, 0.60, 0.40],  # after BOS
        [0.0, 1.00, 0.00, 0.00],  # after EOS
        [0.0, 0.30, 0.30, 0.40],  # after A
        [0.0, 0.95, 0.05, 0.00],  # after B
    ]
).log()


@dataclass(frozen=True)
class Rows:
    """Sentences over tables of (V, V, V) scores: of a token after the last two."""

    tables: Tensor
    table: Tensor
    before: Tensor

    @property
    def rows(self) -> int:
        return len(self.table)

    @property
    def device(self) -> torch.device:
        return self.table.device

    @property
    def attention(self) -> Tensor | None:
        return None

    def select(self, rows: Tensor) -> "Rows":
        return replace(self, table=self.table[rows], before=self.before[rows])

    def reorder(self, rows: Tensor) -> "Rows":
        assert torch.equal(self.table[rows], self.table), "another sentence's row"
        return replace(self, before=self.before[rows])


def begin(*tables: Tensor) -> Rows:
    """A sentence over each table; a table of (V, V) looks at one token back."""
    size = len(tables[0])
    cubes = [table if table.ndim == 3 else table.expand(size, -1, -1) for table in tables]
    count = len(tables)
    before = torch.full((count,), BOS)
    return Rows(torch.stack(cubes), torch.arange(count), before)


def score_next(tokens: Tensor, state: Rows) -> tuple[Tensor, Rows]:
    scores = state.tables[state.table, state.before, tokens]
    return scores, replace(state, before=tokens)


def every_sentence(table: Tensor, *, limit: int) -> list[Hypothesis]:
    """All sentences of a table that are likely at all, those cut at the limit last."""
    cube = begin(table).tables[0].double()
    cube[:, :, BOS] = -inf
    cube = cube.log_softmax(dim=2).nan_to_num(nan=-inf, neginf=-inf)

    def continued(ids: list[int], score: float) -> Iterator[Hypothesis]:
        last = [BOS, BOS, *ids][-2:]
        for token, gained in enumerate(cube[last[0], last[1]].tolist()):
            if gained == -inf:
                continue
            if token == EOS:
                yield Hypothesis(ids, score + gained, finished=True)
            elif len(ids) + 1 == limit:
                yield Hypothesis([*ids, token], score + gained, finished=False)
            else:
                yield from continued([*ids, token], score + gained)

    return sorted(continued([], 0.0), key=lambda one: not one.finished)
