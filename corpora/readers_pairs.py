"""Readers of sentence pairs without a header: two columns, or two files line by line."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from corpora.lines import LineBlock, appended
from corpora.readers_text import delimited_rows
from corpora.rows import Rows, Wanted, no_rejected_rows
from corpora.word_lists import WORD_COLUMNS
from storage.errors import CorpusFormatError, InputError

SIDES = ("source", "target")


def pair_rows(blocks: Iterator[LineBlock], wanted: Wanted, *, name: str) -> Iterator[Rows]:
    """Source and target between tabs, and perhaps a third field, which is left out.

    A quotation mark is a letter like any other: such files know no quoting.

    Raises:
        InputError: If other columns are wanted, or under other names.
    """
    _check_sides(wanted, name, SIDES)
    return delimited_rows(blocks, columns=SIDES, further_fields=1, delimiter="\t")


def aligned_rows(
    source: Iterator[LineBlock],
    target: Iterator[LineBlock],
    wanted: Wanted,
    *,
    names: tuple[str, str],
) -> Iterator[Rows]:
    """Two files of which each line of the one is translated by that line of the other.

    Empty lines count, so that the others stay side by side. A line too long to read takes its
    partner with it.

    Args:
        source: Blocks of the one file.
        target: Blocks of the other.
        wanted: Has to be source and target, or tokens and tags.
        names: What messages call the two.

    Raises:
        CorpusFormatError: If the files have different numbers of lines.
        InputError: If other columns are wanted, or under other names.
    """
    first, second = _sides_of(wanted)
    _check_sides(wanted, " and ".join(names), (first, second))
    sides = (_Side(source), _Side(target))
    # the side that is ahead waits, so that memory does not grow with the files
    while min(sides, key=lambda side: side.end).read_on():
        end = min(side.end for side in sides)
        one, other, rejected = _beside(*(side.taken(end) for side in sides))
        rows = Rows({first: one.lines, second: other.lines}, one.numbers, rejected)
        if len(rows.lines) or len(rows.rejected):
            yield rows
    counts = [side.counted() for side in sides]
    if counts[0] != counts[1]:
        listed = " and ".join(
            f"{name} has {count:,} lines" for name, count in zip(names, counts, strict=True)
        )
        beside = "tags" if second == "tags" else "translation"
        raise CorpusFormatError(
            f"{listed}; aligned files have as many, each line beside its {beside}"
        )


def _sides_of(wanted: Wanted) -> tuple[str, str]:
    """What the two files hold: sentences and translations, or sentences and tags."""
    return WORD_COLUMNS if set(wanted.columns) <= set(WORD_COLUMNS) else SIDES


def _check_sides(wanted: Wanted, name: str, sides: tuple[str, str]) -> None:
    if dict(wanted.columns) != {side: side for side in sides}:
        listed = ", ".join(f"{ours} from {theirs!r}" for ours, theirs in wanted.columns.items())
        raise InputError(
            f"{' and '.join(sides)} of {name} go by their place, without names of columns, but "
            f"wanted is {listed}; leave the names out, or use a file with a header"
        )


def _nothing() -> LineBlock:
    return LineBlock(
        pa.array([], pa.large_string()), pa.array([], pa.int64()), no_rejected_rows()
    )


@dataclass
class _Side:
    """One of two files, read as far as the other needs it.

    Attributes:
        blocks: What is left to read.
        waiting: Lines read and not yet taken.
        end: Number of the last line read.
    """

    blocks: Iterator[LineBlock]
    waiting: LineBlock = field(default_factory=_nothing)
    end: int = 0

    def read_on(self) -> bool:
        """Read one more block; False where there is none."""
        block = next(self.blocks, None)
        if block is None:
            return False
        numbers = (block.numbers, block.rejected["line"])
        self.end = max([self.end, *(pc.max(each).as_py() or 0 for each in numbers)])
        self.waiting = appended(self.waiting, block)
        return True

    def taken(self, end: int) -> LineBlock:
        """The lines up to this number, which are then gone."""
        block = self.waiting
        place = int(np.searchsorted(block.numbers, end, side="right"))
        early = pc.less_equal(block.rejected["line"], end)
        self.waiting = LineBlock(
            block.lines[place:], block.numbers[place:], block.rejected.filter(pc.invert(early))
        )
        return LineBlock(
            block.lines[:place], block.numbers[:place], block.rejected.filter(early)
        )

    def counted(self) -> int:
        """All lines of the file, those not yet read too."""
        while self.read_on():
            self.waiting = _nothing()
        return self.end


def _beside(source: LineBlock, target: LineBlock) -> tuple[LineBlock, LineBlock, pa.Table]:
    """The lines that both have, side by side; what one could not read is refused once."""
    known = pc.is_in(target.rejected["line"], value_set=source.rejected["line"])
    rejected = pa.concat_tables([source.rejected, target.rejected.filter(pc.invert(known))])
    if len(rejected):
        source, target = _without(source, rejected), _without(target, rejected)
    return source, target, rejected


def _without(block: LineBlock, rejected: pa.Table) -> LineBlock:
    kept = pc.invert(pc.is_in(block.numbers, value_set=rejected["line"].combine_chunks()))
    return LineBlock(block.lines.filter(kept), block.numbers.filter(kept), block.rejected)
