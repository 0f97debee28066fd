"""Rules of the Prefect server that no deployment owns: what becomes of silent runs."""

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.events.schemas.automations import AutomationCore

HEARTBEAT_SECONDS = 30
"""Between two signs of life of a flow run."""
SILENCE_SECONDS = 90
"""A run silent for so long is dead, with its process and its worker."""
_SILENT_RUNS = "seqflow: runs without a sign of life have crashed"


def ensure_automations(client: "SyncPrefectClient") -> None:
    """Make our automations, or give them their present form again; others stay as they are.

    A worker that lives reports a run that dies. When both die, as in a power cut, only the
    missing heartbeats tell, and only this rule ends the run and frees its place.
    """
    wanted = _silent_runs()
    there = client.read_automations_by_name(wanted.name)
    for found in there[:1]:
        client.update_automation(found.id, wanted)
    for surplus in there[1:]:
        client.delete_automation(surplus.id)
    if not there:
        client.create_automation(wanted)


def _silent_runs() -> "AutomationCore":
    from prefect.client.schemas.objects import StateType
    from prefect.events.actions import ChangeFlowRunState
    from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture

    heartbeat = "prefect.flow-run.heartbeat"
    ends = ("Completed", "Failed", "Cancelled", "Crashed")
    return AutomationCore(
        name=_SILENT_RUNS,
        description=f"No heartbeat for {SILENCE_SECONDS} s: the run is marked as crashed.",
        trigger=EventTrigger(
            match={"prefect.resource.id": "prefect.flow-run.*"},
            after={heartbeat},
            expect={heartbeat, *(f"prefect.flow-run.{end}" for end in ends)},
            for_each={"prefect.resource.id"},
            posture=Posture.Proactive,
            threshold=1,
            within=timedelta(seconds=SILENCE_SECONDS),
        ),
        actions=[
            ChangeFlowRunState(
                state=StateType.CRASHED,
                message=f"no sign of life for {SILENCE_SECONDS} s; the same run, started "
                "again, goes on where it was",
            )
        ],
    )
