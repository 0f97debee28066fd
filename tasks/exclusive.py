"""One promotion at a time, across machines that share an MLflow server."""

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

import httpx
from prefect.client.orchestration import get_client
from prefect.concurrency.asyncio import ConcurrencySlotAcquisitionError
from prefect.concurrency.sync import concurrency
from prefect.exceptions import ObjectAlreadyExists
from prefect.settings import PREFECT_API_URL

from storage.errors import EnvironmentProblem
from tracking.store import TrackingStore

LEASE_SECONDS = 60.0
"""The shortest that Prefect grants; so long after a kill the slot is free again."""
_WAIT_SECONDS = 600.0


@contextmanager
def exclusively(store: TrackingStore, model: str) -> Iterator[None]:
    """Nobody on any machine decides about the model's champion while the block runs.

    A store that is a file is locked through the file system, by `move_champion` itself. Behind
    an MLflow server other machines decide too; where they share a Prefect server, the block
    holds the one slot of a global concurrency limit, on a lease that ends with this process.

    Args:
        store: The store.
        model: Registered name, prefix included.

    Raises:
        EnvironmentProblem: If Prefect does not answer, or the slot does not become free.
    """
    with ExitStack() as held:
        if store.artifacts is None and PREFECT_API_URL.value():
            _hold(held, limit_name(model))
        yield


def limit_name(model: str) -> str:
    """The model's concurrency limit; signs that Prefect's names cannot hold become dashes."""
    return f"seqflow-champion-{re.sub(r'[/%&<>]', '-', model)}"


def _hold(stack: ExitStack, limit: str) -> None:
    try:
        _make(limit)
        slot = concurrency(
            limit, timeout_seconds=_WAIT_SECONDS, lease_duration=LEASE_SECONDS, strict=True
        )
        stack.enter_context(slot)
    except TimeoutError as error:
        raise EnvironmentProblem(
            f"the slot of Prefect's concurrency limit {limit} was not free within "
            f"{_WAIT_SECONDS:g} s; where nobody promotes now, a restart of the server lost its "
            f"lease: free it by `prefect gcl update {limit} --active-slots 0`"
        ) from error
    except (httpx.HTTPError, RuntimeError, ConcurrencySlotAcquisitionError) as error:
        raise EnvironmentProblem(
            f"Prefect at {PREFECT_API_URL.value()} gives no slot of its concurrency limit "
            f"{limit}, so machines that share this MLflow server could promote at once "
            f"({type(error).__name__}); start it, or unset PREFECT_API_URL if no other machine "
            "does"
        ) from error


def _make(limit: str) -> None:
    """Make the limit of one slot, unless it is there."""
    # another machine may be first between Prefect's look and its request
    with get_client(sync_client=True) as client, suppress(ObjectAlreadyExists):
        client.upsert_global_concurrency_limit_by_name(limit, limit=1)
