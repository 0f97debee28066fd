"""The versions of an experiment's data: its source, and the files added to it one by one.

A version is a number and the digests of what it consists of; nothing in it ever changes.
Version 0 is the source alone and needs no record; each addition appends one line to
`<home>/data/<experiment>/versions.jsonl`.
"""

import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self, cast

from configs.data import AddedFile, DataConfig
from storage.errors import EnvironmentProblem, InputError
from storage.files import Json, append_line, digest_of_json, whole_lines
from storage.locks import locked

_LOG = logging.getLogger(__name__)
_FILE = "versions.jsonl"


@dataclass(frozen=True)
class DataVersion:
    """One version of an experiment's data.

    Attributes:
        number: Counts additions from 1.
        base: What the source is: dataset, file, rows.
        added: The files added since, in order; the last is what this version added.
        rows: Rows of the whole version by split; under `source` those of the source alone.
        gained: Rows that this version added and kept.
        reason: Why, in somebody's words.
        created: When, in ISO 8601 with time zone.
    """

    number: int
    base: Mapping[str, Json]
    added: tuple[AddedFile, ...]
    rows: Mapping[str, int]
    gained: int
    reason: str
    created: str

    @property
    def digest(self) -> str:
        """sha256 over what the version consists of."""
        return data_digest(self.base, self.added)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """The version a line describes."""
        given = {name: value[name] for name in cls.__dataclass_fields__}
        added = tuple(AddedFile.model_validate(each) for each in given.pop("added"))
        return cls(**given, added=added)

    def to_json(self) -> dict[str, Json]:
        """Plain values, and the digest for people and other programs."""
        return {
            "number": self.number,
            "digest": self.digest,
            "base": self.base,
            "added": [each.model_dump(mode="json") for each in self.added],
            "rows": self.rows,
            "gained": self.gained,
            "reason": self.reason,
            "created": self.created,
        }


class DataVersions:
    """The versions of one experiment's data in a home folder."""

    def __init__(self, home: Path, experiment: str) -> None:
        self._experiment = experiment
        self._folder = home / "data" / experiment

    def all(self) -> list[DataVersion]:
        """Every version but 0, oldest first; a line torn by a kill is left out.

        Raises:
            EnvironmentProblem: If a whole line cannot be understood.
        """
        path = self._folder / _FILE
        try:
            return [DataVersion.from_json(json.loads(line)) for line in whole_lines(path)]
        except (ValueError, KeyError, TypeError) as error:
            raise EnvironmentProblem(
                f"{path} cannot be understood ({error}); put it back from a backup"
            ) from error

    @contextmanager
    def adding(self) -> Iterator[None]:
        """Keep others from adding to this experiment's data while the block runs."""
        with locked(self._folder / "versions.lock"):
            yield

    def append(
        self, data: DataConfig, *, rows: Mapping[str, int], gained: int, reason: str
    ) -> DataVersion:
        """Record the data as the next version; call it inside :meth:`adding`."""
        made = DataVersion(
            number=len(self.all()) + 1,
            base=base_of(data),
            added=data.added,
            rows=rows,
            gained=gained,
            reason=reason,
            created=datetime.now(UTC).isoformat(timespec="seconds"),
        )
        append_line(self._folder / _FILE, json.dumps(made.to_json(), ensure_ascii=False))
        return made

    def resolve(self, data: DataConfig) -> DataConfig:
        """The data with the files of its version: the pinned one, else the newest.

        Data that names its files already stays as it is, so a saved config means the same
        everywhere. Versions of another source are left alone.

        Raises:
            InputError: If the pinned version is not there, or belongs to another source.
        """
        if data.added or data.version == 0:
            return data
        versions = self.all()
        ours = [each for each in versions if each.base == base_of(data)]
        if data.version is not None:
            chosen = self._pinned(versions, data)
        elif ours:
            chosen = ours[-1]
        else:
            if versions:
                _LOG.warning(
                    "the files added to %s belong to %s; this run reads %s without them",
                    self._experiment,
                    _shown(versions[-1].base),
                    _shown(base_of(data)),
                )
            return data.model_copy(update={"version": 0})
        return data.model_copy(update={"version": chosen.number, "added": chosen.added})

    def _pinned(self, versions: list[DataVersion], data: DataConfig) -> DataVersion:
        known = {each.number: each for each in versions}
        chosen = known.get(cast(int, data.version))
        if chosen is None:
            listed = ", ".join(str(number) for number in [0, *known])
            raise InputError(
                f"the data of {self._experiment} has no version {data.version}; there are "
                f"{listed} (data.version)"
            )
        if chosen.base != base_of(data):
            raise InputError(
                f"data.version {chosen.number} of {self._experiment} adds to "
                f"{_shown(chosen.base)}, this run reads {_shown(base_of(data))}; leave "
                "data.version out, or ask for the same source"
            )
        return chosen


def base_of(data: DataConfig) -> dict[str, Json]:
    """What decides the raw files of the source."""
    return data.model_dump(mode="json", include={"dataset", "file", "sql", "rows"})


def data_digest(base: Mapping[str, Json], added: tuple[AddedFile, ...]) -> str:
    """sha256 that names a source with the files added to it."""
    files: list[Json] = [each.model_dump(mode="json") for each in added]
    return digest_of_json({"base": base, "added": files})


def _shown(base: Mapping[str, Json]) -> str:
    rows = f" of {base['rows']:,} rows" if base.get("rows") else ""
    file = base.get("file")
    name = file["name"] if isinstance(file, Mapping) else base["dataset"]
    digest = f" ({str(file['sha256'])[:12]})" if isinstance(file, Mapping) else ""
    return f"{name}{digest}{rows}"
