"""The sources of a data version, each read, cleaned and hashed once and then kept.

A source is the dataset itself or a file added later. What cleaning left of it lies in Parquet
parts, with the hashes by which rows are assigned to splits, under a key of the source's content
and the rules; so a new version reads its new file only.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from configs.data import DataConfig
from corpora.assigning import Ranks, RowHashes, ranks_of
from corpora.catalogue import dataset
from corpora.cleaning import clean
from corpora.columns import text_column
from corpora.grouping import group_key, hash_of, row_hash
from corpora.own_files import own_path
from corpora.readers import columns_of, read_own_file, read_rows
from corpora.rejected import RejectedRows, refuse_more_than
from corpora.rows import RawChunk
from corpora.tables import CONTENT, PartWriter, part_paths
from storage import progress
from storage.code import code_digests
from storage.files import Json, digest_of_json, folder_digests
from storage.steps import MANIFEST, Facts, StepKey, run_step

REJECTED = "rejected.parquet"
_HASHES = ("group_hash", "content_hash", "rank")


@dataclass(frozen=True)
class Source:
    """Where rows come from, and how they are read.

    Attributes:
        name: For people.
        digest: sha256 of the raw content.
        folder: Where the raw files lie.
        data: How they are read and cleaned.
        is_added: Whether it was added to the dataset later.
        labels: Readable names of an added file's classes, as (written, name) pairs.
    """

    name: str
    digest: str
    folder: Path
    data: DataConfig
    is_added: bool = False
    labels: tuple[tuple[str, str], ...] = ()

    def rows(self) -> Iterator[RawChunk]:
        """Its rows, in the order of its files and their lines."""
        if not self.is_added:
            return read_rows(self.folder, self.data)
        file = self.data.file
        assert file is not None
        path = self.folder / file.name
        return read_own_file(
            path,
            file,
            columns=columns_of(self.data),
            labels=self.labels,
            keep_traces=self.data.keep_traces,
            log=self.data.events if self.data.events.log else None,
        )


@dataclass(frozen=True)
class CleanedSource:
    """What cleaning left of a source.

    Attributes:
        name: Of the source, for people.
        folder: Parts of id (row number in the source), content, hashes and rank, and
            `rejected.parquet`.
        facts: `read`, `rejected` and `numbered` rows, what was `skipped` by kind, `changed` and
            `dropped` by rule.
    """

    name: str
    folder: Path
    facts: Facts

    def count(self, name: str) -> int:
        """One of the facts that are numbers."""
        return cast(int, self.facts[name])

    def hashes(self) -> RowHashes:
        """What splits and duplicates are decided by, of all its rows."""
        table = pq.read_table(part_paths(self.folder), columns=list(_HASHES))
        groups, contents, ranks = (table.column(name).to_numpy() for name in _HASHES)
        return RowHashes(groups=groups, contents=contents, ranks=ranks)

    def parts(self) -> Iterator[pa.Table]:
        """Its rows part by part, without the hashes of their content."""
        for path in part_paths(self.folder):
            yield pq.read_table(path).drop_columns(["content_hash", "rank"])


def sources_of(raw: Path, data: DataConfig, *, own: Path) -> list[Source]:
    """The dataset and the files added to it, in this order.

    Args:
        raw: Folder of the dataset's raw files.
        data: Which data.
        own: Folder of own files, where added ones lie under their digest.

    Raises:
        InputError: If an added file is gone or was changed.
    """
    plain = data.model_copy(update={"added": (), "version": None})
    content = {name: digest for name, (_, digest) in folder_digests(raw).items()}
    content.pop(MANIFEST, None)
    base = Source(data.dataset, digest_of_json(content), raw, plain)
    # `0` means in a new file what it means in the dataset
    brought = data.file is not None or data.sql is not None
    labels = () if brought else dataset(data.dataset).layout.labels
    added = [
        Source(
            each.file.name,
            each.file.sha256,
            own_path(each.file, own=own).parent,
            plain.model_copy(update={"file": each.file, "columns": each.columns}),
            is_added=True,
            labels=labels,
        )
        for each in data.added
    ]
    return [base, *added]


def cleaned_once(source: Source, *, home: Path) -> CleanedSource:
    """Read and clean the source, or take what an earlier run left of it.

    Raises:
        CorpusFormatError: If too many rows cannot be read.
        InputError: If a column is not there, or `data.split` asks for what the data lacks.
    """
    files, packages = code_digests("corpora.sources")
    key = StepKey("clean", {"source": source.digest}, _deciding(source), files, packages)
    done = run_step(
        home,
        key,
        lambda folder: clean_rows(source.rows(), folder, source.data, is_added=source.is_added),
        subject=source.name,
    )
    return CleanedSource(source.name, done.folder, done.facts)


def clean_rows(
    chunks: Iterable[RawChunk], folder: Path, data: DataConfig, *, is_added: bool = False
) -> Facts:
    """Clean rows chunk by chunk and write them with their hashes; see :class:`CleanedSource`.

    Raises:
        CorpusFormatError: If too many rows could not be read.
    """
    writer = PartWriter(folder, _schema(data))
    read = numbered = 0
    skipped: dict[str, int] = {}
    changed: dict[str, int] = {}
    dropped: dict[str, int] = {}
    with RejectedRows(folder / REJECTED) as rejected:
        for chunk in chunks:
            rejected.add(chunk.rejected)
            given = {name: text_column(chunk.frame[name]) for name in CONTENT[data.problem]}
            cleaned = clean(given, data.cleaning, problem=data.problem, removed=data.remove)
            groups = hash_of(group_key(cleaned.columns[CONTENT[data.problem][0]]))
            ranks = _ranks(chunk, data, is_added=is_added)[cleaned.stays]
            hashed = (groups, row_hash(cleaned.columns), ranks)
            writer.add(
                pa.table(
                    {
                        "id": np.flatnonzero(cleaned.stays) + numbered,
                        **cleaned.columns,
                        **dict(zip(_HASHES, hashed, strict=True)),
                    }
                )
            )
            skipped = _summed(skipped, chunk.skipped)
            changed = _summed(changed, cleaned.changed)
            dropped = _summed(dropped, cleaned.dropped)
            read += len(chunk.frame) + len(chunk.rejected)
            numbered += len(chunk.frame)
            progress.advanced("preprocess", read, note="rows read and cleaned")
    writer.close()
    refuse_more_than(data.cleaning.max_rejected_share, rejected, read=read)
    return {
        "read": read,
        "rejected": rejected.count,
        "numbered": numbered,
        "skipped": skipped,
        "changed": changed,
        "dropped": dropped,
    }


def _ranks(chunk: RawChunk, data: DataConfig, *, is_added: bool) -> Ranks:
    if is_added and data.split == "published":
        return np.zeros(len(chunk.frame), dtype=np.int64)  # training; test stays as published
    if is_added and data.split == "position":
        return np.full(len(chunk.frame), -1)  # training; the end stays what it was
    return ranks_of(chunk.frame, data)


_DECIDING = {
    "dataset",
    "problem",
    "file",
    "columns",
    "events",
    "keep_traces",
    "remove",
    "split",
}


def _deciding(source: Source) -> dict[str, Json]:
    """The settings that decide what cleaning leaves of the source."""
    data = source.data
    values = data.model_dump(mode="json", include=_DECIDING)
    cleaning = data.cleaning.model_dump(mode="json", exclude={"drop_duplicates"})
    return {**values, "cleaning": cleaning, "is_added": source.is_added}


def _schema(data: DataConfig) -> pa.Schema:
    content = [(name, pa.large_string()) for name in CONTENT[data.problem]]
    kinds = (pa.uint64(), pa.uint64(), pa.int64())
    hashes = list(zip(_HASHES, kinds, strict=True))
    return pa.schema([("id", pa.int64()), *content, *hashes])


def _summed(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    return {name: one.get(name, 0) + other.get(name, 0) for name in {**one, **other}}
