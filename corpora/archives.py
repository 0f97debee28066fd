"""Members of zip, tar and gzip files as bounded streams; nothing is unpacked to disk."""

import errno
import gzip
import io
import re
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from storage.errors import CorpusFormatError

_DAMAGE = (
    EOFError,
    zlib.error,
    zipfile.BadZipFile,
    tarfile.TarError,
    NotImplementedError,  # a zip member packed in a way the standard library does not know
    UnicodeError,
    OverflowError,
    struct.error,
)
_ARCHIVE_STARTS = (
    b"PK\x03\x04",
    b"\x1f\x8b",
    b"BZh",
    b"\xfd7zXZ\x00",
    b"7z\xbc\xaf\x27\x1c",
    b"Rar!\x1a\x07",
    b"\x28\xb5\x2f\xfd",
)


@dataclass(frozen=True)
class ArchiveLimits:
    """What an archive may hold before it is taken for a trap.

    Attributes:
        members: Files and folders inside.
        total_bytes: Unpacked bytes, over all members read.
        ratio: Unpacked bytes per packed one; text packs 3 to 12 times, a bomb 1,000 times.
        grace_bytes: Unpacked bytes before the ratio counts: a short file may pack very well.
    """

    members: int = 200_000
    total_bytes: int = 20_000_000_000
    ratio: int = 100
    grace_bytes: int = 10_000_000


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


@dataclass(frozen=True)
class ArchiveMember:
    """A file inside an archive, open for reading until the next one is asked for."""

    name: str
    stream: io.BufferedReader


DEFAULT_LIMITS = ArchiveLimits()


def open_members(
    path: Path, wanted: Iterable[str] | None = None, *, limits: ArchiveLimits = DEFAULT_LIMITS
) -> Iterator[ArchiveMember]:
    """Yield members one after the other, each as a stream that is counted while it is read.

    Args:
        path: A zip, tar or tar.gz file, told apart by its first bytes.
        wanted: Names with or without their folder; None takes every file. A zip yields them
            in this order, a tar in its own.
        limits: Where reading stops.

    Raises:
        CorpusFormatError: If the archive is damaged, hostile, holds an archive where a file is
            wanted, or lacks a wanted member.
    """
    names = None if wanted is None else tuple(wanted)
    with path.open("rb") as file:
        start = file.read(2)
    opened = _zip_members if start == b"PK" else _tar_members
    with _told_as_damage(path.name):
        yield from opened(path, names, limits)


@contextmanager
def open_gzip(
    path: Path, *, limits: ArchiveLimits = DEFAULT_LIMITS
) -> Iterator[io.BufferedReader]:
    """The unpacked content of a gzip file, counted while it is read.

    Raises:
        CorpusFormatError: While reading, if the file is damaged or unpacks beyond the limits.
    """
    with gzip.open(path) as packed:
        budget = _Budget(path.name, packed_bytes=path.stat().st_size, limits=limits)
        yield _buffered(packed, path.name, budget.spend)


class _Budget:
    """Counts unpacked bytes against the limits, over one packed file or member."""

    def __init__(self, name: str, *, packed_bytes: int, limits: ArchiveLimits) -> None:
        self._name = name
        self._limits = limits
        by_ratio = max(limits.grace_bytes, packed_bytes * limits.ratio)
        self._allowed = min(by_ratio, limits.total_bytes)
        self._packed = packed_bytes
        self._spent = 0

    def spend(self, count: int) -> None:
        self._spent += count
        if self._spent > self._allowed:
            raise CorpusFormatError(
                f"{self._name} unpacks to more than {self._allowed:,} bytes from "
                f"{self._packed:,}; the limits are {self._limits.ratio} times its size and "
                f"{self._limits.total_bytes:,} bytes; it looks like a decompression bomb, so "
                "unpack it yourself if you trust it"
            )


class _CountedStream(io.RawIOBase):
    """A read-only stream that reports what it gives and names what breaks."""

    def __init__(self, inner: _Readable, name: str, spend: Callable[[int], None]) -> None:
        self._inner = inner
        self._name = name
        self._spend = spend

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]
        with _told_as_damage(self._name):
            data = self._inner.read(len(buffer))
        self._spend(len(data))
        buffer[: len(data)] = data
        return len(data)


def _buffered(inner: _Readable, name: str, spend: Callable[[int], None]) -> io.BufferedReader:
    return io.BufferedReader(_CountedStream(inner, name, spend), buffer_size=1 << 16)


@contextmanager
def _told_as_damage(name: str) -> Iterator[None]:
    try:
        yield
    except (*_DAMAGE, OSError) as error:
        if isinstance(error, OSError) and error.errno not in (None, errno.EINVAL):
            raise  # the disk's fault; EINVAL comes from seeking where a damaged index points
        raise CorpusFormatError(
            f"{name} is damaged: {str(error) or type(error).__name__}; fetch it again"
        ) from error


def _zip_members(
    path: Path, wanted: tuple[str, ...] | None, limits: ArchiveLimits
) -> Iterator[ArchiveMember]:
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
        _check_count(path, len(entries), limits)
        for entry in entries:
            _refuse(path, entry.filename, _zip_trap(entry))
        files = {entry.filename: entry for entry in entries if not entry.is_dir()}
        if len(files) < sum(not entry.is_dir() for entry in entries):
            raise CorpusFormatError(f"{path.name} holds two members of one name; repack it")
        chosen = (
            list(files) if wanted is None else [_pick(path, files, name) for name in wanted]
        )
        total = _Budget(path.name, packed_bytes=path.stat().st_size, limits=limits)
        for name in chosen:
            own = _Budget(
                f"{path.name}: {name}", packed_bytes=files[name].compress_size, limits=limits
            )
            with archive.open(files[name]) as inner:
                stream = _buffered(inner, f"{path.name}: {name}", _both(own, total))
                yield ArchiveMember(name, _not_nested(path, name, stream))


def _both(own: _Budget, total: _Budget) -> Callable[[int], None]:
    def spend(count: int) -> None:
        own.spend(count)
        total.spend(count)

    return spend


def _tar_members(
    path: Path, wanted: tuple[str, ...] | None, limits: ArchiveLimits
) -> Iterator[ArchiveMember]:
    """Read front to back once, so that headers count against the budget as contents do."""
    missing = set(wanted or ())
    with path.open("rb") as packed:
        zipped = packed.peek(2)[:2] == b"\x1f\x8b"
        inner: _Readable = gzip.GzipFile(fileobj=packed) if zipped else packed
        budget = _Budget(path.name, packed_bytes=path.stat().st_size, limits=limits)
        stream = _buffered(inner, path.name, budget.spend)
        with tarfile.open(fileobj=stream, mode="r|") as archive:
            for count, entry in enumerate(archive, start=1):
                _check_count(path, count, limits)
                _refuse(path, entry.name, _tar_trap(entry))
                match = {name for name in wanted or () if _is_named(entry.name, name)}
                content = archive.extractfile(entry)
                if content is None or (wanted is not None and not match):
                    continue
                if match and not match <= missing:
                    raise CorpusFormatError(
                        f"{path.name} holds {', '.join(match)} more than once; repack it"
                    )
                missing -= match
                # The bytes were counted when tarfile read them; errors still need a name.
                buffered = _buffered(content, f"{path.name}: {entry.name}", lambda count: None)
                yield ArchiveMember(entry.name, _not_nested(path, entry.name, buffered))
    if missing:
        raise CorpusFormatError(f"{path.name} lacks {', '.join(sorted(missing))}")


def _check_count(path: Path, count: int, limits: ArchiveLimits) -> None:
    if count > limits.members:
        raise CorpusFormatError(
            f"{path.name} holds more than {limits.members:,} members; "
            "unpack it yourself if you trust it"
        )


def _refuse(path: Path, name: str, trap: str | None) -> None:
    if trap:
        raise CorpusFormatError(
            f"{path.name}: {name!r} {trap}; such an archive is not read, get it from its "
            "publisher or repack it"
        )


def _name_trap(name: str) -> str | None:
    parts = re.split(r"[/\\]", name)
    if parts[0] == "" or re.match(r"[A-Za-z]:", name):
        return "is an absolute path"
    if ".." in parts:
        return "leads out of its folder"
    return "has a control character in its name" if re.search(r"[\x00-\x1f]", name) else None


def _zip_trap(entry: zipfile.ZipInfo) -> str | None:
    # orig_filename: zipfile cuts the name at a zero byte.
    if trap := _name_trap(entry.orig_filename):
        return trap
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "is a link or a device"
    return "is encrypted" if entry.flag_bits & 0x1 else None


def _tar_trap(entry: tarfile.TarInfo) -> str | None:
    if trap := _name_trap(entry.name):
        return trap
    if not (entry.isreg() or entry.isdir()):
        return "is a link or a device"
    if not hasattr(tarfile, "data_filter"):  # Python before 3.11.4; nothing is unpacked to disk
        return None
    try:
        tarfile.data_filter(entry, "/nowhere")
    except tarfile.FilterError as error:
        return f"is refused: {error}"
    return None


def _pick(path: Path, names: Iterable[str], wanted: str) -> str:
    found = [name for name in names if _is_named(name, wanted)]
    if len(found) != 1:
        held = ", ".join(sorted(names)[:10]) or "nothing"
        count = "lacks" if not found else f"holds {len(found)} times"
        raise CorpusFormatError(f"{path.name} {count} {wanted!r}; it holds {held}")
    return found[0]


def _is_named(name: str, wanted: str) -> bool:
    return name == wanted or name.endswith(f"/{wanted}")


def _not_nested(path: Path, name: str, stream: io.BufferedReader) -> io.BufferedReader:
    if stream.peek(8)[:8].startswith(_ARCHIVE_STARTS):
        raise CorpusFormatError(
            f"{path.name}: {name} is itself an archive; archives inside archives are not read"
        )
    return stream
