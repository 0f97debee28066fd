"""Files of rows in the formats people keep them in, read and written a window at a time.

Formats follow the suffixes: `.csv`, `.tsv`, `.jsonl`, `.parquet`; `.txt`, one text a line, is
read only.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import IO, TypeVar

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from storage.errors import InputError
from storage.files import atomic_write

ROWS_AT_ONCE = 20_000

Reader = Callable[[Path], Iterator[pa.Table]]
Writer = Callable[[IO[bytes], Iterator[pa.Table]], None]
Way = TypeVar("Way", Reader, Writer)


def read_windows(path: Path) -> Iterator[pa.Table]:
    """The rows of a file in order, some at a time.

    Raises:
        InputError: If the suffix is not that of a known format; raised at once.
    """
    return _of_suffix(path, _READERS)(path)


def require_writable(path: Path) -> None:
    """Refuse a file of no known format before any work is done for it.

    Raises:
        InputError: If the suffix is not that of a known format.
    """
    _of_suffix(path, _WRITERS)


def write_windows(path: Path, windows: Iterator[pa.Table]) -> None:
    """Write windows of the same columns as one file, whole or not at all.

    Raises:
        InputError: If the suffix is not that of a known format.
    """
    write = _of_suffix(path, _WRITERS)
    with atomic_write(path) as file:
        write(file, windows)


def _of_suffix(path: Path, ways: Mapping[str, Way]) -> Way:
    """How a file of this suffix is read or written.

    Raises:
        InputError: If the suffix is not known.
    """
    suffix = path.suffix.lower()
    if suffix not in ways:
        raise InputError(
            f"{path.name} ends in {suffix or 'no suffix'}; use one of {', '.join(sorted(ways))}"
        )
    return ways[suffix]


def _read_delimited(path: Path, *, separator: str) -> Iterator[pa.Table]:
    """Every cell as the text it is: no numbers, no missing values."""
    frames = pd.read_csv(
        path,
        sep=separator,
        dtype=str,
        keep_default_na=False,
        encoding="utf-8",
        chunksize=ROWS_AT_ONCE,
    )
    return _tables(frames)


def _read_json_lines(path: Path) -> Iterator[pa.Table]:
    frames = pd.read_json(path, lines=True, dtype=False, chunksize=ROWS_AT_ONCE)
    return _tables(frames)


def _read_parquet(path: Path) -> Iterator[pa.Table]:
    for batch in pq.ParquetFile(path).iter_batches(batch_size=ROWS_AT_ONCE):
        yield pa.Table.from_batches([batch])


def _read_lines(path: Path) -> Iterator[pa.Table]:
    """One text a line; only a line feed ends a line, with or without a carriage return."""
    with path.open(encoding="utf-8", newline="\n") as file:
        while lines := list(islice(file, ROWS_AT_ONCE)):
            yield pa.table({"text": [line.rstrip("\r\n") for line in lines]})


def _tables(frames: Iterable[pd.DataFrame]) -> Iterator[pa.Table]:
    for frame in frames:
        yield pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata()


def _write_delimited(file: IO[bytes], windows: Iterator[pa.Table], *, separator: str) -> None:
    for number, window in enumerate(windows):
        text = window.to_pandas().to_csv(sep=separator, index=False, header=number == 0)
        file.write(text.encode("utf-8"))


def _write_json_lines(file: IO[bytes], windows: Iterator[pa.Table]) -> None:
    for window in windows:
        text = window.to_pandas().to_json(orient="records", lines=True, force_ascii=False)
        file.write(text.encode("utf-8"))


def _write_parquet(file: IO[bytes], windows: Iterator[pa.Table]) -> None:
    first = next(windows, None)
    if first is None:
        raise InputError(
            "the source has no rows, and so no columns to write; give one at least"
        )
    with pq.ParquetWriter(file, first.schema, compression="zstd") as writer:
        for window in chain([first], windows):
            writer.write_table(window.cast(first.schema))


_READERS: Mapping[str, Reader] = {
    ".csv": partial(_read_delimited, separator=","),
    ".tsv": partial(_read_delimited, separator="\t"),
    ".jsonl": _read_json_lines,
    ".parquet": _read_parquet,
    ".txt": _read_lines,
}
_WRITERS: Mapping[str, Writer] = {
    ".csv": partial(_write_delimited, separator=","),
    ".tsv": partial(_write_delimited, separator="\t"),
    ".jsonl": _write_json_lines,
    ".parquet": _write_parquet,
}
