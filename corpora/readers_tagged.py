"""Readers of sentences with a tag for each word: CoNLL-U, and a word and its tag on a line."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from corpora.lines import LineBlock, appended
from corpora.rows import Rows, Wanted, rejected_rows
from corpora.word_lists import joined_words
from storage.errors import CorpusFormatError, InputError

LONGEST_SENTENCE = 100_000
"""Lines without an empty one between them, before a file is taken for another format."""
_CONLLU = (
    r"^[0-9]+\t(?P<token>[^\t]+)\t[^\t]*\t(?P<upos>[^\t]+)\t(?P<xpos>[^\t]+)(?:\t[^\t]*){0,5}$"
)
_TWO_COLUMNS = r"^(?P<token>[^\t]*[^\t\s])[\t ]+(?P<tag>[^\t\s]+)\s*$"
_MORE_COLUMNS = r"^[^\t]*[^\t ] +[^\t ]+ +[^\t ]"
"""Fields between spaces are two, or nobody could tell a word with a space from a column."""
_COMMENT = r"^# [^\t]+ = "
_MULTIWORD, _EMPTY_NODE = r"^[0-9]+-[0-9]+\t", r"^[0-9]+\.[0-9]+\t"


@dataclass(frozen=True)
class _Format:
    """How a line says what a word and its tag are.

    Attributes:
        pattern: RE2 with groups `token` and the tag's, of a line that is a word.
        tag: Name of the tag's group.
        asked: What a line should be, for messages.
        comment: What a line that says nothing begins with.
        skipped: Lines that are no words of the sentence, by what they are called.
        refused: RE2 of lines that are none, though the pattern fits; None: of no others.
    """

    pattern: str
    tag: str
    asked: str
    comment: str
    skipped: Mapping[str, str]
    refused: str | None = None


def conllu_rows(blocks: Iterator[LineBlock], wanted: Wanted, *, name: str) -> Iterator[Rows]:
    """Sentences of a CoNLL-U file, https://universaldependencies.org/format.html.

    Rows of multiword tokens (`1-2`) and empty nodes (`8.1`) are no words of the sentence: they
    are skipped and counted.

    Args:
        blocks: The file's lines.
        wanted: Tags are taken from `upos` or `xpos`.
        name: How messages call the file.

    Raises:
        CorpusFormatError: If no sentence ends.
        InputError: If another column of tags is wanted.
    """
    column = wanted.columns.get("tags", "tags").lower()
    column = "upos" if column == "tags" else column
    if column not in ("upos", "xpos"):
        raise InputError(
            f"{name} is CoNLL-U, whose tags are upos or xpos, not {column!r}; set "
            f"data.columns.tags to one of them"
        )
    skipped = {"multiword tokens": _MULTIWORD, "empty nodes": _EMPTY_NODE}
    form = _Format(_CONLLU, column, "a word of CoNLL-U", comment="#", skipped=skipped)
    return _sentences(blocks, form, wanted, name)


def word_tag_rows(blocks: Iterator[LineBlock], wanted: Wanted, *, name: str) -> Iterator[Rows]:
    """Sentences between empty lines, each line a word, a tab or spaces, and its tag.

    A word has spaces in it only where a tab stands before the tag. Lines such as
    `# sent_id = 7` are skipped and counted.

    Raises:
        CorpusFormatError: If no sentence ends.
    """
    form = _Format(
        _TWO_COLUMNS,
        "tag",
        "a word and its tag; of more columns keep two, as by cut -d ' ' -f 1,4",
        comment="-DOCSTART-",
        skipped={"comments": _COMMENT},
        refused=_MORE_COLUMNS,
    )
    return _sentences(blocks, form, wanted, name)


def _sentences(
    blocks: Iterator[LineBlock], form: _Format, wanted: Wanted, name: str
) -> Iterator[Rows]:
    for block in _whole_sentences(blocks, name):
        rows = _read(block, form)
        columns = {ours: rows.columns[ours] for ours in wanted.columns}
        yield Rows(columns, rows.lines, rows.rejected, skipped=rows.skipped)


def _whole_sentences(blocks: Iterator[LineBlock], name: str) -> Iterator[LineBlock]:
    """The same lines in blocks that end where a sentence does."""
    waiting: LineBlock | None = None
    for each in blocks:
        block = each if waiting is None else appended(waiting, each)
        blank = np.flatnonzero(_is_blank(block.lines))
        end = int(blank[-1]) + 1 if len(blank) else 0
        waiting = LineBlock(block.lines[end:], block.numbers[end:], block.rejected[:0])
        if len(waiting.lines) > LONGEST_SENTENCE:
            raise CorpusFormatError(
                f"{name} has no empty line after line {waiting.numbers[0]} for "
                f"{LONGEST_SENTENCE:,} lines; sentences end with one: check the format"
            )
        if end or len(block.rejected):
            yield LineBlock(block.lines[:end], block.numbers[:end], block.rejected)
    if waiting is not None and len(waiting.lines):
        yield waiting


def _read(block: LineBlock, form: _Format) -> Rows:
    """The sentences of a block that holds whole ones; one with a broken line is refused."""
    blank = _is_blank(block.lines)
    sentence = np.cumsum(blank)  # the number of sentences that ended before each line
    says_nothing = blank | _is_true(pc.starts_with(block.lines, form.comment))
    skipped = {}
    for kind, pattern in form.skipped.items():
        matches = _is_true(pc.match_substring_regex(block.lines, pattern))
        skipped[kind] = int(matches.sum())
        says_nothing |= matches
    read = pc.extract_regex(block.lines, form.pattern)
    is_word = _is_true(pc.is_valid(read)) & ~says_nothing
    if form.refused:
        is_word &= ~_is_true(pc.match_substring_regex(block.lines, form.refused))
    broken = ~is_word & ~says_nothing
    refused_sentences, first_broken = np.unique(sentence[broken], return_index=True)
    kept = is_word & ~np.isin(sentence, refused_sentences)
    words = read.filter(pa.array(kept))
    starts = np.flatnonzero(np.diff(sentence[kept], prepend=-1))
    offsets = np.append(starts, kept.sum())
    at = pa.array(np.flatnonzero(broken)[first_broken])
    rejected = rejected_rows(block.numbers.take(at), f"not {form.asked}", block.lines.take(at))
    return Rows(
        {
            "tokens": joined_words(words.field("token").cast(pa.large_string()), offsets),
            "tags": joined_words(words.field(form.tag).cast(pa.large_string()), offsets),
        },
        block.numbers.filter(pa.array(kept)).take(pa.array(starts)),
        pa.concat_tables([block.rejected, rejected]),
        skipped=skipped,
    )


def _is_blank(lines: pa.Array) -> NDArray[np.bool_]:
    return _is_true(pc.equal(pc.ascii_trim_whitespace(lines), ""))


def _is_true(mask: pa.Array) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = mask.to_numpy(zero_copy_only=False)
    return found
