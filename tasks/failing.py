"""What a flow that did not end well tells the world."""

from typing import Any

from prefect import Flow
from prefect.client.schemas.objects import FlowRun, State

from storage.errors import DataCheckError
from tasks.events import emit


def tell_failure(flow: Flow[..., Any], flow_run: FlowRun, state: State[Any]) -> None:
    """Hook of a flow: one event, and one notice, that says what stopped it."""
    experiment = flow_run.parameters.get("experiment", {})
    name = experiment.get("name") or experiment.get("preset") or flow.name
    reason = state.message or state.name or "unknown"
    stopped_by_gate = DataCheckError.__name__ in reason
    emit(
        "seqflow.gate.failed" if stopped_by_gate else "seqflow.run.failed",
        name,
        reason=reason.partition(f"{DataCheckError.__name__}: ")[2] or reason,
        flow=flow.name,
        flow_run=str(flow_run.id),
    )
