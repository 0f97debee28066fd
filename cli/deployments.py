"""What a Prefect server does for us: the work pool, its worker, runs of deployments."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from cli.automations import ensure_automations
from configs.shipped import preset_path
from storage.errors import EnvironmentProblem, InputError, SeqflowError
from storage.files import Json, read_json

if TYPE_CHECKING:
    from httpx import Response
    from prefect.client.orchestration import SyncPrefectClient

POOL = "seqflow"
_JOB_TEMPLATE = Path(__file__).with_name("work_pool.json")
_RUNNING_SECONDS = 20.0
_POLL_SECONDS = 0.3
_FIRST_PAUSE_SECONDS = 0.1
_LAST_PAUSE_SECONDS = 2.0
_PATIENCE_SECONDS = 60.0
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class PrefectApi:
    """Address of a Prefect API, and `user:password` where it asks for them."""

    url: str
    login: str | None

    def client(self) -> "SyncPrefectClient":
        """A client of this API, whatever the active profile says."""
        from prefect.client.orchestration import SyncPrefectClient

        hooks = {"event_hooks": {"response": [_ask_again_soon]}}
        return SyncPrefectClient(self.url, auth_string=self.login, httpx_settings=hooks)

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


def _ask_again_soon(response: "Response") -> None:
    """Tell Prefect's client how long to wait when two writers of SQLite met.

    By itself it waits 2, 4, 8, … seconds and gives up the sixth time; the other writer is
    done in a fraction of one, but the next may be there. Meetings of the first minute are not
    counted: the header is Prefect's own word for that.
    """
    if response.status_code == HTTPStatus.SERVICE_UNAVAILABLE:
        known, now = response.request.extensions, time.monotonic()
        known["meetings"] = known.get("meetings", 0) + 1
        pause = min(_FIRST_PAUSE_SECONDS * 2 ** (known["meetings"] - 1), _LAST_PAUSE_SECONDS)
        response.headers.setdefault("Retry-After", str(pause))
        if now - known.setdefault("first meeting", now) < _PATIENCE_SECONDS:
            response.headers["Prefect-Maintenance"] = "true"


def ensure_work_pool(api: PrefectApi) -> None:
    """Make pool and automations, or give existing ones our form again.

    The template has no `command`, `env` and `working_dir`, so that whoever may start a run
    still cannot choose what is executed.
    """
    from prefect.client.schemas.actions import WorkPoolCreate, WorkPoolUpdate
    from prefect.exceptions import ObjectAlreadyExists

    template: dict[str, Any] = read_json(_JOB_TEMPLATE)  # type: ignore[assignment]
    with explained(api), api.client() as client:
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


def retrain(api: PrefectApi, experiment: Mapping[str, Json], reason: str) -> RemoteRun:
    """Start the retrain deployment of the experiment's preset, and wait until it runs.

    Raises:
        InputError: If there is no such preset, or the server refuses a parameter.
        EnvironmentProblem: If the server cannot be reached, or has no such deployment.
    """
    name = _retrain_deployment(experiment)
    parameters = {"experiment": dict(experiment), "reason": reason, "trigger": "manual"}
    with explained(api), api.client() as client:
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
def explained(api: PrefectApi) -> Iterator[None]:
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
        return InputError(f"Prefect refused the run before it began: {detail(response)}")
    if response.status_code in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return EnvironmentProblem(
            f"Prefect at {api.url} refuses our login; set PREFECT_API_AUTH_STRING to its own"
        )
    return EnvironmentProblem(
        f"Prefect at {api.url} answered {response.status_code}: {detail(response)}"
    )


def detail(response: "Response") -> str:
    try:
        content = response.json()
    except ValueError:
        return str(response.text)
    return str(content.get("detail") or content)
