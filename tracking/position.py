"""How far a journal has been shipped, kept in a small file beside it."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from storage.files import Json, read_json, write_json
from storage.journal import FILE, Record

POSITION_FILE = "shipped.json"


@dataclass(frozen=True)
class Registration:
    """A model of the run that the registry holds.

    Attributes:
        name: Name in the registry.
        version: Version there.
        bundle: Digest of the bundle.
        reused: Whether an earlier run made the version.
    """

    name: str
    version: int
    bundle: str
    reused: bool


@dataclass(frozen=True)
class Position:
    """What has arrived in which store.

    Attributes:
        store: Digest of the store's address; another store starts from the beginning.
        mlflow_run: Id of the run there; None before it exists.
        offset: Bytes of the journal that have arrived.
        registrations: Models registered from this run.
    """

    store: str = ""
    mlflow_run: str | None = None
    offset: int = 0
    registrations: tuple[Registration, ...] = field(default=())

    @classmethod
    def load(cls, folder: Path, *, uri: str) -> "Position":
        """Position in the store at this address; the beginning if the run is new to it."""
        fresh = cls(store=_digest(uri))
        path = folder / POSITION_FILE
        if not path.is_file():
            return fresh
        try:
            position = _from_json(read_json(path))
        except (ValueError, TypeError, KeyError):
            return fresh  # replaying from the start is always safe
        return position if position.store == fresh.store else fresh

    def save(self, folder: Path) -> None:
        """Write the position atomically."""
        write_json(folder / POSITION_FILE, asdict(self))


def records_after(folder: Path, offset: int) -> Iterator[tuple[int, Record]]:
    """Whole records behind the offset, each with the offset behind it.

    A line that is not JSON (a disk gone wrong) comes as a record of kind "unreadable".
    """
    path = folder / FILE
    if not path.is_file():
        return
    with path.open("rb") as file:
        file.seek(offset)
        for line in file:
            if not line.endswith(b"\n"):
                return
            offset += len(line)
            yield offset, _parsed(line)


def journal_bytes(folder: Path) -> int:
    """Size of the journal."""
    path = folder / FILE
    return path.stat().st_size if path.is_file() else 0


def _parsed(line: bytes) -> Record:
    try:
        value = json.loads(line)
    except ValueError:
        value = None
    return value if isinstance(value, dict) and "kind" in value else {"kind": "unreadable"}


def _digest(uri: str) -> str:
    """The address may hold a password, so only its digest is kept."""
    return hashlib.sha256(uri.encode("utf-8")).hexdigest()[:16]


def _from_json(value: Json) -> Position:
    if not isinstance(value, dict):
        raise TypeError("a position is a JSON object")
    given = dict(value)
    registrations = tuple(Registration(**each) for each in given.pop("registrations"))
    return Position(**given, registrations=registrations)
