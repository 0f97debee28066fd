"""What prefect.yaml says of each deployment, checked, and the form of its parameters."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import ValidationError, model_validator

from configs.base import Config
from storage.errors import InputError
from storage.files import digest_of_json

ROOT = Path(__file__).parent.parent
PREFECT_FILE = ROOT / "prefect.yaml"


class Schedule(Config):
    """When a deployment runs by itself; the slug tells one schedule from another."""

    slug: str
    cron: str
    timezone: str = "UTC"
    active: bool | None = None
    parameters: Mapping[str, Any] = {}


class ConcurrencyLimit(Config):
    """How many runs go at once, and what becomes of one too many."""

    limit: int
    collision_strategy: Literal["ENQUEUE", "CANCEL_NEW"]


class WorkPool(Config):
    """Who executes the runs: a pool, and the queue in it; without one, its default queue."""

    name: str
    work_queue_name: str | None = None


class Entry(Config):
    """A deployment as the file describes it; triggers are as Prefect reads them."""

    name: str
    version: str
    entrypoint: str
    description: str
    tags: tuple[str, ...] = ()
    parameters: Mapping[str, Any] = {}
    concurrency_limit: ConcurrencyLimit
    work_pool: WorkPool
    schedules: tuple[Schedule, ...] = ()
    triggers: tuple[Mapping[str, Any], ...] = ()

    @model_validator(mode="after")
    def _nothing_to_fill_in(self) -> "Entry":
        """Only Prefect's own command fills in templates; in triggers the server does."""
        if "{{" in json.dumps(self.model_dump(mode="json", exclude={"triggers"})):
            raise ValueError("holds a template {{ … }} outside of triggers")
        return self


class _File(Config):
    name: str
    definitions: Mapping[str, Any] = {}
    deployments: tuple[Entry, ...]


@dataclass(frozen=True)
class Wanted:
    """One deployment as it shall stand on a server.

    Attributes:
        entry: What the file says.
        flow: Name of the flow.
        form: JSON schema of the flow's parameters.
    """

    entry: Entry
    flow: str
    form: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Prefect's name for it: flow/name."""
        return f"{self.flow}/{self.entry.name}"

    @property
    def pull_steps(self) -> list[dict[str, Any]]:
        """Where a worker finds the code, as `prefect deploy` says it of a folder."""
        return [{"prefect.deployments.steps.set_working_directory": {"directory": str(ROOT)}}]

    @property
    def digest(self) -> str:
        """Of all that is sent to the server."""
        entry = self.entry.model_dump(mode="json")
        return digest_of_json([entry, self.flow, self.form, self.pull_steps])

    @property
    def triggers_digest(self) -> str:
        """Of the triggers alone, which become automations of their own."""
        return digest_of_json([dict(trigger) for trigger in self.entry.triggers])


def wanted_deployments(file: Path = PREFECT_FILE) -> list[Wanted]:
    """Every deployment of the file, in its order; each flow is imported once.

    Raises:
        InputError: If the file holds what only Prefect's own command understands.
    """
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    try:
        entries = _File.model_validate(content).deployments
    except ValidationError as problem:
        first = problem.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise InputError(
            f"{file.name}: {place or 'file'}: {first['msg']}; `seqflow up` deploys what "
            "cli/prefect_file.py names; with more, run: prefect deploy --all"
        ) from None
    flows = {entry.entrypoint: _flow(entry.entrypoint) for entry in entries}
    return [Wanted(entry, *flows[entry.entrypoint]) for entry in entries]


def _flow(entrypoint: str) -> tuple[str, Mapping[str, Any]]:
    """Name and form of the flow at `flows/train.py:train_flow`.

    Prefect's command makes the form, which takes a quarter of a second, three times for each
    deployment; the flow itself made it when it was defined.
    """
    from prefect import Flow

    path, _, name = entrypoint.partition(":")
    flow = getattr(import_module(".".join(Path(path).with_suffix("").parts)), name)
    assert isinstance(flow, Flow)
    return flow.name, flow.parameters.model_dump(exclude_unset=True)
