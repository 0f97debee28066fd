"""Runs an experiment once more in a home of its own, with the code of another commit."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from storage.errors import EnvironmentProblem, InputError
from storage.files import Json, write_json

CODE = Path(__file__).parent.parent
_NAMED_ELSEWHERE = (
    "PREFECT_API_URL",
    "PREFECT_API_AUTH_STRING",
    "PREFECT_HOME",
    "PREFECT_SERVER_DATABASE_CONNECTION_URL",
    "MLFLOW_TRACKING_URI",
    "SEQFLOW_DEVICE",
    "SEQFLOW_REGISTRY_PREFIX",
    "SEQFLOW_FAULT",
)


@contextmanager
def code_at(commit: str) -> Iterator[Path]:
    """A folder with the code of the commit, gone at the end; the user's tree is not touched.

    Raises:
        InputError: If the repository does not hold the commit.
    """
    with tempfile.TemporaryDirectory(prefix="seqflow-code-") as place:
        folder = Path(place) / "code"
        done = _git("worktree", "add", "--detach", str(folder), commit)
        if done.returncode:
            raise InputError(
                f"the code of commit {commit[:12]} cannot be checked out "
                f"({done.stderr.strip().splitlines()[-1]}); git fetch it, or run the present "
                "code with --here"
            )
        try:
            yield folder
        finally:
            _git("worktree", "remove", "--force", str(folder))


def rerun(
    config: Mapping[str, Json], *, code: Path, home: Path, source: Path, device: str, why: str
) -> Path:
    """Train by the config in a fresh home; returns the folder of the new run.

    Args:
        config: Resolved config of an experiment.
        code: Folder of the code to run.
        home: The fresh home folder.
        source: The home whose raw and own files are used, by their digests.
        device: Where the first run was trained; `cpu` is asked for again.
        why: Reason of the run.

    Raises:
        InputError: If the user's own data is not in the source home.
        EnvironmentProblem: If the run does not end well.
    """
    _bring_raw_files(config, source, home)
    settings = home / "experiment.yaml"
    write_json(settings, config)  # JSON is YAML
    environment = {k: v for k, v in os.environ.items() if k not in _NAMED_ELSEWHERE}
    environment |= {"SEQFLOW_HOME": str(home), "PYTHONPATH": str(code)}
    if device == "cpu":
        environment["SEQFLOW_DEVICE"] = device
    command = [sys.executable, "-m", "cli.main", "train", str(settings), "--json"]
    done = subprocess.run(
        [*command, "--reason", why],
        cwd=code,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        raise EnvironmentProblem(
            f"the rerun ended with exit code {done.returncode}, its message stands above; its "
            f"home is {home}"
        )
    return home / "runs" / str(json.loads(done.stdout)["run"])


def own_files(config: Mapping[str, Json]) -> list[Mapping[str, str]]:
    """Files of the user's that the config's data consists of."""
    data = cast(Mapping[str, Json], config["data"])
    added = cast(list[Mapping[str, Json]], data.get("added") or [])
    listed = [data.get("file"), *(each["file"] for each in added)]
    return [cast(Mapping[str, str], each) for each in listed if each]


def _bring_raw_files(config: Mapping[str, Json], source: Path, home: Path) -> None:
    """Second names for the files that are here already; the rest comes from where it did."""
    for file in own_files(config):
        path = source / "own" / file["sha256"]
        if not path.is_dir():
            raise InputError(
                f"{file['name']} is not in this home; put the file of that sha256 there as "
                f"{path / file['name']}"
            )
        _copied(path, home / "own" / file["sha256"])
    dataset = str(cast(Mapping[str, Json], config["data"])["dataset"])
    if (source / "raw" / dataset).is_dir():
        _copied(source / "raw" / dataset, home / "raw" / dataset)


def _copied(source: Path, target: Path) -> None:
    ignored = shutil.ignore_patterns("*.lock", "*.part", "*.rejected")
    shutil.copytree(source, target, ignore=ignored)


def _git(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = ["git", "-C", str(CODE), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)
