"""The servers of a home folder: Prefect, MLflow and one worker, up and down as one."""

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from cli import server_commands
from cli.databases import use_database, uses_database
from cli.deploying import ensure_deployments
from cli.deployments import (
    PrefectApi,
    RemoteRun,
    ensure_work_pool,
    retrain,
    worker_is_online,
)
from cli.prefect_file import PREFECT_FILE
from cli.server_commands import Launch
from cli.server_files import (
    SERVERS,
    Server,
    ServerName,
    environment_path,
    forget,
    login,
    login_path,
    named_elsewhere,
    recall,
    recalled,
    remember,
    servers_folder,
    write_shell_environment,
)
from cli.server_processes import LOOPBACK, answers, free_port, listens, start, stop, wait_until
from configs.settings import Settings, apply_safe_defaults
from storage import progress
from storage.errors import EnvironmentProblem, InputError
from storage.files import Json
from storage.locks import locked
from tracking.store import TrackingStore

PORTS: Mapping[ServerName, int] = {"prefect": 4200, "mlflow": 5000}
_VARIABLES: Mapping[ServerName, str] = {
    "prefect": "PREFECT_API_URL",
    "mlflow": "MLFLOW_TRACKING_URI",
}
_LOCK_SECONDS = 300.0


@dataclass(frozen=True)
class ServerLinks:
    """Where the servers are, for people.

    Attributes:
        prefect: Prefect's pages.
        mlflow: MLflow's pages: the list of experiments.
        login: File with the user and password of Prefect's pages.
        environment: Shell file that lets Prefect's own commands reach the server.
        deployments: What can be run there, as flow/name.
        notes: What a person should know: a port that was taken, a server of their own.
    """

    prefect: str
    mlflow: str
    login: Path
    environment: Path
    deployments: tuple[str, ...]
    notes: tuple[str, ...]


def up(
    settings: Settings, database: str | None = None, *, file: Path = PREFECT_FILE
) -> ServerLinks:
    """Bring up what does not run yet, deploy, and wait until everything answers.

    A Prefect or MLflow server that the environment names is used, not started.

    Args:
        settings: Whose servers.
        database: Address of a PostgreSQL server that keeps their data from now on; None goes
            on with what the home has, SQLite at first.
        file: The prefect.yaml whose deployments stand then.

    Raises:
        InputError: If the database is another one than that of the running servers.
        EnvironmentProblem: If a server does not get ready; what this call started is then
            ended again, what ran before goes on.
    """
    apply_safe_defaults(settings)
    with _exclusively(settings.home):
        if database is not None and not uses_database(settings.home, database):
            _require_down(settings.home)
            use_database(settings.home, database)
        launcher = _Launcher(settings, file)
        try:
            return launcher.bring_up()
        except BaseException:
            for name in reversed(launcher.started):
                stop(settings.home, name)
                forget(settings.home, name)
            raise


def down(settings: Settings) -> tuple[ServerName, ...]:
    """End all servers of the home with everything they started, the worker and its runs first.

    Returns:
        Names of those of which a process was still there.
    """
    home = settings.home
    if not (home / "servers").is_dir():
        return ()
    with _exclusively(home):
        ended = tuple(name for name in reversed(SERVERS) if _ended(home, name))
        environment_path(home).unlink(missing_ok=True)
    return ended


def retrain_remote(
    settings: Settings, experiment_parameters: Mapping[str, Json], reason: str
) -> RemoteRun:
    """Have the worker retrain, and return when it runs.

    Args:
        settings: Whose servers.
        experiment_parameters: `preset` and the differences from it.
        reason: Why, for the run's record.

    Raises:
        InputError: If there is no such preset, or the server refuses a parameter.
        EnvironmentProblem: If no server answers, or it has no such deployment.
    """
    apply_safe_defaults(settings)
    return retrain(_known_api(settings.home), experiment_parameters, reason)


def _require_down(home: Path) -> None:
    """Refuse to change the database under running servers."""
    if running := [server.name for server in recalled(home) if server.alive]:
        raise InputError(
            f"{', '.join(running)} of {home} run on another database; run `seqflow down` "
            "first, or leave --database out"
        )


@contextmanager
def _exclusively(home: Path) -> Iterator[None]:
    with locked(servers_folder(home) / "servers.lock", timeout_seconds=_LOCK_SECONDS):
        yield


def _ended(home: Path, name: ServerName) -> bool:
    with _shown(name) as summary:
        count = stop(home, name)
        forget(home, name)
        summary.append(f"{count} process{'' if count == 1 else 'es'} ended")
    return count > 0


def _known_api(home: Path) -> PrefectApi:
    """The API that the environment names, else that of the home's own server."""
    server = recall(home, "prefect")
    if named := named_elsewhere(home, "PREFECT_API_URL"):
        return PrefectApi(named, os.environ.get("PREFECT_API_AUTH_STRING"))
    if not (server and server.alive):
        raise EnvironmentProblem(f"no Prefect server runs for {home}; run: seqflow up")
    return PrefectApi(f"{server.address}/api", login(home))


@dataclass
class _Launcher:
    """One call of `up`: what it started, and what a person should know."""

    settings: Settings
    file: Path
    started: list[ServerName] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def home(self) -> Path:
        return self.settings.home

    def bring_up(self) -> ServerLinks:
        """Start, wait and deploy, in the order in which one needs the other."""
        prefect, mlflow = self._web_servers()
        api = _known_api(self.home)
        ensure_work_pool(api)
        with _shown("deployments") as summary:
            record = servers_folder(self.home) / "deployed.json"
            deployed = ensure_deployments(api, record, self.file)
            summary.append(f"{len(deployed.names)} deployed, {len(deployed.sent)} sent")
            if deployed.removed:
                summary.append(f"removed: {', '.join(deployed.removed)}")
        since = datetime.now(UTC)
        worker = self._worker(api, mlflow)  # only now: on SQLite its questions stand in the way
        if "worker" in self.started:
            self._wait(worker, lambda: worker_is_online(api, since=since))
        variables = {**api.variables, "MLFLOW_TRACKING_URI": mlflow, **_folders(self.settings)}
        write_shell_environment(self.home, variables)
        return ServerLinks(
            prefect=prefect,
            mlflow=f"{mlflow}/#/experiments?workflowType=machine_learning",
            login=login_path(self.home),
            environment=environment_path(self.home),
            deployments=deployed.names,
            notes=tuple(self.notes),
        )

    def _web_servers(self) -> tuple[str, str]:
        """Addresses of Prefect and MLflow, both started before either is waited for.

        MLflow makes or migrates its database when it starts, so nobody else may meanwhile.
        """
        store = TrackingStore.from_settings(self.settings)
        with locked(store.locks / "store.lock", timeout_seconds=_LOCK_SECONDS):
            prefect = self._web("prefect", server_commands.prefect_server)
            mlflow = self._web("mlflow", server_commands.mlflow_server)
            self._wait_for_web("prefect", prefect)
            self._wait_for_web("mlflow", mlflow)
        return prefect, mlflow

    def _web(self, name: ServerName, launch: Callable[[Settings, str], Launch]) -> str:
        """Address of the server: named by the environment, running, or started now.

        One that died, or hangs, is started again where it was.
        """
        if named := named_elsewhere(self.home, _VARIABLES[name]).removesuffix("/api"):
            self.notes.append(f"{name} is the one at {named}, as {_VARIABLES[name]} says")
            return named
        server = recall(self.home, name)
        if server and server.alive and answers(name, server.address):
            return server.address
        stop(self.home, name)
        wished = urlsplit(server.address).port if server else None
        port = free_port(wished or PORTS[name])
        if port != PORTS[name]:
            self.notes.append(f"port {PORTS[name]} is taken; {name} listens on {port}")
        address = f"http://{LOOPBACK}:{port}"
        self._start(name, launch(self.settings, address), address)
        return address

    def _worker(self, api: PrefectApi, mlflow: str) -> Server:
        """The worker: the running one if it works for these servers, else a new one."""
        server, address = recall(self.home, "worker"), f"{api.url} {mlflow}"
        if server and server.alive and server.address == address:
            return server
        stop(self.home, "worker")
        launch = server_commands.worker(self.settings, api, mlflow)
        return self._start("worker", launch, address)

    def _start(self, name: ServerName, launch: Launch, address: str) -> Server:
        server = start(
            self.home, name, launch.command, address=address, environment=launch.environment
        )
        self.started.append(name)
        remember(self.home, server)
        return server

    def _wait_for_web(self, name: ServerName, address: str) -> None:
        server = recall(self.home, name)
        if server and name in self.started:
            self._wait(server, lambda: answers(name, address) and listens(self.home, server))
        elif not answers(name, address):
            raise EnvironmentProblem(
                f"{name} at {address} does not answer; start that server, "
                f"or unset {_VARIABLES[name]} to have one started here"
            )

    def _wait(self, server: Server, ready: Callable[[], bool]) -> None:
        with _shown(server.name) as summary:
            wait_until(self.home, server, ready)
            summary.append(f"ready at {server.address.partition(' ')[0]}")


@contextmanager
def _shown(step: str) -> Iterator[list[str]]:
    """Tell how long the block took and the line that it appended."""
    begun = time.monotonic()
    progress.started(step)
    summary: list[str] = []
    yield summary
    progress.finished(step, " ".join(summary), seconds=time.monotonic() - begun)


def _folders(settings: Settings) -> dict[str, str]:
    return {"SEQFLOW_HOME": str(settings.home), "PREFECT_HOME": os.environ["PREFECT_HOME"]}
