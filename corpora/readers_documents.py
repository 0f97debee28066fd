"""Reader of archives that hold a folder for each class, and in it a file for each document."""

from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

import pyarrow as pa

from corpora.archives import ArchiveMember
from corpora.rows import CHUNK_ROWS, Rows, Wanted, no_rejected_rows

_MOST_BYTES = 64 * 2**20
"""Read of documents before they are handed on."""


def document_rows(
    members: Iterable[ArchiveMember], wanted: Wanted, *, encoding: str
) -> Iterator[Rows]:
    """A row for each member `…/<class>/<document>`, its file the member's name.

    Args:
        members: In the order of the archive.
        wanted: `text` and `label`.
        encoding: Of the documents; latin-1 reads any byte.
    """
    texts: list[str] = []
    names: list[str] = []
    size = 0
    for member in members:
        content = member.stream.read()
        texts.append(content.decode(encoding, "replace").replace("\r\n", "\n"))
        names.append(member.name)
        size += len(content)
        if size >= _MOST_BYTES or len(texts) >= CHUNK_ROWS:
            yield _rows(texts, names, wanted)
            texts, names, size = [], [], 0
    if texts:
        yield _rows(texts, names, wanted)


def _rows(texts: list[str], names: list[str], wanted: Wanted) -> Rows:
    labels = [PurePosixPath(name).parent.name for name in names]
    columns = {
        "text": pa.array(texts, pa.large_string()),
        "label": pa.array(labels, pa.large_string()),
    }
    return Rows(
        {ours: columns[ours] for ours in wanted.columns},
        pa.repeat(pa.scalar(1, pa.int64()), len(texts)),
        no_rejected_rows(),
        files=pa.array(names, pa.large_string()),
    )
