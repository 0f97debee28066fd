"""What stands on a Prefect server: the work pool, its worker, the deployments, their runs."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import yaml

from cli.automations import ensure_automations
from configs.shipped import preset_path
from storage.errors import EnvironmentProblem, InputError, SeqflowError
from storage.files import Json, digest_of_json, file_digest, read_json, write_json

if TYPE_CHECKING:
    from httpx import Response
    from prefect.client.orchestration import SyncPrefectClient

POOL = "seqflow"
_ROOT = Path(__file__).parent.parent
_PREFECT_FILE = _ROOT / "prefect.yaml"
_JOB_TEMPLATE = Path(__file__).with_name("work_pool.json")
_RUNNING_SECONDS = 20.0
_POLL_SECONDS = 0.3
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class PrefectApi:
    """Address of a Prefect API, and `user:password` where it asks for them."""

    url: str
    login: str | None

    def client(self) -> "SyncPrefectClient":
        """A client of this API, whatever the active profile says."""
        from prefect.client.orchestration import SyncPrefectClient

        return SyncPrefectClient(self.url, auth_string=self.login)

    @property
    def variables(self) -> dict[str, str]:
        """What Prefect's own commands read."""
        login = {"PREFECT_API_AUTH_STRING": self.login} if self.login else {}
        return {"PREFECT_API_URL": self.url, **login}


@dataclass(frozen=True)
class RemoteRun:
    """A flow run on a server.

    Attributes:
        name: Prefect's name for it.
        state: Its state when we last looked: Running, as a rule.
        flow_run: Its page.
    """

    name: str
    state: str
    flow_run: str


def ensure_work_pool(api: PrefectApi) -> None:
    """Make pool and automations, or give existing ones our form again.

    The template has no `command`, `env` and `working_dir`, so that whoever may start a run
    still cannot choose what is executed.
    """
    from prefect.client.schemas.actions import WorkPoolCreate, WorkPoolUpdate
    from prefect.exceptions import ObjectAlreadyExists

    template: dict[str, Any] = read_json(_JOB_TEMPLATE)  # type: ignore[assignment]
    with _explained(api), api.client() as client:
        try:
            client.create_work_pool(
                WorkPoolCreate(name=POOL, type="process", base_job_template=template)
            )
        except ObjectAlreadyExists:
            client.update_work_pool(POOL, WorkPoolUpdate(base_job_template=template))
        ensure_automations(client)


def worker_is_online(api: PrefectApi, *, since: datetime) -> bool:
    """Whether a worker of the pool gave a sign of life after the moment."""
    with api.client() as client:
        workers = client.read_workers_for_work_pool(POOL)
    return any((worker.last_heartbeat_time or _LONG_AGO) >= since for worker in workers)


def ensure_deployments(api: PrefectApi, record: Path) -> tuple[str, ...]:
    """Deploy everything in prefect.yaml, unless the server has it just so.

    Schedules that a person paused stay paused as long as nothing was changed here.

    Args:
        api: The server.
        record: File that remembers what was deployed where.

    Returns:
        What is deployed, as flow/name.

    Raises:
        EnvironmentProblem: If Prefect refuses a deployment.
    """
    state: Json = {"api": api.url, "digest": _deployed_digest()}
    unchanged = record.is_file() and read_json(record) == state
    if not unchanged or _missing_deployments(api):
        _deploy(api)
        _one_training_at_a_time(api)
        write_json(record, state)
    return tuple(_wanted_deployments())


def retrain(api: PrefectApi, experiment: Mapping[str, Json], reason: str) -> RemoteRun:
    """Start the retrain deployment of the experiment's preset, and wait until it runs.

    Raises:
        InputError: If there is no such preset, or the server refuses a parameter.
        EnvironmentProblem: If the server cannot be reached, or has no such deployment.
    """
    name = _retrain_deployment(experiment)
    parameters = {"experiment": dict(experiment), "reason": reason, "trigger": "manual"}
    with _explained(api), api.client() as client:
        deployment = client.read_deployment_by_name(name)
        run = client.create_flow_run_from_deployment(deployment.id, parameters=parameters)
        return _once_running(api, client, run.id)


def _retrain_deployment(experiment: Mapping[str, Json]) -> str:
    preset = experiment.get("preset")
    if not isinstance(preset, str):
        raise InputError(
            "a remote run starts from a shipped preset, and this experiment names none; "
            "add `preset: NAME` to it, or leave --remote out"
        )
    try:
        preset_path(preset)
    except ValueError as problem:
        raise InputError(str(problem)) from None
    return f"retrain/{preset}"


def _once_running(api: PrefectApi, client: "SyncPrefectClient", run_id: UUID) -> RemoteRun:
    deadline = time.monotonic() + _RUNNING_SECONDS
    while True:
        run = client.read_flow_run(run_id)
        waiting = run.state is None or run.state.is_scheduled() or run.state.is_pending()
        if not waiting or time.monotonic() > deadline:
            state = run.state.name if run.state and run.state.name else "unknown"
            page = f"{api.url.removesuffix('/api')}/runs/flow-run/{run_id}"
            return RemoteRun(run.name, state, page)
        time.sleep(_POLL_SECONDS)


@contextmanager
def _explained(api: PrefectApi) -> Iterator[None]:
    """Turn what the server or the line to it answers into what a person can do."""
    import httpx
    from prefect.exceptions import ObjectNotFound, PrefectHTTPStatusError

    try:
        yield
    except ObjectNotFound as problem:
        raise EnvironmentProblem(
            f"Prefect at {api.url} lacks a deployment or the pool; run: seqflow up"
        ) from problem
    except PrefectHTTPStatusError as problem:
        raise _refusal(api, problem.response) from problem
    except httpx.TransportError as problem:
        raise EnvironmentProblem(
            f"Prefect at {api.url} does not answer ({problem}); run: seqflow up"
        ) from problem


def _refusal(api: PrefectApi, response: "Response") -> SeqflowError:
    if response.status_code in (HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY):
        return InputError(f"Prefect refused the run before it began: {_detail(response)}")
    if response.status_code in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return EnvironmentProblem(
            f"Prefect at {api.url} refuses our login; set PREFECT_API_AUTH_STRING to its own"
        )
    return EnvironmentProblem(
        f"Prefect at {api.url} answered {response.status_code}: {_detail(response)}"
    )


def _detail(response: "Response") -> str:
    try:
        content = response.json()
    except ValueError:
        return str(response.text)
    return str(content.get("detail") or content)


def _wanted_deployments() -> list[str]:
    content = yaml.safe_load(_PREFECT_FILE.read_text(encoding="utf-8"))
    flows = {
        entry["entrypoint"]: Path(entry["entrypoint"].partition(":")[0]).stem
        for entry in content["deployments"]
    }
    return [f"{flows[entry['entrypoint']]}/{entry['name']}" for entry in content["deployments"]]


def _one_training_at_a_time(api: PrefectApi) -> None:
    """Limit each experiment's queue: its trainings, of whatever deployment, go in turn."""
    content = yaml.safe_load(_PREFECT_FILE.read_text(encoding="utf-8"))
    pools = [entry["work_pool"] for entry in content["deployments"]]
    with api.client() as client:
        for name in sorted({pool["work_queue_name"] for pool in pools if len(pool) > 1}):
            queue = client.read_work_queue_by_name(name, work_pool_name=POOL)
            client.update_work_queue(queue.id, concurrency_limit=1)


def _missing_deployments(api: PrefectApi) -> list[str]:
    from prefect.exceptions import ObjectNotFound

    missing = []
    with api.client() as client:
        for name in _wanted_deployments():
            try:
                client.read_deployment_by_name(name)
            except ObjectNotFound:
                missing.append(name)
    return missing


def _deployed_digest() -> str:
    """Digest of what a deployment is made of: the file, flows, the schema of parameters."""
    files = [_PREFECT_FILE, *sorted((_ROOT / "flows").glob("*.py"))]
    files += sorted((_ROOT / "configs").rglob("*.py"))
    return digest_of_json({str(path.relative_to(_ROOT)): file_digest(path) for path in files})


def _deploy(api: PrefectApi) -> None:
    command = [sys.executable, "-m", "prefect", "--no-prompt", "deploy", "--all"]
    done = subprocess.run(
        command,
        cwd=_ROOT,
        env={**os.environ, **api.variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    missing = _missing_deployments(api)
    if done.returncode or missing:
        lines = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
        raise EnvironmentProblem(
            f"prefect deploy --all ended with {done.returncode}, "
            f"missing {', '.join(missing) or 'nothing'}: {' / '.join(lines[-5:])}"
        )
