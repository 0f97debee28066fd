"""Rows that came after the training: read as training data is, with or without answers."""

from collections.abc import Iterator
from functools import partial
from itertools import chain
from pathlib import Path

from configs.data import Columns, DataConfig, OwnFile
from corpora.catalogue import dataset
from corpora.readers import columns_of, read_own_file
from corpora.rows import MissingColumn, RawChunk
from corpora.tables import CONTENT

_ANSWERS = ("label", "target", "tags")


def read_new_rows(
    path: Path, file: OwnFile, *, data: DataConfig, columns: Columns
) -> Iterator[RawChunk]:
    """Rows of a user's file, with their label or target where the file has that column.

    Classes go by the names that the model learnt them by.

    Args:
        path: Where the file lies.
        file: How it is read.
        data: The model's data: the problem, the usual columns, names of classes.
        columns: Columns that the user named; None takes the model's, or the usual name. One of
            whole sequences says that the file is no log, whatever the model's data is.

    Raises:
        CorpusFormatError: If it is damaged, wrongly encoded, or holds no row.
        InputError: If the text's column is not there, or one that the user named.
    """
    if columns.events is not None or columns.gaps is not None:
        sequences = data.events.model_copy(update={"log": False, "target": "label"})
        data = data.model_copy(update={"events": sequences})
    named = {
        ours: getattr(columns, ours) or theirs for ours, theirs in columns_of(data).items()
    }
    log = data.events if data.events.log else None
    if file.format == "lines":
        text = CONTENT[data.problem][0]
        named = {text: named[text]}
    labels = () if data.file is not None else dataset(data.dataset).layout.labels
    read = partial(
        read_own_file, path, file, labels=labels, keep_traces=data.keep_traces, log=log
    )
    chunks = read(columns=named)
    try:
        first = next(chunks)
    except MissingColumn as missing:
        if missing.column not in _ANSWERS or getattr(columns, missing.column) is not None:
            raise
        named.pop(missing.column)
        return read(columns=named)
    return chain([first], chunks)
