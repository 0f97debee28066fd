"""From tables to a profile, part by part: only counts, and a hash a row, are held.

What a column is counted on decides what it may be compared with: what texts are like, on
training rows; unknown words, on validation and test, for the vocabulary came from training and
knows the words of it; answers, on test, for a network is surer and more often right on rows
that it learnt from, or whose score picked its epoch.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import assert_never

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from configs.data import Problem
from configs.monitoring import DriftCheck
from configs.text import TextConfig
from data_checks.distributions import CategoryCounts, Distribution
from data_checks.profile import Column, Profile
from data_checks.profiled_answers import ANSWERS, answer_columns, categories
from data_checks.sequences import count_sequences
from data_checks.texts import count_texts
from models.text.tokenizers import JOINER, as_text_column, split_words
from models.text.vocabulary import SPECIALS, Vocabulary
from storage.files import Json, read_json

TOP_WORDS = 100
KNOWN, UNKNOWN = "known", "unknown"
_ROWS_AT_ONCE = 100_000
_CHECKS: Mapping[str, DriftCheck] = {
    "length in words": "length",
    "length in characters": "length",
    "length in events": "length",
    "events": "words",
    "mean gap": "gaps",
    "words": "words",
    "characters": "characters",
    "script": "scripts",
}


@dataclass(frozen=True)
class Side:
    """A text column of the tables; what its counts' and its vocabulary's names begin with."""

    column: str
    prefix: str


def sides_of(problem: Problem) -> tuple[Side, ...]:
    """The text columns of a problem's tables."""
    match problem:
        case "classification":
            return (Side("text", ""),)
        case "events":
            return (Side("events", ""),)
        case "tagging":
            return (Side("tokens", ""),)
        case "language_modelling":
            return (Side("text", ""),)
        case "translation":
            return (Side("source", "source_"), Side("target", "target_"))
        case _:
            assert_never(problem)


def profile_training(
    tables: Path, tokens: Path, predictions: Path, *, problem: Problem
) -> Profile:
    """Profile the data that a model learnt from and was tested on.

    Args:
        tables: Folder of the split tables.
        tokens: Folder of their tokens: counts, settings and vocabularies.
        predictions: The model's answers to the test split, a Parquet file.
        problem: What the model does with a row.
    """
    text, train = _text_settings(tokens), _parts(tables / "train")
    top_words = {
        side.column: _top_words(train, tokens, side, text) for side in sides_of(problem)
    }
    firsts = one_of_group(train, problem=problem)
    content = _Counted("train", problem, text, top_words).content(train, firsts)
    held_out = _Counted("validation and test", problem, text, top_words)
    unknown = [
        held_out.unknown_words(
            [tokens / split / "counts.parquet"], one_of_group(parts, problem=problem)
        )
        for split in ("validation", "test")
        if (parts := _parts(tables / split))
    ]
    answers = _Counted("test", problem, text, top_words).answers(
        [predictions], one_of_group([predictions], problem=problem)
    )
    return Profile(
        problem,
        rows=len(firsts),
        distinct=int(firsts.sum()),
        top_words=top_words,
        columns=(*content, *_summed(unknown), *answers),
    )


def profile_new(rows: Path, *, reference: Profile, text: TextConfig) -> Profile:
    """Profile new rows, to be compared with a reference.

    Args:
        rows: Folder of a table with the rows, the counts of their tokens, the model's answers,
            and `known`, True for a row whose group the model's own data holds: those are left
            out of unknown words and answers, for which the reference has no such rows either.
        reference: What they will be compared with.
        text: The model's tokenizer.
    """
    parts = _parts(rows)
    firsts = one_of_group(parts, problem=reference.problem)
    known = np.concatenate([pq.read_table(p, columns=["known"])["known"] for p in parts])
    unseen = firsts & ~known.astype(np.bool_)
    counted = _Counted("new rows", reference.problem, text, reference.top_words)
    return Profile(
        reference.problem,
        rows=len(firsts),
        distinct=int(firsts.sum()),
        top_words=reference.top_words,
        columns=(
            *counted.content(parts, firsts),
            *counted.unknown_words(parts, unseen),
            *counted.answers(parts, unseen),
        ),
    )


def _top_words(
    train: Sequence[Path], tokens: Path, side: Side, text: TextConfig
) -> tuple[str, ...]:
    """The most frequent words of a side of the training rows, as :func:`count_texts` cuts them.

    The vocabulary has them in that order already, unless it is of pieces or of folded words.
    """
    vocabulary = Vocabulary.load(tokens / f"{side.prefix}vocabulary.txt")
    if vocabulary.merges or text.normalise != "nfc" or text.tokenizer == "characters":
        every = np.ones(sum(pq.read_metadata(part).num_rows for part in train), np.bool_)
        vocabulary = Vocabulary.build(
            split_words(window[side.column], lowercase=text.lowercase)
            for window in _windows(train, every, [side.column])
        )
    unmarked = dict.fromkeys(word.strip(JOINER) for word in vocabulary.words[len(SPECIALS) :])
    return tuple(unmarked)[:TOP_WORDS]


def one_of_group(parts: Sequence[Path], *, problem: Problem) -> NDArray[np.bool_]:
    """True for one row of each group over all parts: the first, or of a case any one.

    Rows of one group say the same, so they are no independent draws: a sentence with thirty
    translations is one sentence. The beginnings of a case are, and the first is no typical one.
    """
    groups = [pq.read_table(part, columns=["group"])["group"].to_pandas() for part in parts]
    hashes = np.concatenate([pd.util.hash_array(each.array) for each in groups])
    order = np.arange(len(hashes))
    if problem == "events":
        order = np.random.default_rng(0).permutation(order)
    chosen = np.zeros(len(hashes), np.bool_)
    chosen[order] = ~pd.Series(hashes[order]).duplicated().to_numpy()
    return chosen


@dataclass(frozen=True)
class _Counted:
    """Counts rows into columns."""

    counted_on: str
    problem: Problem
    text: TextConfig
    top_words: Mapping[str, Sequence[str]]

    def content(self, parts: Sequence[Path], mask: NDArray[np.bool_]) -> tuple[Column, ...]:
        """What the rows say, before any model sees them."""
        held = pq.read_schema(parts[0]).names
        sides = [side.column for side in sides_of(self.problem) if side.column in held]
        labelled = ["label"] if "label" in held else []
        gaps = ["gaps"] if self.problem == "events" and "gaps" in held else []
        windows = _windows(parts, mask, [*sides, *gaps, *labelled])
        return _summed(self._content_of(window, sides) for window in windows)

    def _content_of(self, window: pa.Table, sides: Sequence[str]) -> list[Column]:
        columns = [
            Column(name, _CHECKS[kind], self.counted_on, counts)
            for side in sides
            for kind, counts in self._counts_of(window, side).items()
            for name in (kind if side == "events" else f"{side} {kind}",)
        ]
        if "label" in window.column_names:
            columns.append(categories("label", "labels", window["label"], self.counted_on))
        return columns

    def _counts_of(self, window: pa.Table, side: str) -> Mapping[str, Distribution]:
        texts, top = as_text_column(window[side]), self.top_words[side]
        if self.problem == "events":
            return count_sequences(texts, as_text_column(window["gaps"]), top_events=top)
        return count_texts(texts, top_words=top, lowercase=self.text.lowercase)

    def unknown_words(
        self, parts: Sequence[Path], mask: NDArray[np.bool_]
    ) -> tuple[Column, ...]:
        """Words that the model reads without knowing them."""
        held = pq.read_schema(parts[0]).names
        sides = [side for side in sides_of(self.problem) if f"{side.prefix}tokens" in held]
        names = [f"{side.prefix}{count}" for side in sides for count in ("tokens", "unknown")]
        return _summed(
            [self._unknown_of(window, side) for side in sides]
            for window in _windows(parts, mask, names)
        )

    def _unknown_of(self, window: pa.Table, side: Side) -> Column:
        tokens = window[f"{side.prefix}tokens"].to_numpy()
        unknown = window[f"{side.prefix}unknown"].to_numpy()
        read = np.minimum(tokens, self.text.max_tokens)
        per_row = np.stack([read - unknown, unknown], axis=1).astype(np.int64)
        counts = CategoryCounts.of_rows([KNOWN, UNKNOWN], per_row)
        return Column(f"{side.column} unknown words", "unknown_words", self.counted_on, counts)

    def answers(self, parts: Sequence[Path], mask: NDArray[np.bool_]) -> tuple[Column, ...]:
        """What the model answers, how surely, and how often rightly."""
        held = pq.read_schema(parts[0]).names
        wanted = [n for n in ANSWERS if n in held]
        return _summed(
            answer_columns(window, self.problem, self.counted_on)
            for window in _windows(parts, mask, wanted)
        )


def _summed(listed: Iterator[list[Column]] | Sequence[Sequence[Column]]) -> tuple[Column, ...]:
    """The columns of all windows, each name once."""
    total: dict[str, Column] = {}
    for column in chain.from_iterable(listed):
        before = total.get(column.name)
        total[column.name] = column if before is None else before + column
    return tuple(total.values())


def _windows(
    parts: Sequence[Path], mask: NDArray[np.bool_], columns: Sequence[str]
) -> Iterator[pa.Table]:
    """The chosen rows, some at a time."""
    start = 0
    for part in parts:
        with pq.ParquetFile(part) as file:
            for batch in file.iter_batches(_ROWS_AT_ONCE, columns=list(columns)):
                chosen = mask[start : start + len(batch)]
                yield pa.Table.from_batches([batch]).filter(pa.array(chosen))
                start += len(batch)


def _parts(folder: Path) -> list[Path]:
    return sorted(folder.glob("part-*.parquet"))


def _text_settings(tokens: Path) -> TextConfig:
    content: Json = read_json(tokens / "tokenizer.json")
    return TextConfig.model_validate(content)
