"""New rows cleaned as the training's were, tokenized and answered by a bundle, as one table."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from configs.data import DataConfig
from configs.text import TextConfig
from corpora.cleaning import clean
from corpora.columns import text_column
from corpora.grouping import as_hex, group_key, hash_of
from corpora.rejected import RejectedRows, refuse_more_than
from corpora.rows import RawChunk
from corpora.tables import CONTENT, PartWriter
from models.bundle import BundleConfig
from models.classifying import ClassificationPredictor
from models.event_predicting import EventPredictor
from models.language_modelling import LanguagePredictor
from models.predictors import Predictor, load_predictor
from models.tagging import TaggingPredictor
from models.text.encoding import encode_texts
from models.text.timed import joined_timed
from models.text.vocabulary import Vocabulary
from storage import progress
from storage.errors import InputError
from storage.files import read_json

_ROWS_AT_ONCE = 20_000


@dataclass(frozen=True)
class NewRows:
    """What became of new data.

    Attributes:
        text: The tokenizer of the bundle.
        read: Rows of the source.
        rejected: Those that could not be read.
        dropped: Those that cleaning dropped.
        known: Those whose group the model's own data holds.
        kept: Rows in the table.
    """

    text: TextConfig
    read: int
    rejected: int
    dropped: int
    known: int
    kept: int


def answer_new_rows(
    chunks: Iterable[RawChunk],
    folder: Path,
    bundle: Path,
    *,
    data: DataConfig,
    known: pa.Array | None = None,
    only_new: bool = False,
    device: str = "cpu",
) -> NewRows:
    """Write a table of id, group, content, counts of tokens, answers and `known`.

    Args:
        chunks: Rows as the readers give them, with or without label or target.
        folder: Where the parts go, and `rejected.parquet`.
        bundle: What answers.
        data: How rows are cleaned.
        known: Groups of the model's own data, as hex; None where nobody knows them.
        only_new: Leave those rows out.
        device: Where to compute.

    Raises:
        CorpusFormatError: If too many rows cannot be read.
        InputError: If no row is left.
    """
    reader = _Reader(bundle, data, device)
    read = dropped = known_rows = 0
    writer: PartWriter | None = None
    folder.mkdir(parents=True, exist_ok=True)
    with RejectedRows(folder / "rejected.parquet") as rejected:
        for chunk in chunks:
            rejected.add(chunk.rejected)
            read += len(chunk.frame) + len(chunk.rejected)
            for cleaned in reader.cleaned(chunk.frame):
                is_known = _is_known(cleaned["group"], known)
                known_rows += int(pc.sum(is_known).as_py() or 0)
                table = cleaned.append_column("known", is_known)
                if only_new:
                    table = table.filter(pc.invert(is_known))
                answered = reader.answered(table)
                writer = writer or PartWriter(folder, answered.schema)
                writer.add(answered)
                progress.advanced("monitor", read, note="rows answered")
            dropped = reader.dropped
    refuse_more_than(data.cleaning.max_rejected_share, rejected, read=read)
    if writer is None:
        raise InputError(f"none of the {read:,} new rows is left after cleaning")
    writer.close()
    return NewRows(reader.text, read, rejected.count, dropped, known_rows, writer.rows)


class _Reader:
    """Cleans, tokenizes and answers rows as the bundle was trained and is served."""

    def __init__(self, bundle: Path, data: DataConfig, device: str) -> None:
        config = BundleConfig.model_validate(read_json(bundle / "config.json"))
        if config.problem != data.problem:
            raise InputError(
                f"the model solves {config.problem}, but the data is for {data.problem}; "
                "name the model of this data"
            )
        self.text = config.text
        self.dropped = 0
        self._rows = 0
        self._data = data
        self._predictor = load_predictor(bundle, device)
        prefixes = {
            "text": "",
            "events": "",
            "tokens": "",
            "source": "source_",
            "target": "target_",
        }
        self._sides = {
            side: (prefixes[side], Vocabulary.load(bundle / f"{prefixes[side]}vocabulary.txt"))
            for side in CONTENT[data.problem]
            if side in prefixes
        }

    def cleaned(self, frame: pd.DataFrame) -> Iterator[pa.Table]:
        """The rows that cleaning leaves, with id and group, some at a time."""
        held = [name for name in CONTENT[self._data.problem] if name in frame]
        given = {name: text_column(frame[name]) for name in held}
        data = self._data
        cleaned = clean(given, data.cleaning, problem=data.problem, removed=data.remove)
        self.dropped += sum(cleaned.dropped.values())
        groups = as_hex(hash_of(group_key(cleaned.columns[held[0]])))
        ids = np.flatnonzero(cleaned.stays) + self._rows
        self._rows += len(frame)
        table = pa.table({"id": pa.array(ids), "group": groups, **cleaned.columns})
        for start in range(0, len(table), _ROWS_AT_ONCE):
            yield table.slice(start, _ROWS_AT_ONCE)

    def answered(self, table: pa.Table) -> pa.Table:
        """The rows with the counts of their tokens, and the model's answers."""
        for side, (prefix, vocabulary) in self._sides.items():
            if side in table.column_names:
                encoded = encode_texts(
                    table[side],
                    self.text,
                    vocabulary=vocabulary,
                    written=side == "target" or self._data.problem == "language_modelling",
                )
                table = table.append_column(f"{prefix}tokens", pa.array(encoded.tokens))
                table = table.append_column(f"{prefix}unknown", pa.array(encoded.unknown))
        asked = table[CONTENT[self._data.problem][0]]
        if self._data.problem == "events":
            asked = joined_timed(table["events"], table["gaps"])
        for name, column in _answers(self._predictor, asked).items():
            table = table.append_column(name, column)
        return table


def _answers(predictor: Predictor, texts: pa.ChunkedArray) -> dict[str, pa.Array]:
    """The answers under the names that evaluation gives them."""
    if isinstance(predictor, ClassificationPredictor | EventPredictor):
        found = predictor.predict_columns(texts)
        labels = pa.array(predictor.labels, pa.large_string())
        best = found.probabilities.max(axis=1, initial=0.0)
        return {
            "predicted": labels.take(pa.array(found.classes)),
            "probability": pa.array(best.astype(np.float64)),
        }
    if isinstance(predictor, TaggingPredictor):
        tagged = predictor.predict(texts)
        return {
            "predicted": pa.array([" ".join(one.tags) for one in tagged], pa.large_string()),
            "score": pa.array([one.score for one in tagged], pa.float64()),
        }
    if isinstance(predictor, LanguagePredictor):
        surprise = predictor.surprise(texts)
        return {
            "bits": pa.array(surprise.bits),
            "characters": pa.array(surprise.characters),
        }
    answers = predictor.predict(texts)
    return {
        "predicted": pa.array([answer.text for answer in answers], pa.large_string()),
        "score": pa.array([answer.score for answer in answers], pa.float64()),
    }


def _is_known(groups: pa.ChunkedArray, known: pa.Array | None) -> pa.Array:
    if known is None:
        return pa.repeat(pa.scalar(False), len(groups))
    return pc.is_in(groups.combine_chunks(), value_set=known)
