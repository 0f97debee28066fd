"""Split tables turned into token ids on the disk, part by part; no PyTorch."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Self, TypeAlias, assert_never

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from configs.data import SPLITS, DataConfig, Problem
from configs.text import TextConfig
from corpora.tables import iter_parts
from models.text.encoded import EncodedColumn
from models.text.tokenizers import TokenColumn
from models.text.vocabulary import SPECIALS, Vocabulary
from storage.errors import InputError
from storage.faults import fault_point
from storage.files import Json, write_json, write_text
from training.arrays import ArrayFile
from training.encoding_events import EventFiles
from training.encoding_labels import LabelFiles, training_labels
from training.encoding_lengths import LengthFiles
from training.encoding_tags import TagFiles, training_characters, training_tags
from training.text_sides import TextSide, sides_of

KEPT_BYTES = 256 * 2**20
_Answers: TypeAlias = LabelFiles | EventFiles | TagFiles | LengthFiles


def encode(
    tables: Path, folder: Path, *, data: DataConfig, text: TextConfig
) -> Mapping[str, Json]:
    """Write token ids and counts of all splits; vocabularies come from training alone.

    Args:
        tables: Folder of the split tables.
        folder: Where the tokens go.
        data: Says what the problem, and so the columns, are.
        text: Tokenizer and vocabulary; kept beside the ids for prediction.

    Returns:
        Vocabulary sizes, tokens per split, and the shares of unknown words and of cut texts.

    Raises:
        InputError: If the training split holds no words, or nothing to make pieces of.
    """
    sides = sides_of(data.problem)
    write_text(folder / "tokenizer.json", text.model_dump_json(indent=1) + "\n")
    words = _Words(tables, text)
    vocabularies = _build_vocabularies(words, sides, text=text)
    for side, vocabulary in vocabularies.items():
        vocabulary.save(folder / side.vocabulary_file)
    first = vocabularies[sides[0]]
    answers_in = _answers_of(tables, folder, data.problem, text=text, vocabulary=first)
    fault_point("tokenize.middle")
    totals: dict[str, _Totals] = {}
    for split in SPLITS:
        with (
            _SplitFiles.create(folder / split, sides) as files,
            answers_in(folder / split) as answers,
        ):
            for part, frame in enumerate(iter_parts(tables / split)):
                encoded = {
                    side: words.encode(frame, side, key=(split, part), vocabulary=vocabulary)
                    for side, vocabulary in vocabularies.items()
                }
                files.append_part(frame["id"].to_numpy(np.int64), encoded)
                _append_answers(answers, frame, encoded[sides[0]])
        totals[split] = files.totals
    return _facts(vocabularies, totals)


class _Words:
    """Words of the tables' texts; those of training are kept from counting to encoding.

    As long as they fit: what goes beyond `KEPT_BYTES` is cut into words a second time.
    """

    def __init__(self, tables: Path, text: TextConfig) -> None:
        self._tables = tables
        self._text = text
        self._kept: dict[tuple[tuple[str, int], TextSide], TokenColumn] = {}
        self._room = KEPT_BYTES

    def of_training(self, side: TextSide) -> Iterator[TokenColumn]:
        """The words of one side of all training rows, part by part."""
        for part, frame in enumerate(iter_parts(self._tables / "train", [side.column])):
            words = side.words(frame, self._text)
            if words.indices.nbytes <= self._room:
                self._room -= words.indices.nbytes
                self._kept[("train", part), side] = words
            yield words

    def encode(
        self,
        frame: pd.DataFrame,
        side: TextSide,
        *,
        key: tuple[str, int],
        vocabulary: Vocabulary,
    ) -> EncodedColumn:
        """The ids of one side of some rows; the key is their split and part."""
        words = self._kept.pop((key, side), None)
        if words is None:
            words = side.words(frame, self._text)
        from_end = self._text.keep == "end"
        encoded = vocabulary.encode(words, max_tokens=self._text.max_tokens, from_end=from_end)
        return encoded.without_empty()


def _build_vocabularies(
    words: _Words, sides: Sequence[TextSide], *, text: TextConfig
) -> dict[TextSide, Vocabulary]:
    """One for each side, or the same for all."""
    if text.tokenizer != "bpe":
        return {side: _build_vocabulary(words, side, text=text) for side in sides}
    if not text.joint_vocabulary:
        return {side: _learn_pieces(words, [side], text=text) for side in sides}
    return dict.fromkeys(sides, _learn_pieces(words, sides, text=text))


def _build_vocabulary(words: _Words, side: TextSide, *, text: TextConfig) -> Vocabulary:
    vocabulary = Vocabulary.build(
        words.of_training(side),
        min_frequency=text.min_frequency,
        max_words=text.max_vocabulary,
        text_shares=(text.min_text_share, text.max_text_share),
    )
    if len(vocabulary) == len(SPECIALS):
        raise InputError(
            f"the training split has no {side.column} word that occurs at least "
            f"{text.min_frequency} times (text.min_frequency); lower it, or give more rows"
        )
    return vocabulary


def _learn_pieces(words: _Words, sides: Sequence[TextSide], *, text: TextConfig) -> Vocabulary:
    vocabulary = Vocabulary.learn_pieces(
        chain.from_iterable(words.of_training(side) for side in sides),
        min_frequency=text.min_frequency,
        max_pieces=text.max_vocabulary,
    )
    if not vocabulary.merges:
        columns = " and ".join(side.column for side in sides)
        raise InputError(
            f"no two letters of the training split's {columns} words stand together at least "
            f"{text.min_frequency} times (text.min_frequency) to be merged; lower it, or give "
            f"more rows"
        )
    return vocabulary


def _answers_of(
    tables: Path, folder: Path, problem: Problem, *, text: TextConfig, vocabulary: Vocabulary
) -> Callable[[Path], _Answers | nullcontext[None]]:
    """Write what answers there are, and give what a split's are written by."""
    train = tables / "train"
    match problem:
        case "classification" | "events":
            labels = training_labels(train)
            write_json(folder / "labels.json", labels.to_pylist())
            files = LabelFiles if problem == "classification" else EventFiles
            return lambda split: files(split, labels)
        case "tagging":
            tags, characters = training_tags(train), training_characters(train)
            write_json(folder / "tags.json", tags.to_pylist())
            characters.save(folder / "characters.txt")
            return lambda split: TagFiles(split, tags, characters)
        case "language_modelling":
            return lambda split: LengthFiles(split, text, vocabulary)
        case "translation":
            return lambda split: nullcontext()
        case _:
            assert_never(problem)


def _append_answers(
    answers: _Answers | None,
    frame: pd.DataFrame,
    encoded: EncodedColumn,
) -> None:
    match answers:
        case LabelFiles():
            answers.append_part(frame)
        case EventFiles() | TagFiles() | LengthFiles():
            answers.append_part(frame, encoded)


@dataclass
class _Totals:
    """Sums over the rows of a split, all text columns together."""

    texts: int = 0
    kept: int = 0
    unknown: int = 0
    truncated: int = 0

    def add(self, column: EncodedColumn) -> None:
        self.texts += len(column)
        self.kept += len(column.ids)
        self.unknown += int(column.unknown.sum())
        self.truncated += int(np.count_nonzero(column.truncated))


class _SplitFiles(ExitStack):
    """The growing files of one split: ids, offsets, rows and counts."""

    def __init__(self, folder: Path, schema: pa.Schema) -> None:
        super().__init__()
        self.totals = _Totals()
        self._folder = folder
        self._arrays: dict[str, ArrayFile] = {}
        folder.mkdir(parents=True, exist_ok=True)
        self._counts = self.enter_context(pq.ParquetWriter(folder / "counts.parquet", schema))
        self._schema = schema

    @classmethod
    def create(cls, folder: Path, sides: Sequence[TextSide]) -> Self:
        """Open the files, empty."""
        fields = [pa.field("id", pa.int64())]
        for side in sides:
            fields += [
                pa.field(f"{side.prefix}tokens", pa.int64()),
                pa.field(f"{side.prefix}unknown", pa.int64()),
                pa.field(f"{side.prefix}truncated", pa.bool_()),
            ]
        files = cls(folder, pa.schema(fields))
        files._open("rows", np.int64)
        for side in sides:
            files._open(f"{side.prefix}ids", np.int32)
            files._open(f"{side.prefix}offsets", np.int64)
            files._arrays[f"{side.prefix}offsets"].append(np.zeros(1, np.int64))
        return files

    def append_part(
        self, rows: NDArray[np.int64], columns: Mapping[TextSide, EncodedColumn]
    ) -> None:
        """Add some rows, by their ids in the tables and their texts by side."""
        counts = [pa.array(rows)]
        for side, encoded in columns.items():
            ids = self._arrays[f"{side.prefix}ids"]
            self._arrays[f"{side.prefix}offsets"].append(encoded.offsets[1:] + len(ids))
            ids.append(encoded.ids)
            counts += [encoded.tokens, encoded.unknown, encoded.truncated > 0]
            self.totals.add(encoded)
        self._arrays["rows"].append(rows)
        self._counts.write_table(pa.table(counts, schema=self._schema))

    def _open(self, name: str, dtype: type[np.integer]) -> None:
        path = self._folder / f"{name}.npy"
        self._arrays[name] = self.enter_context(ArrayFile(path, dtype))


def _facts(
    vocabularies: Mapping[TextSide, Vocabulary], totals: Mapping[str, _Totals]
) -> dict[str, Json]:
    sizes = {side.prefix.rstrip("_"): len(words) for side, words in vocabularies.items()}
    return {
        "vocabulary": sizes.get("", sizes),
        "tokens": {split: total.kept for split, total in totals.items()},
        "unknown_share": {s: total.unknown / max(1, total.kept) for s, total in totals.items()},
        "truncated_share": {s: t.truncated / max(1, t.texts) for s, t in totals.items()},
    }
