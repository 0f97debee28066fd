"""Helpers of the readers' tests: a file's bytes in, plain rows out."""

from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pyarrow as pa

from configs.data import Format, OwnFile
from corpora.readers import read_own_file
from corpora.rejected import SCHEMA

CLASSES = {"text": "text", "label": "label"}


class Read(NamedTuple):
    """What a reader made of a file."""

    rows: list[tuple[object, ...]]
    lines: list[int]
    rejected: list[tuple[int, str, str]]


def read(
    path: Path,
    kind: Format,
    *,
    columns: dict[str, str] | None = None,
    encoding: str = "utf-8",
    query: str | None = None,
) -> Read:
    """All chunks of a file together, as Python values."""
    columns = columns or CLASSES
    file = OwnFile(name=path.name, sha256="0" * 64, format=kind, encoding=encoding, query=query)
    chunks = list(read_own_file(path, file, columns=columns))
    frame = pd.concat([chunk.frame for chunk in chunks])
    rejected = pa.concat_tables([chunk.rejected for chunk in chunks])
    assert list(frame) == [*columns, "file", "line"]
    assert all(str(frame[name].dtype) == "str" for name in columns)
    assert rejected.schema == SCHEMA
    refused = rejected.select(["line", "reason", "excerpt"]).to_pandas()
    return Read(
        rows=list(frame[list(columns)].itertuples(index=False, name=None)),
        lines=frame["line"].tolist(),
        rejected=list(refused.itertuples(index=False, name=None)),
    )
