"""Real servers for tests, as `seqflow up` starts them, and an environment to try them in."""

import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml

from cli.deployments import PrefectApi
from cli.prefect_file import PREFECT_FILE
from cli.server_files import ORIGIN, SERVERS, client_environment
from cli.server_processes import living
from cli.servers import ServerLinks, down, up
from configs.settings import Settings

SERVER_VARIABLES = (
    "PREFECT_API_URL",
    "PREFECT_API_AUTH_STRING",
    "MLFLOW_TRACKING_URI",
    ORIGIN,
)
DEPLOYED = ("demo", "translation-demo")


@dataclass(frozen=True)
class RunningServers:
    """The servers that `seqflow up` started in a home folder of the tests."""

    settings: Settings
    links: ServerLinks
    api: PrefectApi
    mlflow: str


@contextmanager
def environment(**variables: str | None) -> Iterator[None]:
    """No server named, but these variables set; all as before when the block ends."""
    before = dict(os.environ)
    for name in SERVER_VARIABLES:
        os.environ.pop(name, None)
    os.environ.update({name: value for name, value in variables.items() if value is not None})
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def running_servers(
    home: Path,
    database: str | None = None,
    *,
    scheduler_seconds: int = 2,
    deployed: Collection[str] = DEPLOYED,
) -> Iterator[RunningServers]:
    """Prefect, MLflow and a worker while the block runs; not one process of them after it.

    Args:
        home: Their home folder.
        database: Address of a PostgreSQL server for them; SQLite without.
        scheduler_seconds: Between two looks of Prefect at its schedules; by itself it takes 60.
        deployed: The experiments whose deployments are sent; each costs time.
    """
    settings = Settings(home=home, mirror=None, device=None, registry_prefix="")
    links = bring_up(settings, database, scheduler_seconds=scheduler_seconds, deployed=deployed)
    try:
        variables = client_environment(home)
        api = PrefectApi(variables["PREFECT_API_URL"], variables["PREFECT_API_AUTH_STRING"])
        yield RunningServers(settings, links, api, variables["MLFLOW_TRACKING_URI"])
    finally:
        down(settings)
    left = {name: [process.pid for process in living(home, name)] for name in SERVERS}
    assert left == {"prefect": [], "mlflow": [], "worker": []}


def bring_up(
    settings: Settings,
    database: str | None = None,
    *,
    scheduler_seconds: int = 2,
    deployed: Collection[str] = DEPLOYED,
) -> ServerLinks:
    """Start what does not run of the home's servers, apart from the user's own."""
    with environment(
        PREFECT_HOME=str(settings.home / "prefect"),
        PREFECT_SERVER_SERVICES_SCHEDULER_LOOP_SECONDS=str(scheduler_seconds),
        OMP_NUM_THREADS="1",
    ):
        return up(settings, database, file=_prefect_file(settings.home, deployed))


def _prefect_file(home: Path, deployed: Collection[str]) -> Path:
    """The project's prefect.yaml with these experiments alone."""
    content = yaml.safe_load(PREFECT_FILE.read_text())
    content["deployments"] = [one for one in content["deployments"] if one["name"] in deployed]
    file = home / "prefect.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(yaml.safe_dump(content))
    return file
