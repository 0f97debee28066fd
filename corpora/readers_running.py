"""Reader of running text: blocks of whole paragraphs that together are the text again."""

from collections import Counter
from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from configs.data import LONGEST_BLOCK
from corpora.gutenberg import MARKS, Gutenberg, Line
from corpora.lines import LineBlock
from corpora.rows import Rows, Wanted, no_rejected_rows

BLOCK_CHARACTERS = LONGEST_BLOCK // 4
"""A block ends with the first paragraph that reaches so many."""

_LINE_END, _NOTHING = (pa.scalar(text, pa.large_string()) for text in ("\n", ""))


def running_rows(blocks: Iterator[LineBlock], wanted: Wanted) -> Iterator[Rows]:
    """One row for each block of the text, line ends included; nothing stands between two.

    What Project Gutenberg puts around a book, and illustrations in it, are skipped and counted.

    Args:
        blocks: The file's lines.
        wanted: The column `text`.
    """
    book, waiting = Gutenberg(), _Waiting()
    for block in blocks:
        lines, numbers = block.lines, block.numbers
        if not book.idle or pc.any(pc.match_substring_regex(lines, MARKS)).as_py():
            lines, numbers = _columns(
                book.take(zip(numbers.to_pylist(), lines.to_pylist(), strict=True))
            )
        skipped, book.skipped = dict(book.skipped), Counter()
        waiting.add(lines, numbers)
        yield _rows(waiting.taken(), wanted, block.rejected, skipped)
    waiting.add(*_columns(book.close()))
    yield _rows(waiting.taken(everything=True), wanted, no_rejected_rows(), {})


class _Waiting:
    """Lines on their way into blocks, each with its number."""

    def __init__(self) -> None:
        self._pieces = pa.array([], pa.large_string())
        self._numbers = pa.array([], pa.int64())

    def add(self, lines: pa.Array, numbers: pa.Array) -> None:
        """Take lines, without their ends; longer ones than a block are cut."""
        ended = pc.binary_join_element_wise(lines, _LINE_END, _NOTHING)
        if pc.any(pc.greater(pc.utf8_length(ended), LONGEST_BLOCK)).as_py():
            pairs = zip(numbers.to_pylist(), ended.to_pylist(), strict=True)
            ended, numbers = _columns((n, piece) for n, line in pairs for piece in _cut(line))
        self._pieces = pa.concat_arrays([self._pieces, ended])
        self._numbers = pa.concat_arrays([self._numbers, numbers])

    def taken(self, *, everything: bool = False) -> tuple[pa.Array, pa.Array]:
        """The whole blocks and the lines they begin in, which are then gone.

        At the end of the text, what is left too.
        """
        ends = _block_ends(self._pieces)
        if everything and len(self._pieces) and (not len(ends) or ends[-1] < len(self._pieces)):
            ends = np.append(ends, len(self._pieces))
        offsets = np.concatenate([[0], ends]).astype(np.int64)
        done = int(offsets[-1])
        # Arrow joins lists of small strings only; what waits is far below their 2 GB.
        lists = pa.ListArray.from_arrays(
            offsets.astype(np.int32), self._pieces.slice(0, done).cast(pa.string())
        )
        lines = self._numbers.take(pa.array(offsets[:-1]))
        self._pieces, self._numbers = self._pieces.slice(done), self._numbers.slice(done)
        return pc.binary_join(lists, "").cast(pa.large_string()), lines


def _columns(lines: Iterable[Line]) -> tuple[pa.Array, pa.Array]:
    """Contents and numbers."""
    listed = list(lines)
    return (
        pa.array([line for _, line in listed], pa.large_string()),
        pa.array([number for number, _ in listed], pa.int64()),
    )


def _block_ends(pieces: pa.Array) -> NDArray[np.int64]:
    """(blocks,) how many pieces there are up to the end of each whole block."""
    until = np.cumsum(pc.utf8_length(pieces).to_numpy(zero_copy_only=False))
    paragraph_ends = np.flatnonzero(pc.equal(pieces, "\n").to_numpy(zero_copy_only=False)) + 1
    ends: list[int] = []
    start = done = 0
    while start < len(until) and until[-1] - done > LONGEST_BLOCK:
        full = int(np.searchsorted(until, done + BLOCK_CHARACTERS)) + 1
        most = int(np.searchsorted(until, done + LONGEST_BLOCK, side="right"))
        place = int(np.searchsorted(paragraph_ends, full))
        end = int(paragraph_ends[place]) if place < len(paragraph_ends) else most
        start = min(end, most)
        ends.append(start)
        done = int(until[start - 1])
    return np.array(ends, np.int64)


def _cut(line: str) -> Iterator[str]:
    """A long line in pieces of at most a block, cut after a space where there is one."""
    while len(line) > LONGEST_BLOCK:
        place = line.rfind(" ", BLOCK_CHARACTERS, LONGEST_BLOCK) + 1 or LONGEST_BLOCK
        yield line[:place]
        line = line[place:]
    yield line


def _rows(
    blocks: tuple[pa.Array, pa.Array],
    wanted: Wanted,
    rejected: pa.Table,
    skipped: dict[str, int],
) -> Rows:
    texts, lines = blocks
    columns = {name: texts for name in wanted.columns if name == "text"}
    return Rows(columns, lines, rejected, skipped=skipped)
