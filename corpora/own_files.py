"""A user's own data, kept in the home folder under its digest: no run depends on a path."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from configs.data import Format, OwnFile
from storage.errors import EnvironmentProblem, InputError
from storage.files import file_digest, sync_folder
from storage.locks import locked

_FORMATS: dict[str, Format] = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".txt": "lines",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
    ".conllu": "conllu",
    ".conll": "word_tags",
    ".mrg": "trees",
    ".sqlite": "sqlite",
    ".sqlite3": "sqlite",
    ".db": "sqlite",
}
_RUNNING = (".txt", ".text", ".md")
_BLOCK_BYTES = 1 << 20


def adopt_own_file(
    path: Path,
    *,
    own: Path,
    format: Format | None = None,
    query: str | None = None,
    encoding: str = "utf-8",
) -> OwnFile:
    """Copy a file or folder into `own/<sha256>/<name>` and say how it is read.

    Args:
        path: A file, a folder `<class>/<text>` (see :func:`texts_in`), or one of running texts.
        own: The folder that holds own data, `<home>/own`.
        format: How it is read; None goes by the name's ending (a further `.gz` is unpacked
            while reading).
        query: SQL query, which a SQLite file needs.
        encoding: Text encoding.

    Raises:
        InputError: If it is absent, empty, unreadable, or of an unknown kind.
        EnvironmentProblem: If the home folder cannot hold it.
    """
    given = path.expanduser().absolute()
    _check_encoding(encoding)
    _check_presence(given, running=format == "text")
    if format == "aligned":
        raise InputError("aligned data are two files; name the second by --target-file")
    try:
        kind = format or format_of(given)
    except InputError as error:
        raise InputError(f"{error}; for two aligned files add --target-file") from None
    check_kind(given, kind, query)
    own.mkdir(parents=True, exist_ok=True)
    with _copying(own, given) as workplace:
        copy = workplace / given.name
        sha256 = (
            _copy_texts(given, copy, running=kind == "text")
            if given.is_dir()
            else _copy_file(given, copy)
        )
        with locked(own / f".{sha256}.lock"):
            _settle(copy, own / sha256 / given.name, sha256)
    return OwnFile(name=given.name, sha256=sha256, format=kind, query=query, encoding=encoding)


def adopt_aligned_files(
    source: Path, target: Path, *, own: Path, encoding: str = "utf-8"
) -> OwnFile:
    """Copy two files that are aligned line by line into one folder, `own/<sha256>/<name>`.

    Args:
        source: Sentences, one a line, plain or .gz; its stem names the folder.
        target: Their translations.
        own: The folder that holds own data, `<home>/own`.
        encoding: Text encoding of both.

    Raises:
        InputError: If one is absent, empty, unreadable, or a folder.
        EnvironmentProblem: If the home folder cannot hold them.
    """
    _check_encoding(encoding)
    sides = {"source": source.expanduser().absolute(), "target": target.expanduser().absolute()}
    for path in sides.values():
        if path.is_dir():
            raise InputError(f"{path} is a folder; aligned data are two files")
        _check_presence(path)
    name = _unpacked(sides["source"]).stem
    own.mkdir(parents=True, exist_ok=True)
    with _copying(own, source) as workplace:
        copy = workplace / name
        for side, path in sides.items():
            (copy / side).mkdir(parents=True)
            _copy_file(path, copy / side / path.name)
        sha256 = _folder_digest(copy)
        with locked(own / f".{sha256}.lock"):
            _settle(copy, own / sha256 / name, sha256)
    return OwnFile(name=name, sha256=sha256, format="aligned", encoding=encoding)


def aligned_files(folder: Path) -> tuple[Path, Path]:
    """Source and target in the folder of an adopted pair of files."""
    (source,), (target,) = ((folder / side).iterdir() for side in ("source", "target"))
    return source, target


def own_path(file: OwnFile, *, own: Path) -> Path:
    """Where the adopted file lies, after its content was compared with its digest.

    Raises:
        InputError: If it is gone or was changed.
    """
    path = own / file.sha256 / file.name
    way_out = f"give it again with --data <path to {file.name}>"
    if file.format == "aligned":
        way_out = "give both files again with --data and --target-file"
    if not path.exists():
        raise InputError(f"{path} is gone; {way_out}")
    found = _digest(path)
    if found != file.sha256:
        raise InputError(
            f"{path} was changed: sha256 {found} instead of {file.sha256}; remove "
            f"{path.parent} and {way_out}"
        )
    return path


def running_texts(folder: Path) -> list[Path]:
    """The files of a folder of running texts, in the order of their names."""
    return sorted(
        path
        for path in folder.iterdir()
        if path.is_file() and _unpacked(path).suffix.lower() in _RUNNING
    )


def texts_in(folder: Path) -> list[Path]:
    """The files `<class>/<text>.txt` of a folder of texts, sorted by relative name.

    Where none ends so, all files of the classes, as posts have numbers for names.
    """
    files = sorted(
        path for path in folder.glob("*/*") if path.is_file() and not path.name.startswith(".")
    )
    return [path for path in files if path.suffix == ".txt"] or files


def _check_encoding(encoding: str) -> None:
    try:
        "".encode(encoding)
    except (LookupError, UnicodeError):
        raise InputError(
            f"there is no text encoding {encoding!r}; common ones are utf-8, utf-16, cp1252 "
            "and latin-1"
        ) from None


def _check_presence(path: Path, *, running: bool = False) -> None:
    if not path.exists():
        raise InputError(f"{path} does not exist; check the path")
    if path.is_dir():
        if running and not running_texts(path):
            raise InputError(
                f"{path} holds no text ({', '.join(_RUNNING)}, or the same and .gz)"
            )
        if not running and not texts_in(path):
            raise InputError(
                f"{path} holds no <class>/<text>.txt; a folder of texts has one folder a class"
            )
    elif not path.is_file():
        raise InputError(f"{path} is neither a file nor a folder")
    elif path.stat().st_size == 0:
        raise InputError(f"{path} is empty (0 bytes); give a file with rows in it")
    if not os.access(path, os.R_OK):
        raise InputError(f"{path} cannot be read; check its permissions")


def format_of(path: Path) -> Format:
    """How a file of this name is read.

    Raises:
        InputError: If the ending is of no known format.
    """
    if path.is_dir():
        return "folder"
    plain = _unpacked(path)
    if plain.suffix.lower() not in _FORMATS:
        raise InputError(
            f"{path.name}: the ending {plain.suffix or 'nothing'!r} does not tell the format; "
            f"use one of {', '.join(_FORMATS)}, or give --format, as lines"
        )
    return _FORMATS[plain.suffix.lower()]


def running_format(path: Path) -> Format | None:
    """How a file or folder is read whose problem is running text; None: by its ending."""
    return "text" if path.is_dir() or _unpacked(path).suffix.lower() in _RUNNING else None


def _unpacked(path: Path) -> Path:
    """The path without a final `.gz`."""
    return path.with_suffix("") if path.suffix.lower() == ".gz" else path


def check_kind(path: Path, kind: Format, query: str | None) -> None:
    """Refuse a format that does not go with the path or the query, or a database in use.

    Raises:
        InputError: With what goes together.
    """
    if kind != "text" and (kind == "folder") != path.is_dir():
        raise InputError(f"{path} is {'' if path.is_dir() else 'not '}a folder; check --format")
    if kind != "sqlite":
        if query is not None:
            raise InputError(f"a query goes with SQLite files, {path.name} is read as {kind}")
        return
    if query is None:
        raise InputError(f'{path.name} needs --query "SELECT … AS text, … AS label FROM …"')
    for ending in ("-wal", "-journal"):
        pending = path.with_name(path.name + ending)
        size = pending.stat().st_size if pending.is_file() else 0
        if size:
            raise InputError(
                f"{path.name} has changes waiting in {pending.name} ({size:,} bytes); close "
                "the program that writes it and try again"
            )


@contextmanager
def _copying(own: Path, given: Path) -> Iterator[Path]:
    """A folder to copy into, gone at the end; disk trouble is told apart from bad input."""
    with tempfile.TemporaryDirectory(
        dir=own, prefix=".copy.", ignore_cleanup_errors=True
    ) as name:
        try:
            yield Path(name)
        except PermissionError as error:
            raise InputError(
                f"{error.filename or given} cannot be read; check its permissions"
            ) from error
        except OSError as error:
            raise EnvironmentProblem(
                f"{given} cannot be copied to {own}: {error.strerror}; make room, or set "
                "SEQFLOW_HOME to another folder"
            ) from error


def _copy_file(path: Path, copy: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as source, copy.open("wb") as target:
        for block in _blocks(source):
            digest.update(block)
            target.write(block)
        target.flush()
        os.fsync(target.fileno())
    return digest.hexdigest()


def _copy_texts(folder: Path, copy: Path, *, running: bool) -> str:
    for path in running_texts(folder) if running else texts_in(folder):
        target = copy / path.relative_to(folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    return _folder_digest(copy)


def _digest(path: Path) -> str:
    return _folder_digest(path) if path.is_dir() else file_digest(path)


def _folder_digest(folder: Path) -> str:
    """sha256 over the sorted relative names and the contents."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = path.relative_to(folder).as_posix()
        digest.update(f"{name}\0{file_digest(path)}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def _blocks(file: IO[bytes]) -> Iterator[bytes]:
    while block := file.read(_BLOCK_BYTES):
        yield block


def _settle(copy: Path, target: Path, sha256: str) -> None:
    """Give the copy its place, unless the same content stands there whole."""
    if target.exists() and _digest(target) == sha256:
        return
    target.parent.mkdir(exist_ok=True)
    if target.is_dir():
        shutil.rmtree(target)
    os.replace(copy, target)
    sync_folder(target.parent)
