"""Events of ours in Prefect: what triggers, automations and notifications listen to."""

import logging

import httpx
from prefect.client.orchestration import get_client
from prefect.context import FlowRunContext, TaskRunContext
from prefect.events import Event, emit_event
from prefect.settings import PREFECT_API_URL

from tasks.notices import notify

_LOG = logging.getLogger(__name__)
_TIMEOUT_SECONDS = 10.0
_NEWS = {
    "seqflow.gate.failed": "stopped at the gate",
    "seqflow.run.failed": "failed",
    "seqflow.model.promoted": "has a new champion",
    "seqflow.model.refused": "keeps its champion",
    "seqflow.model.rolled-back": "was rolled back",
}
"""Events that people want to hear of, as they are told."""


def emit(event: str, experiment: str, *, reason: str, **details: str) -> bool:
    """Tell Prefect what happened to an experiment.

    Inside a flow run Prefect sends it along with the run's other events, related to the run;
    elsewhere it has arrived when this returns.

    Args:
        event: Its name: `seqflow.model.promoted`.
        experiment: Whose event it is; the resource is `seqflow.experiment.<experiment>`.
        reason: One sentence for people.
        details: Further facts, which triggers can hand to the runs they start.

    Returns:
        False, after one warning, where no Prefect API can be reached.
    """
    resource = {
        "prefect.resource.id": f"seqflow.experiment.{experiment}",
        "prefect.resource.name": experiment,
    }
    payload = {"experiment": experiment, "reason": reason, **details}
    if event in _NEWS:
        notify(f"{experiment} {_NEWS[event]}", reason)
    if TaskRunContext.get() or FlowRunContext.get():
        return emit_event(event, resource, payload=payload) is not None
    if not PREFECT_API_URL.value():
        _LOG.warning("nobody hears of %s: no Prefect server runs; see `seqflow up`", event)
        return False
    try:
        _post(Event.model_validate({"event": event, "resource": resource, "payload": payload}))
    except (httpx.HTTPError, RuntimeError) as problem:
        address, kind = PREFECT_API_URL.value(), type(problem).__name__
        _LOG.warning("nobody hears of %s: Prefect at %s: %s", event, address, kind)
        return False
    return True


def _post(event: Event) -> None:
    settings = {"timeout": _TIMEOUT_SECONDS}
    with get_client(sync_client=True, httpx_settings=settings) as client:
        client.request("POST", "/events", json=[event.model_dump(mode="json")])
