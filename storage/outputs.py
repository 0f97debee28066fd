"""Where files of predictions were written: a list in the home folder, to find them by."""

import json
from pathlib import Path

from storage.files import append_line, whole_lines
from storage.locks import locked

_FILE = "predictions.jsonl"


def remember_output(home: Path, path: Path) -> None:
    """Add the file to the list; the lineage beside it says the rest."""
    line = json.dumps({"path": str(path.absolute())}, ensure_ascii=False)
    with locked(home / ".predictions.lock"):
        append_line(home / _FILE, line)


def remembered_outputs(home: Path) -> list[Path]:
    """The files on the list that are still there, in the order they were first written."""
    listed = [Path(json.loads(line)["path"]) for line in whole_lines(home / _FILE)]
    return [path for path in dict.fromkeys(listed) if path.is_file()]
