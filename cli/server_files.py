"""What the home folder knows about its servers: process, address, login, environment."""

import os
import secrets
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, get_args
from urllib.parse import urlsplit, urlunsplit

from storage.files import read_json, write_json, write_private
from storage.processes import is_alive

ServerName = Literal["prefect", "mlflow", "worker"]
SERVERS: tuple[ServerName, ...] = get_args(ServerName)
ORIGIN = "SEQFLOW_SERVERS_OF"
"""Variable that names the home whose servers the other variables point at."""


@dataclass(frozen=True)
class Server:
    """A server that `up` started.

    Attributes:
        name: Which of them.
        pid: Process that leads its tree.
        pid_started: When that process started, in clock ticks since boot.
        address: Where it answers; for the worker, the Prefect API it asks for work.
    """

    name: ServerName
    pid: int
    pid_started: int | None
    address: str

    @property
    def alive(self) -> bool:
        """Whether that very process still runs."""
        return is_alive(self.pid, self.pid_started)


def servers_folder(home: Path) -> Path:
    """Folder of records, logs and the login; only its owner may look inside."""
    folder = home / "servers"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def log_path(home: Path, name: ServerName) -> Path:
    """What the server writes to its output."""
    return servers_folder(home) / f"{name}.log"


def remember(home: Path, server: Server) -> None:
    """Write the server's record."""
    servers_folder(home)
    write_json(_record_path(home, server.name), asdict(server))


def recall(home: Path, name: ServerName) -> Server | None:
    """The server's record, alive or not; None when it was never started, or taken down."""
    path = _record_path(home, name)
    if not path.is_file():
        return None
    record = read_json(path)
    assert isinstance(record, Mapping)
    pid, started = record["pid"], record["pid_started"]
    assert isinstance(pid, int)
    assert started is None or isinstance(started, int)
    return Server(name=name, pid=pid, pid_started=started, address=str(record["address"]))


def recalled(home: Path) -> Iterator[Server]:
    """Records of all servers, in the order in which they start."""
    for name in SERVERS:
        if server := recall(home, name):
            yield server


def forget(home: Path, name: ServerName) -> None:
    """Remove the server's record."""
    _record_path(home, name).unlink(missing_ok=True)


def login(home: Path) -> str:
    """`user:password` of this home's Prefect API, made up at the first call."""
    path = login_path(home)
    if not path.is_file():
        write_private(path, f"seqflow:{secrets.token_urlsafe(24)}\n")
    return path.read_text(encoding="utf-8").strip()


def login_path(home: Path) -> Path:
    """Where the login of the Prefect UI and API is kept."""
    return servers_folder(home) / "login"


def client_environment(home: Path) -> dict[str, str]:
    """Variables by which Prefect's and MLflow's clients reach the servers that run now.

    Where a server is down, clients go to its database, which is the home folder's own SQLite
    file unless there is another.
    """
    variables = server_databases(home)
    if variables:
        variables["MLFLOW_TRACKING_URI"] = variables.pop("MLFLOW_BACKEND_STORE_URI")
    prefect, mlflow = recall(home, "prefect"), recall(home, "mlflow")
    if prefect and prefect.alive:
        variables["PREFECT_API_URL"] = f"{prefect.address}/api"
        variables["PREFECT_API_AUTH_STRING"] = login(home)
    if mlflow and mlflow.alive:
        variables["MLFLOW_TRACKING_URI"] = mlflow.address
    return variables


def database_path(home: Path) -> Path:
    """Where the address of a PostgreSQL server is kept, if the servers have one."""
    return servers_folder(home) / "database"


def server_databases(home: Path) -> dict[str, str]:
    """Variables that tell both servers where their databases are; none while it is SQLite."""
    path = database_path(home)
    if not path.is_file():
        return {}
    parts = urlsplit(path.read_text(encoding="utf-8"))
    prefect = parts._replace(scheme="postgresql+asyncpg", path="/prefect")
    mlflow = parts._replace(scheme="postgresql+psycopg", path="/mlflow")
    return {
        "PREFECT_SERVER_DATABASE_CONNECTION_URL": urlunsplit(prefect),
        "MLFLOW_BACKEND_STORE_URI": urlunsplit(mlflow),
    }


def named_elsewhere(home: Path, variable: str) -> str:
    """The address in the variable, unless it was us who set it; empty when there is none.

    A shell that has read our environment file keeps addresses of servers that may be down or
    elsewhere by now; a person's own choice is another matter.
    """
    if os.environ.get(ORIGIN) == str(home):
        return ""
    value = os.environ.get(variable, "").rstrip("/")
    return value if value.startswith(("http://", "https://")) else ""


def use_running_servers(home: Path) -> None:
    """Point this process at the home's servers, where they run and nothing else is named.

    Call it before Prefect or MLflow is imported; it imports neither.
    """
    if not (home / "servers").is_dir():
        return
    variables = client_environment(home)
    if named_elsewhere(home, "PREFECT_API_URL"):
        variables.pop("PREFECT_API_AUTH_STRING", None)
    if os.environ.get(ORIGIN) == str(home):
        os.environ.update(variables)
    for name, value in variables.items():
        os.environ.setdefault(name, value)


def environment_path(home: Path) -> Path:
    """Shell file that points Prefect's own commands at the home's servers."""
    return servers_folder(home) / "environment"


def write_shell_environment(home: Path, variables: Mapping[str, str]) -> None:
    """Write variables as `export` lines, readable by their owner alone."""
    signed = {**variables, ORIGIN: str(home)}
    lines = [f"export {name}={shlex.quote(value)}\n" for name, value in signed.items()]
    write_private(environment_path(home), "".join(lines))


def _record_path(home: Path, name: ServerName) -> Path:
    return home / "servers" / f"{name}.json"  # looking for it makes no folder
