"""A run on added data comes out the same once more, and a changed one is found out."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.long, pytest.mark.flow]
SMALL = ("--set", "data.rows=300", "--set", "training.epochs=1")


def seqflow(home: Path, *words: str) -> tuple[int, Any]:
    """Exit code, and the object on standard output."""
    aside = ("PREFECT_API_URL", "MLFLOW_TRACKING_URI", "PREFECT_HOME")
    environment = {name: value for name, value in os.environ.items() if name not in aside}
    environment["SEQFLOW_HOME"] = str(home)
    command = [sys.executable, "-m", "cli.main", *words, "--json"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, json.loads(done.stdout or "{}")


def test_a_run_comes_out_the_same_and_another_seed_is_found_out(tmp_path: Path) -> None:
    home, new = tmp_path / "home", tmp_path / "new.csv"
    lines = [f"the gadget {i} is fine,{'positive' if i % 2 else 'negative'}" for i in range(40)]
    new.write_text("\n".join(["text,label", *lines]) + "\n", encoding="utf-8")
    assert seqflow(home, "data", "add", "demo", str(new), *SMALL[:2])[0] == 0
    code, trained = seqflow(home, "train", "demo", *SMALL)
    assert code == 0
    config = home / "runs" / trained["run"] / "config.json"
    values = json.loads(config.read_text())
    assert [each["file"]["name"] for each in values["data"]["added"]] == ["new.csv"]

    code, again = seqflow(home, "reproduce", trained["run"], "--here")
    assert (code, again["equal"]) == (0, True)
    names = {line["what"] for line in again["results"]}
    assert {"weights", "predictions", "test/accuracy", "train rows"} <= names
    assert not list(home.glob("reproduced-*"))

    values["training"]["seed"] += 1
    config.write_text(json.dumps(values))
    code, again = seqflow(home, "reproduce", trained["run"], "--here")
    assert (code, again["equal"]) == (1, False)
    different = {line["what"] for line in again["results"] if not line["equal"]}
    assert {"weights", "predictions"} <= different
    assert "train rows" not in different
