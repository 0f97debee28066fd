"""The audit log: who became champion, who was refused, and why, in a chain of lines.

One JSON object a line in `<home>/audit.jsonl`, appended and never rewritten. Each line holds
the digest of the line before, so a line that was changed, removed or put in between shows.
Lines cut off at the end do not: compare the last digest with one kept elsewhere for that.
"""

import getpass
import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from storage.files import Json, append_line, whole_lines
from storage.locks import locked

FILE = "audit.jsonl"
_START = hashlib.sha256(b"").hexdigest()
_LOCK_SECONDS = 60.0
Entry = Mapping[str, Json]


class AuditLog:
    """The audit log of a home folder; any number of processes may append."""

    def __init__(self, home: Path) -> None:
        self.path = home / FILE

    def append(self, kind: str, model: str, **facts: Json) -> None:
        """Add one line; it is on the disk when this returns.

        Args:
            kind: What happened: promoted, refused, rolled-back.
            model: Registered name.
            facts: What else is to be known, `reason` first of all.

        Raises:
            ValueError: If a fact is not finite.
            EnvironmentProblem: If another process holds the log for a minute.
        """
        with locked(self.path.with_suffix(".lock"), timeout_seconds=_LOCK_SECONDS):
            lines = list(whole_lines(self.path))
            entry: dict[str, Json] = {
                "number": len(lines) + 1,
                "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
                "user": _user(),
                "kind": kind,
                "model": model,
                **facts,
                "previous": _digest(lines[-1]) if lines else _START,
            }
            # a line that a power cut tore was never finished, so it is no entry and is cut off
            append_line(self.path, json.dumps(entry, ensure_ascii=False, allow_nan=False))

    def entries(self, model: str | None = None) -> Iterator[Entry]:
        """All whole entries, or those of one model, oldest first."""
        for line in whole_lines(self.path):
            entry = cast(Entry, json.loads(line))
            if model is None or entry["model"] == model:
                yield entry

    def verify(self) -> str | None:
        """What is wrong with the first line that does not follow from the one before.

        Returns:
            None where the chain is whole.
        """
        previous = _START
        for number, line in enumerate(whole_lines(self.path), start=1):
            try:
                entry = json.loads(line)
            except ValueError:
                return f"line {number} of {self.path} is no JSON"
            if entry.get("previous") != previous or entry.get("number") != number:
                return (
                    f"line {number} of {self.path} does not follow the line before it; a line "
                    "was changed, removed or put in: restore the file from a backup"
                )
            previous = _digest(line)
        return None


def _digest(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container's user without a name
        return "unknown"
