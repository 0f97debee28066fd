"""Reader of bracketed trees, as the Penn Treebank has them: words and tags at their leaves."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from corpora.lines import LineBlock
from corpora.rows import Rows, Wanted
from corpora.word_lists import joined_words
from storage.errors import CorpusFormatError

TRACE = "-NONE-"
"""The tag of what is not said: traces and dropped subjects (Marcus et al. 1993, section 4)."""
LONGEST_TREE = 100_000
"""Words of a tree, before a file is taken for another format."""
_PART = re.compile(r"[()]|[^\s()]+")


def tree_rows(
    blocks: Iterator[LineBlock], wanted: Wanted, *, name: str, keep_traces: bool = False
) -> Iterator[Rows]:
    r"""One row for each outermost tree that has words; `\/` and `\*` become `/` and `*`.

    Args:
        blocks: The file's lines.
        wanted: Tokens, and tags where they are wanted.
        name: How messages call the file.
        keep_traces: Whether words that are not said are kept, under the tag `-NONE-`; else
            they are skipped and counted.

    Raises:
        CorpusFormatError: If a tree does not end.
    """
    reading = _Reading(name)
    for block in blocks:
        for line, number in zip(
            block.lines.to_pylist(), block.numbers.to_pylist(), strict=True
        ):
            reading.take(line, number)
        yield _rows(reading.taken(), wanted, block.rejected, keep_traces=keep_traces)
    reading.close()


@dataclass(frozen=True)
class _Tree:
    """The (tag, word) leaves of a tree, and the line it begins in."""

    leaves: list[tuple[str, str]]
    line: int


@dataclass
class _Reading:
    """How far a file is read.

    Attributes:
        name: How messages call it.
        depth: Brackets that are open.
        line: Where the outermost began.
        atoms: What stands since the last bracket.
        leaves: Of the tree that is being read.
        trees: Those that are whole.
    """

    name: str
    depth: int = 0
    line: int = 0
    atoms: list[str] = field(default_factory=list)
    leaves: list[tuple[str, str]] = field(default_factory=list)
    trees: list[_Tree] = field(default_factory=list)

    def take(self, line: str, number: int) -> None:
        """Read one more line."""
        for part in _PART.findall(line):
            if part == "(":
                if not self.depth:
                    self.line = number
                self.depth += 1
                self.atoms = []
            elif part == ")":
                self._end_bracket(number)
            else:
                self.atoms.append(part)

    def _end_bracket(self, number: int) -> None:
        if not self.depth:
            raise CorpusFormatError(
                f"{self.name} line {number} closes a bracket that was not opened; mend the file"
            )
        if len(self.atoms) == 2:  # noqa: PLR2004 - a tag and its word
            tag, word = self.atoms
            self.leaves.append((tag, word.replace("\\/", "/").replace("\\*", "*")))
        self.atoms = []
        self.depth -= 1
        if not self.depth:
            self.trees.append(_Tree(self.leaves, self.line))
            self.leaves = []
        elif len(self.leaves) > LONGEST_TREE:
            self.close()

    def taken(self) -> list[_Tree]:
        """The whole trees, which are then gone."""
        trees, self.trees = self.trees, []
        return trees

    def close(self) -> None:
        """Refuse a file that ends inside a tree."""
        if self.depth:
            raise CorpusFormatError(
                f"{self.name}: the tree that begins in line {self.line} does not end; mend the "
                f"file, or check the format"
            )


def _rows(trees: list[_Tree], wanted: Wanted, rejected: pa.Table, *, keep_traces: bool) -> Rows:
    said = [[leaf for leaf in tree.leaves if keep_traces or leaf[0] != TRACE] for tree in trees]
    skipped = sum(len(tree.leaves) for tree in trees) - sum(map(len, said))
    worded = [(leaves, tree.line) for leaves, tree in zip(said, trees, strict=True) if leaves]
    offsets = np.cumsum([0, *(len(leaves) for leaves, _ in worded)], dtype=np.int64)
    flat = [leaf for leaves, _ in worded for leaf in leaves]
    columns = {
        name: joined_words(pa.array([leaf[at] for leaf in flat], pa.large_string()), offsets)
        for name, at in (("tokens", 1), ("tags", 0))
        if name in wanted.columns
    }
    lines = pa.array([line for _, line in worded], pa.int64())
    return Rows(columns, lines, rejected, skipped={"traces": skipped})
