"""Rows that came after the training: read as training data is, with or without answers."""

from collections.abc import Iterator
from functools import partial
from itertools import chain
from pathlib import Path

from configs.data import Columns, DataConfig, OwnFile
from corpora.catalogue import dataset
from corpora.readers import read_own_file
from corpora.rows import MissingColumn, RawChunk
from corpora.tables import CONTENT


def read_new_rows(
    path: Path, file: OwnFile, *, data: DataConfig, columns: Columns
) -> Iterator[RawChunk]:
    """Rows of a user's file, with their label or target where the file has that column.

    Classes go by the names that the model learnt them by.

    Args:
        path: Where the file lies.
        file: How it is read.
        data: The model's data: the problem, the usual columns, names of classes.
        columns: Columns that the user named; None takes the model's, or the usual name.

    Raises:
        CorpusFormatError: If it is damaged, wrongly encoded, or holds no row.
        InputError: If the text's column is not there, or one that the user named.
    """
    text, *answers = CONTENT[data.problem]  # running text has none
    named = {ours: _column(ours, data, columns) for ours in (text, *answers)}
    if file.format == "lines":
        named = {text: named[text]}
    labels = () if data.file is not None else dataset(data.dataset).layout.labels
    read = partial(read_own_file, path, file, labels=labels, keep_traces=data.keep_traces)
    chunks = read(columns=named)
    try:
        first = next(chunks)
    except MissingColumn as missing:
        if missing.column not in answers or getattr(columns, missing.column) is not None:
            raise
        named.pop(missing.column)
        return read(columns=named)
    return chain([first], chunks)


def _column(ours: str, data: DataConfig, columns: Columns) -> str:
    return getattr(columns, ours) or getattr(data.columns, ours) or ours
