"""The part file of a download: what has arrived so far, and which edition it belongs to."""

import errno
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from storage import progress
from storage.errors import DownloadError, EnvironmentProblem
from storage.faults import fault_point
from storage.files import read_json, write_json

_RESERVE_BYTES = 50_000_000


@dataclass(frozen=True)
class PartFile:
    """Content on its way to `target`, kept beside it until it is whole and checked."""

    target: Path

    @property
    def path(self) -> Path:
        """Where the content lies until then."""
        return self.target.with_name(f"{self.target.name}.part")

    @property
    def _edition(self) -> Path:
        return self.target.with_name(f"{self.target.name}.part.json")

    def size(self) -> int:
        """Bytes that have arrived."""
        return self.path.stat().st_size if self.path.is_file() else 0

    def edition(self, url: str) -> str | None:
        """The strong ETag under which these bytes came from the address, if they can go on."""
        if not self.size() or not self._edition.is_file():
            return None
        try:
            known = read_json(self._edition)
        except ValueError:
            return None
        if isinstance(known, dict) and known.get("url") == url:
            return str(known["etag"])
        return None

    def begin(self, url: str, etag: str | None) -> None:
        """Throw away what is there; bytes to come belong to this edition."""
        self.discard()
        if etag and not etag.startswith("W/"):
            write_json(self._edition, {"url": url, "etag": etag})

    def discard(self) -> None:
        """Remove all traces."""
        self.path.unlink(missing_ok=True)
        self._edition.unlink(missing_ok=True)

    def append(self, chunks: Iterable[bytes], *, total: int | None, max_bytes: int) -> None:
        """Write what arrives behind what is there, and tell the progress.

        Args:
            chunks: The content, in order.
            total: Size of the whole, where it is known beforehand.
            max_bytes: Where an endless content is cut off.

        Raises:
            DownloadError: If the content is larger than `max_bytes`.
            EnvironmentProblem: If the disk is too full or cannot be written.
        """
        if total is not None and total > max_bytes:
            self.discard()
            raise _too_large(self.target.name, f"has {total:,} bytes", max_bytes)
        done = self.size()
        _need_room(self.target.parent, (total or 0) - done)
        with _opened(self.path) as file:
            for chunk in chunks:
                done += len(chunk)
                if done > max_bytes:
                    self.discard()
                    raise _too_large(
                        self.target.name, f"goes on after {done:,} bytes", max_bytes
                    )
                self._write(file, chunk)
                progress.advanced("download", done, total or 0, self.target.name)

    def _write(self, file: IO[bytes], chunk: bytes) -> None:
        try:
            fault_point("download.write")
            file.write(chunk)
        except OSError as error:
            self.discard()
            raise _unwritable(self.path, error) from error


def _opened(path: Path) -> IO[bytes]:
    try:
        return path.open("ab", buffering=0)
    except OSError as error:
        raise _unwritable(path, error) from error


def _need_room(folder: Path, size: int) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(folder, error) from error
    free = shutil.disk_usage(folder).free
    if size > 0 and size + _RESERVE_BYTES > free:
        raise EnvironmentProblem(
            f"{folder} has {free:,} bytes free, the download needs {size + _RESERVE_BYTES:,}; "
            "make room, or set SEQFLOW_HOME to a folder on another disk"
        )


def _too_large(name: str, size: str, max_bytes: int) -> DownloadError:
    return DownloadError(
        f"{name} {size}; the limit is {max_bytes:,}, so this is not the file that the "
        "catalogue describes; look at the address, or put the file into a mirror folder "
        "(SEQFLOW_MIRROR)"
    )


def _unwritable(path: Path, error: OSError) -> EnvironmentProblem:
    cure = (
        "make room"
        if error.errno in (errno.ENOSPC, errno.EDQUOT)
        else "look at its permissions"
    )
    return EnvironmentProblem(
        f"{path} cannot be written: {error.strerror}; {cure}, or set SEQFLOW_HOME to another "
        "folder"
    )
