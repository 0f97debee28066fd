"""How each server is started: its command line and its safe settings."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from cli.automations import HEARTBEAT_SECONDS
from cli.deployments import POOL, PrefectApi
from cli.server_files import login, server_databases
from cli.server_processes import LOOPBACK
from configs.settings import Settings

_WORKER_NAME = "seqflow"
_QUERY_SECONDS, _QUERY_SECONDS_POSTGRES = "2", "0.5"
"""Between two questions of the worker. The server writes down each; on SQLite twice a second
is more than leaves others their turn, and a deployment was refused six times in a row."""
_RUNS_AHEAD = "5"
"""Of each schedule; the 100 that are usual keep the server busy for a minute after `up`."""


@dataclass(frozen=True)
class Launch:
    """A command line and the variables it needs beyond ours."""

    command: tuple[str, ...]
    environment: Mapping[str, str]


def prefect_server(settings: Settings, address: str) -> Launch:
    """Prefect's server: one machine, one origin, a login, no telemetry."""
    port = urlsplit(address).port
    return Launch(
        _module("cli.prefect_server", "server", "start", "--host", LOOPBACK)
        + ("--port", str(port)),
        {
            "PREFECT_SERVER_UI_API_URL": f"{address}/api",
            "PREFECT_SERVER_API_CORS_ALLOWED_ORIGINS": address,
            "PREFECT_SERVER_API_CSRF_PROTECTION_ENABLED": "true",
            "PREFECT_SERVER_API_AUTH_STRING": login(settings.home),
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "PREFECT_SERVER_SERVICES_SCHEDULER_ENABLED": "true",
            "PREFECT_SERVER_SERVICES_SCHEDULER_MAX_RUNS": _RUNS_AHEAD,
            **server_databases(settings.home),
        },
    )


def mlflow_server(settings: Settings, address: str) -> Launch:
    """MLflow's server over the store that commands use without a server, too.

    Experiments get the plain folder as their place of artifacts: what was logged through the
    server is then still found when it is down.
    """
    port = urlsplit(address).port
    web = settings.tracking_uri.startswith(("http://", "https://"))
    store = settings.own_store if web else settings.tracking_uri
    artifacts = settings.artifacts.as_uri()
    # a variable, not a word of the command: an address may hold a password
    database = {"MLFLOW_BACKEND_STORE_URI": store, **server_databases(settings.home)}
    return Launch(
        _module("mlflow", "server", "--host", LOOPBACK, "--port", str(port), "--workers", "1")
        + ("--default-artifact-root", artifacts, "--artifacts-destination", artifacts)
        + ("--allowed-hosts", f"{LOOPBACK}:{port},localhost:{port}")
        + ("--cors-allowed-origins", address),
        {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", **database},
    )


def worker(settings: Settings, api: PrefectApi, mlflow: str) -> Launch:
    """The worker that executes the pool's runs, each as a process with these variables."""
    return Launch(
        _module("prefect", "--no-prompt", "worker", "start", "--pool", POOL)
        + ("--type", "process", "--name", _WORKER_NAME, "--no-create-pool-if-not-found"),
        {
            **api.variables,
            # the pool's fixed command says `python`, which must be this one
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
            "MLFLOW_TRACKING_URI": mlflow,
            "SEQFLOW_HOME": str(settings.home),
            "PREFECT_WORKER_QUERY_SECONDS": _QUERY_SECONDS_POSTGRES
            if server_databases(settings.home)
            else _QUERY_SECONDS,
            "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": str(HEARTBEAT_SECONDS),
        },
    )


def _module(name: str, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", name, *arguments)
