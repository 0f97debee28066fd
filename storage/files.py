"""Files that are whole or absent: atomic writing, digests, JSON."""

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TypeAlias

from storage.faults import fault_point

Json: TypeAlias = "Mapping[str, Json] | Sequence[Json] | str | int | float | bool | None"


@contextmanager
def atomic_write(path: Path) -> Iterator[IO[bytes]]:
    """Yield a binary file that becomes `path` only when the block ends well.

    The content is flushed to the disk before the rename, and the folder after it; a kill at
    any moment leaves the old file or the new one. A failed block leaves nothing behind.

    Raises:
        OSError: From the block or the disk; `path` is then as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = tempfile.NamedTemporaryFile(  # noqa: SIM115 - closed before the rename
        dir=path.parent, prefix=f".{path.name}.", suffix=".part", delete=False
    )
    try:
        with handle:
            yield handle
            fault_point("files.write")
            handle.flush()
            os.fsync(handle.fileno())
        os.chmod(handle.name, 0o644)
        os.replace(handle.name, path)
    except BaseException:
        Path(handle.name).unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make renames inside the folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text atomically."""
    with atomic_write(path) as file:
        file.write(text.encode("utf-8"))


def append_line(path: Path, line: str) -> None:
    """Append a line durably; what a kill tore off before is cut first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    cut_torn_line(path)
    with path.open("ab") as file:
        file.write(line.encode("utf-8") + b"\n")
        file.flush()
        os.fsync(file.fileno())


def whole_lines(path: Path) -> Iterator[bytes]:
    """Lines of a file that is appended to, without their line feeds; an absent one has none.

    A last line that a kill tore, maybe within a letter, is left out.
    """
    if not path.is_file():
        return
    with path.open("rb") as file:
        for line in file:
            if line.endswith(b"\n"):
                yield line[:-1]


def cut_torn_line(path: Path) -> None:
    """Remove an unfinished last line, so that the next one starts on its own."""
    if not path.is_file():
        return
    with path.open("rb+") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(size - 1, 0))
        if file.read() not in (b"", b"\n"):
            file.seek(0)
            file.truncate(file.read().rfind(b"\n") + 1)


def write_private(path: Path, text: str) -> None:
    """Write a secret: the file is its owner's alone from the first byte on."""
    part = path.with_suffix(f".{os.getpid()}.part")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(part, path)


def write_json(path: Path, value: Json) -> None:
    """Write indented JSON atomically; NaN and infinity are refused, as JSON has neither."""
    write_text(path, json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n")


def read_json(path: Path) -> Json:
    """The JSON value in the file."""
    value: Json = json.loads(path.read_text(encoding="utf-8"))
    return value


def canonical_json(value: Json) -> str:
    """The one spelling of a JSON value that digests are taken of: sorted keys, no spaces."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


def digest_of_json(value: Json) -> str:
    """sha256, in hex, of the value's canonical spelling."""
    return hashlib.sha256(canonical_json(value).encode("utf-8")).hexdigest()


def file_digest(path: Path) -> str:
    """sha256, in hex, of the file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def folder_digests(folder: Path) -> dict[str, tuple[int, str]]:
    """Size in bytes and sha256 of every file below the folder, by relative name, sorted."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        path.relative_to(folder).as_posix(): (path.stat().st_size, file_digest(path))
        for path in files
    }
