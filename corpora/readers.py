"""From raw files to chunks of rows: which reader a format has, and which columns it gives."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from fnmatch import fnmatch
from itertools import chain
from pathlib import Path

from configs.data import DataConfig, OwnFile
from configs.events import EventsConfig
from corpora.archives import open_gzip, open_members
from corpora.catalogue import dataset
from corpora.entries import Dataset, RemoteFile
from corpora.event_logs import log_columns, log_rows
from corpora.lines import LineBlock, Readable, line_blocks
from corpora.own_files import aligned_files, running_texts
from corpora.readers_documents import document_rows
from corpora.readers_pairs import aligned_rows, pair_rows
from corpora.readers_quoted import quoted_rows
from corpora.readers_reuters import reuters_rows
from corpora.readers_running import running_rows
from corpora.readers_tables import folder_rows, parquet_rows, sqlite_rows
from corpora.readers_tagged import conllu_rows, word_tag_rows
from corpora.readers_text import delimited_rows, json_rows, line_rows
from corpora.readers_trees import tree_rows
from corpora.rows import RawChunk, Rows, Wanted, chunks_of, gathered
from corpora.tables import CONTENT
from storage.errors import CorpusFormatError, InputError

_GZIP = b"\x1f\x8b"


def read_rows(raw: Path, data: DataConfig) -> Iterator[RawChunk]:
    """All rows of the data, in the order of its files and their lines.

    Args:
        raw: The folder that `corpora.download.fetch` filled.
        data: Which data it is.

    Yields:
        Chunks of at most 100,000 rows, with what could not be read set apart. Words such as
        `None` and `NA` stay words.

    Raises:
        CorpusFormatError: If a file is damaged, wrongly encoded, or holds no row.
        InputError: If a column is not there.
    """
    columns, log = columns_of(data), data.events if data.events.log else None
    if data.file is not None:
        yield from read_own_file(
            raw / data.file.name,
            data.file,
            columns=columns,
            keep_traces=data.keep_traces,
            log=log,
        )
        return
    if data.sql is not None:
        yield from _parts(raw, Wanted(columns), name=data.sql.shown, log=log)
        return
    entry = dataset(data.dataset)
    if entry.layout.reader == "generated":
        yield from _parts(raw, Wanted({name: name for name in entry.layout.columns}))
        return
    for file in entry.files:
        yield from _published(raw / file.name, file, entry, Wanted(columns), data)


def columns_of(data: DataConfig) -> dict[str, str]:
    """Our names of the columns that rows are read from to those in the source."""
    if data.events.log:
        return log_columns(data)
    return {ours: getattr(data.columns, ours) or ours for ours in CONTENT[data.problem]}


def read_own_file(
    path: Path,
    file: OwnFile,
    *,
    columns: Mapping[str, str],
    labels: tuple[tuple[str, str], ...] = (),
    keep_traces: bool = False,
    log: EventsConfig | None = None,
) -> Iterator[RawChunk]:
    """Rows of a user's file, also of one without labels.

    Args:
        path: Where it lies.
        file: How it is read; only format, query and encoding matter.
        columns: Our column names to those in the file.
        labels: Readable names of the classes, as (written, name) pairs.
        keep_traces: Whether words that are not said stay in sentences that come as trees.
        log: What is asked of the sequences, where each row of the file is one event.

    Raises:
        CorpusFormatError: If it is damaged, wrongly encoded, or holds no row.
        InputError: If a column is not there.
    """
    found = 0
    read = _rows(path, file, Wanted(columns), keep_traces=keep_traces)
    for rows in read if log is None else log_rows(read, log, name=file.name):
        for chunk in chunks_of(rows, file=file.name, labels=labels):
            found += len(chunk.frame) + len(chunk.rejected)
            yield chunk
    if not found:
        raise CorpusFormatError(f"{file.name} holds no rows; at least one is needed")


def _rows(path: Path, file: OwnFile, wanted: Wanted, *, keep_traces: bool) -> Iterator[Rows]:
    match file.format:
        case "parquet":
            yield from parquet_rows(path, wanted, name=file.name)
        case "sqlite":
            yield from sqlite_rows(path, wanted, query=file.query or "", name=file.name)
        case "folder":
            yield from folder_rows(path, wanted, name=file.name, encoding=file.encoding)
        case "aligned":
            yield from _aligned(path, file, wanted)
        case "text" if path.is_dir():
            for text in running_texts(path):
                with opened(text) as stream:
                    blocks = line_blocks(stream, name=text.name, encoding=file.encoding)
                    yield from running_rows(blocks, wanted)
        case _:
            with opened(path) as stream:
                yield from _text_rows(stream, file, wanted, keep_traces=keep_traces)


def _aligned(folder: Path, file: OwnFile, wanted: Wanted) -> Iterator[Rows]:
    with ExitStack() as stack:
        paths = aligned_files(folder)
        source, target = (
            line_blocks(
                stack.enter_context(opened(path)), name=path.name, encoding=file.encoding
            )
            for path in paths
        )
        names = (paths[0].name, paths[1].name)
        yield from aligned_rows(source, target, wanted, names=names)


def _text_rows(
    stream: Readable, file: OwnFile, wanted: Wanted, *, keep_traces: bool
) -> Iterator[Rows]:
    blocks = line_blocks(stream, name=file.name, encoding=file.encoding)
    match file.format:
        case "csv" | "tsv":
            return quoted_rows(blocks, wanted, kind=file.format, name=file.name)
        case "jsonl":
            return json_rows(blocks, wanted, name=file.name)
        case "pairs":
            return pair_rows(blocks, wanted, name=file.name)
        case "text":
            return running_rows(blocks, wanted)
        case "lines":
            return line_rows(blocks, wanted, name=file.name)
        case _:
            return _tagged_rows(blocks, file, wanted, keep_traces=keep_traces)


def _tagged_rows(
    blocks: Iterator[LineBlock], file: OwnFile, wanted: Wanted, *, keep_traces: bool
) -> Iterator[Rows]:
    match file.format:
        case "conllu":
            return conllu_rows(blocks, wanted, name=file.name)
        case "word_tags":
            return word_tag_rows(blocks, wanted, name=file.name)
        case "trees":
            return tree_rows(blocks, wanted, name=file.name, keep_traces=keep_traces)
        case _:
            raise InputError(f"{file.name}: {file.format} is not a text format")


@contextmanager
def opened(path: Path) -> Iterator[Readable]:
    """The file's bytes, unpacked where they are packed, whatever the name says."""
    with path.open("rb") as plain:
        if plain.read(len(_GZIP)) != _GZIP:
            plain.seek(0)
            yield plain
            return
    with open_gzip(path) as stream:
        yield stream


def _parts(
    raw: Path, wanted: Wanted, *, name: str | None = None, log: EventsConfig | None = None
) -> Iterator[RawChunk]:
    """Rows of a folder of Parquet parts; messages call them by name, or each by its own."""
    paths = sorted(raw.glob("*.parquet"))
    if log is not None:
        each = (parquet_rows(path, wanted, name=name or path.name) for path in paths)
        read = chain.from_iterable(each)
        for rows in log_rows(read, log, name=name or raw.name):
            yield from chunks_of(rows, file=paths[0].name)
        return
    for path in paths:
        for rows in parquet_rows(path, wanted, name=name or path.name):
            yield from chunks_of(rows, file=path.name)


def _published(
    path: Path, file: RemoteFile, entry: Dataset, wanted: Wanted, data: DataConfig
) -> Iterator[RawChunk]:
    """Rows of a file of the catalogue, or of the members it packs."""
    labels = entry.layout.labels
    if file.pattern is not None:
        for rows in _matching(path, file.pattern, entry, wanted, data):
            yield from chunks_of(rows, file=file.name, labels=labels)
        return
    if not file.members:
        with opened(path) as stream:
            for rows in _laid_out(stream, file.name, entry, wanted, data):
                yield from chunks_of(rows, file=file.name, labels=labels)
        return
    for member in open_members(path, [member.name for member in file.members]):
        for rows in _laid_out(member.stream, member.name, entry, wanted, data):
            yield from chunks_of(rows, file=member.name, labels=labels)


def _matching(
    path: Path, pattern: str, entry: Dataset, wanted: Wanted, data: DataConfig
) -> Iterator[Rows]:
    """Rows of the members that the pattern names, many small ones together."""
    if entry.layout.reader != "documents":
        yield from gathered(_of_each_member(path, pattern, entry, wanted, data))
        return
    members = (one for one in open_members(path) if fnmatch(one.name, pattern))
    yield from document_rows(members, wanted, encoding="latin-1")


def _of_each_member(
    path: Path, pattern: str, entry: Dataset, wanted: Wanted, data: DataConfig
) -> Iterator[tuple[str, Rows]]:
    for member in open_members(path):
        if fnmatch(member.name, pattern):
            for rows in _laid_out(member.stream, member.name, entry, wanted, data):
                yield member.name, rows


def _laid_out(
    stream: Readable, name: str, entry: Dataset, wanted: Wanted, data: DataConfig
) -> Iterator[Rows]:
    layout = entry.layout
    blocks = line_blocks(stream, name=name)
    match layout.reader:
        case "conllu":
            return conllu_rows(blocks, wanted, name=name)
        case "trees":
            return tree_rows(blocks, wanted, name=name, keep_traces=data.keep_traces)
        case "text":
            return running_rows(blocks, wanted)
        case "reuters":
            return reuters_rows(stream, wanted, name=name, topics=layout.classes)
        case "delimited":
            return delimited_rows(
                blocks,
                columns=layout.columns,
                further_fields=layout.further_fields,
                delimiter=layout.delimiter,
            )
        case _:
            raise InputError(f"{entry.name} is {layout.reader}, which no file is")
