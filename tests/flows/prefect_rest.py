"""Prefect's REST API as tests speak it: with or without login, CSRF token and origin."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Self
from uuid import uuid4

import httpx

from cli.deployments import PrefectApi

_WAIT_SECONDS = 240.0
_POLL_SECONDS = 0.5
_CLIENT = "tests"


class PrefectRest:
    """One session; what is left out of it is what the test is about."""

    def __init__(
        self,
        api: PrefectApi,
        *,
        login: bool = True,
        csrf: bool = True,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        user, _, password = (api.login or "").partition(":")
        self.api = api
        self._client = httpx.Client(
            base_url=api.url,
            auth=(user, password) if login else None,
            headers=headers,
            trust_env=False,
            timeout=120,
        )
        if login and csrf:
            token = self._client.get("/csrf-token", params={"client": _CLIENT}).json()
            self._client.headers["Prefect-Csrf-Client"] = _CLIENT
            self._client.headers["Prefect-Csrf-Token"] = str(token.get("token"))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def deployment(self, name: str) -> dict[str, Any]:
        """The deployment named flow/name."""
        answer: dict[str, Any] = self.asked("GET", f"/deployments/name/{name}")
        return answer

    def read(self, path: str) -> int:
        """Status of the answer to a reading request."""
        return self._client.get(path).status_code

    def allowed_origin(self, origin: str) -> str | None:
        """Whose pages a browser at this origin is told may post."""
        asks = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        answer = self._client.options("/flow_runs/filter", headers=asks)
        return answer.headers.get("access-control-allow-origin")

    def ask_for_run(self, deployment: str, **body: object) -> httpx.Response:
        """The answer to a wish for a run of the deployment with this id, whatever it is."""
        return self._answer("POST", f"/deployments/{deployment}/create_flow_run", body)

    def run_count(self) -> int:
        """Flow runs there are, in any state."""
        return int(self.asked("POST", "/flow_runs/count", {}))

    def schedule(self, deployment: str, *, seconds: int, parameters: object) -> str:
        """Id of a new schedule of the deployment with this id, due every so many seconds."""
        schedule = {"schedule": {"interval": seconds}, "active": True, "parameters": parameters}
        path = f"/deployments/{deployment}/schedules"
        return str(self.asked("POST", path, [schedule])[0]["id"])

    def remove_schedule(self, deployment: str, schedule: str) -> None:
        """Remove the schedule, and with it the runs that are not yet due."""
        self.asked("DELETE", f"/deployments/{deployment}/schedules/{schedule}")

    def first_started_run(self, deployment: str) -> str:
        """Id of the deployment's first run that was scheduled and then started."""
        wanted = {
            "deployments": {"id": {"any_": [deployment]}},
            "flow_runs": {"state": {"type": {"any_": ["RUNNING", "COMPLETED", "FAILED"]}}},
            "sort": "START_TIME_ASC",
        }
        deadline = time.monotonic() + _WAIT_SECONDS
        while not (found := self.asked("POST", "/flow_runs/filter", wanted)):
            assert time.monotonic() < deadline, "no scheduled run was started"
            time.sleep(_POLL_SECONDS)
        assert found[0]["auto_scheduled"]
        return str(found[0]["id"])

    def runs_of(self, deployment: str) -> list[dict[str, Any]]:
        """Every run of the deployment with this id, in any state."""
        wanted = {"deployments": {"id": {"any_": [deployment]}}}
        found: list[dict[str, Any]] = self.asked("POST", "/flow_runs/filter", wanted)
        return found

    def emit(self, event: str, experiment: str, **payload: str) -> None:
        """Tell of an event of the experiment, as happening now."""
        told = {
            "event": event,
            "occurred": datetime.now(UTC).isoformat(),
            "resource": {"prefect.resource.id": f"seqflow.experiment.{experiment}"},
            "payload": {"experiment": experiment, **payload},
            "id": str(uuid4()),
        }
        self.asked("POST", "/events", [told])

    def cancel(self, run: str) -> None:
        """Ask for the end of the run."""
        self.asked("POST", f"/flow_runs/{run}/set_state", {"state": {"type": "CANCELLING"}})

    def wait_until_running(self, run: str) -> None:
        """Return once the run's own process has begun it."""
        deadline = time.monotonic() + _WAIT_SECONDS
        while (state := self.asked("GET", f"/flow_runs/{run}")["state"])["type"] != "RUNNING":
            assert time.monotonic() < deadline, f"the run is still {state['name']}"
            time.sleep(_POLL_SECONDS)

    def final_state(self, run: str) -> str:
        """Name of the state in which the run ends, and its message if it does not end well."""
        deadline = time.monotonic() + _WAIT_SECONDS
        while True:
            state = self.asked("GET", f"/flow_runs/{run}")["state"]
            if state["type"] in ("COMPLETED", "FAILED", "CRASHED", "CANCELLED"):
                break
            assert time.monotonic() < deadline, f"the run is still {state['name']}"
            time.sleep(_POLL_SECONDS)
        ended_well = state["type"] == "COMPLETED"
        return str(state["name"]) if ended_well else f"{state['name']}: {state['message']}"

    def asked(self, method: str, path: str, body: object = None) -> Any:
        """The answer to a request that must succeed; None where it has no content."""
        answer = self._answer(method, path, body)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def _answer(self, method: str, path: str, body: object) -> httpx.Response:
        """The answer of a server whose database is not busy, as Prefect's own client waits."""
        deadline = time.monotonic() + _WAIT_SECONDS
        while True:
            answer = self._client.request(method, path, json=body)
            if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                return answer
            assert time.monotonic() < deadline, f"{path} stays unavailable"
            time.sleep(_POLL_SECONDS)
