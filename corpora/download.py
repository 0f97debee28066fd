"""Raw files of a dataset: fetched once, checked against their digests, kept in a cache."""

import logging
import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from configs.data import DataConfig, OwnFile, SqlSource
from corpora.addresses import address_in_mirror, shown
from corpora.catalogue import dataset
from corpora.entries import Dataset, RemoteFile
from corpora.own_files import own_path
from corpora.parts import PartFile
from corpora.transfer import TransferLimits, receive
from corpora.verification import Pin, problem_with
from storage.errors import DownloadError, EnvironmentProblem, InputError
from storage.faults import fault_point
from storage.files import Json, atomic_write, file_digest, read_json, sync_folder, write_json
from storage.locks import locked

_BLOCK_BYTES = 1 << 20
_GENERATOR_SEED = 0
_LOG = logging.getLogger(__name__)


def fetch(
    data: DataConfig,
    folder: Path,
    *,
    cache: Path,
    mirror: str | None,
    address: str | None = None,
) -> dict[str, Json]:
    """Put the raw files of the data into the folder, under their original names.

    Args:
        data: Which data: generated, of the user, or from the catalogue.
        folder: Where the files come; archives stay packed.
        cache: Files fetched before, `<home>/raw`; own data lies beside it, in `<home>/own`.
        mirror: Folder or http(s) address laid out as `<dataset>/<file>`; None fetches from
            the published addresses.
        address: Of the database server that `data.sql` asks; written nowhere.

    Returns:
        `description` for people, `bytes` and the names of the `files`; of a query's rows also
        their number and `rows_digest`.

    Raises:
        InputError: If the data is unknown, or does not fit the problem.
        DownloadError: If a file cannot be had, or is not what the catalogue says.
        EnvironmentProblem: If the disk or the mirror is in the way.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if data.sql is not None:
        return _queried(data.sql, folder, address=address)
    if data.file is not None:
        return _own(data.file, folder, own=cache.parent / "own")
    entry = dataset(data.dataset)
    if entry.problem != data.problem:
        raise InputError(
            f"{entry.name} is made for {entry.problem}, not for {data.problem}; "
            f"set data.problem={entry.problem} or choose another dataset"
        )
    if entry.generator is not None:
        return _generated(entry.generator, folder, rows=data.rows or entry.generated_rows)
    if data.rows is not None:
        raise InputError(
            f"data.rows={data.rows} goes with generated datasets; {entry.name} is fetched, "
            f"use data.limit={data.rows} to take a part of it"
        )
    for file in entry.files:
        cached = _cached(entry, file, cache=cache / entry.name, mirror=mirror)
        _link(cached, folder / file.name)
    return _facts([folder / file.name for file in entry.files])


def download_file(
    url: str,
    target: Path,
    *,
    sha256: str | None = None,
    limits: TransferLimits | None = None,
) -> None:
    """Fetch one file; it stands under its name only when it is whole and its digest right.

    Raises:
        DownloadError: If it cannot be had, or has another digest; such content is kept
            beside the target as `<name>.rejected`.
        EnvironmentProblem: If the disk is in the way.
    """
    part = PartFile(target)
    receive(url, part, limits=limits or TransferLimits())
    wanted = RemoteFile(target.name, url, bytes=part.size(), sha256=sha256)
    _settle(part, wanted, came_from=shown(url), pin=None)


def _generated(name: str, folder: Path, *, rows: int) -> dict[str, Json]:
    from corpora.synthetic import generate

    facts = generate(name, folder, rows=rows, seed=_GENERATOR_SEED)
    return {
        "description": facts["description"],
        "bytes": facts["bytes"],
        "files": list(facts["files"]),
    }


def _queried(sql: SqlSource, folder: Path, *, address: str | None) -> dict[str, Json]:
    from corpora.sql import address_from_environment, snapshot

    taken = snapshot(sql, address or address_from_environment(sql), folder)
    facts = _facts(sorted(folder.iterdir()))
    return facts | {
        "description": f"{taken.rows:,} rows of {sql.shown}",
        "rows": taken.rows,
        "rows_digest": taken.digest,
    }


def _own(file: OwnFile, folder: Path, *, own: Path) -> dict[str, Json]:
    path = own_path(file, own=own)
    sources = sorted(path.rglob("*")) if path.is_dir() else [path]
    for source in sources:
        if source.is_file():
            _link(source, folder / source.relative_to(path.parent))
    return _facts([folder / file.name])


def _facts(paths: list[Path]) -> dict[str, Json]:
    files = [file for path in paths for file in ([path] if path.is_file() else _below(path))]
    size = sum(file.stat().st_size for file in files)
    names = [path.name for path in paths]
    return {"description": f"{', '.join(names)}, {size:,} bytes", "bytes": size, "files": names}


def _below(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


def _link(source: Path, target: Path) -> None:
    """A second name for the file, or a copy where the file system has no such thing."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    try:
        os.link(source, target)
    except OSError:
        with source.open("rb") as content, atomic_write(target) as copy:
            shutil.copyfileobj(content, copy, _BLOCK_BYTES)


def _cached(entry: Dataset, file: RemoteFile, *, cache: Path, mirror: str | None) -> Path:
    """The checked file in the cache; two processes fetch it once."""
    part = PartFile(cache / file.name)
    with locked(cache / f".{file.name}.lock"):
        pin = cache / f"{file.name}.pin.json"
        known = _pinned_digest(pin)
        expected = file.sha256 or known
        if part.target.is_file() and expected is not None:
            found = file_digest(part.target)
            if found == expected:
                return part.target
            rejected = _reject(part.target, part.target)
            damage = f"sha256 {found} instead of {expected}"
            _LOG.warning("%s was damaged, %s: fetching it again", rejected, damage)
        came_from = _bring(entry, file, part, mirror=mirror)
        first = Pin(known, pin) if known and entry.changes_over_time else None
        digest = _settle(part, file, came_from=came_from, pin=first)
        now = datetime.now(UTC).isoformat(timespec="seconds")
        write_json(pin, {"sha256": digest, "from": came_from, "fetched": now})
        return part.target


def _pinned_digest(pin: Path) -> str | None:
    if not pin.is_file():
        return None
    try:
        content = read_json(pin)
    except ValueError:
        content = None
    digest = content.get("sha256") if isinstance(content, dict) else None
    if not isinstance(digest, str):
        raise EnvironmentProblem(f"{pin} cannot be understood; remove it to pin anew")
    return digest


def _bring(entry: Dataset, file: RemoteFile, part: PartFile, *, mirror: str | None) -> str:
    """Fill the part file from the mirror or the published address; say where from."""
    limits = replace(TransferLimits(), max_bytes=file.max_bytes)
    if mirror is None:
        receive(file.url, part, limits=limits)
        return shown(file.url)
    if mirror.startswith(("http://", "https://")):
        url = address_in_mirror(mirror, entry.name, file.name)
        receive(url, part, limits=limits)
        return shown(url)
    source = Path(mirror).expanduser().absolute() / entry.name / file.name
    _copy_from_folder(source, part, max_bytes=file.max_bytes, mirror=mirror)
    return str(source)


def _copy_from_folder(source: Path, part: PartFile, *, max_bytes: int, mirror: str) -> None:
    if not source.is_file():
        raise EnvironmentProblem(
            f"the mirror {mirror} has no {source.parent.name}/{source.name}; put it there, or "
            "unset SEQFLOW_MIRROR to fetch it from its published address"
        )
    part.discard()
    with source.open("rb") as content:
        blocks = iter(lambda: content.read(_BLOCK_BYTES), b"")
        part.append(blocks, total=source.stat().st_size, max_bytes=max_bytes)


def _settle(part: PartFile, file: RemoteFile, *, came_from: str, pin: Pin | None) -> str:
    """Check the part file and give it its final name, or put it aside; its digest."""
    digest = file_digest(part.path)
    problem = problem_with(part.path, file, digest=digest, pin=pin)
    if problem:
        rejected = _reject(part.path, part.target)
        part.discard()
        raise DownloadError(f"{file.name} from {came_from} {problem}; kept as {rejected}")
    with part.path.open("rb") as whole:
        os.fsync(whole.fileno())
    fault_point("download.rename")
    os.replace(part.path, part.target)
    sync_folder(part.target.parent)
    part.discard()
    return digest


def _reject(path: Path, target: Path) -> Path:
    rejected = target.with_name(f"{target.name}.rejected")
    os.replace(path, rejected)
    return rejected
