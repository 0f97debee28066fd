"""What the catalogue says of a data set: its files, how its rows are written, its splits."""

from dataclasses import dataclass
from typing import Literal

from configs.data import Problem, SplitName


@dataclass(frozen=True)
class Member:
    """A file that an archive must hold.

    Attributes:
        name: Its name, with or without its folder.
        sha256: Its digest; None where the host replaces it, so that it need only be whole.
    """

    name: str
    sha256: str | None = None


@dataclass(frozen=True)
class RemoteFile:
    """One file of a distribution.

    Attributes:
        name: Its name in the cache and in a mirror, as the original distribution has it.
        url: Published address.
        bytes: Size; exact where `sha256` is given, else about right.
        sha256: Digest of the file, None where the host rebuilds or replaces it.
        members: What must be inside an archive, the files to read in this order.
        pattern: Names of the files to read in an archive that is pinned as a whole.
    """

    name: str
    url: str
    bytes: int
    sha256: str | None = None
    members: tuple[Member, ...] = ()
    pattern: str | None = None

    @property
    def max_bytes(self) -> int:
        """Where a download is cut off: a new edition may be larger, but not ten times."""
        return self.bytes if self.sha256 else 10 * self.bytes


@dataclass(frozen=True)
class Layout:
    """How the rows of a dataset are written.

    Attributes:
        reader: delimited: fields between `delimiter`, no quoting, no header, rows end at
            line feeds only. conllu, trees: see the readers. generated: Parquet parts written
            by `corpora.synthetic`. text: running text. documents: a folder for each class.
            reuters: see the reader.
        columns: Our names of the fields, by position.
        further_fields: How many more fields a row may have, which are left out.
        delimiter: What stands between fields.
        labels: Readable names of the classes, as (written, name) pairs.
        classes: Those whose rows are read; none named: all.
    """

    reader: Literal["delimited", "conllu", "trees", "text", "documents", "reuters", "generated"]
    columns: tuple[str, ...]
    further_fields: int = 0
    delimiter: str = "\t"
    labels: tuple[tuple[str, str], ...] = ()
    classes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Dataset:
    """One entry of the catalogue.

    Attributes:
        published: The splits its authors made, as (split, member) pairs; `*` in a member
            stands for anything.
        generator: Its name in `corpora.synthetic`, for data that is made, not fetched.
        generated_rows: How many rows are made when nobody says.
        changes_over_time: The host replaces it now and then: the first download is pinned.
    """

    name: str
    problem: Problem
    title: str
    licence: str
    citation: str
    layout: Layout
    files: tuple[RemoteFile, ...] = ()
    published: tuple[tuple[SplitName, str], ...] = ()
    generator: str | None = None
    generated_rows: int = 20_000
    changes_over_time: bool = False
