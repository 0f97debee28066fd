"""What a command loads while it would only wait for Prefect's temporary server."""

from threading import Thread

from configs.settings import Settings
from tracking.store import TrackingStore


def load_meanwhile(settings: Settings) -> None:
    """Import MLflow and open its store beside the start of a temporary Prefect server.

    Where a server is named, nobody waits for one, and nothing is done. What fails here fails
    again, and is told, where it is needed.
    """
    from prefect.client.base import ServerType, determine_server_type

    if determine_server_type() is not ServerType.EPHEMERAL:
        return
    # Prefect imports it to start its server in a process of its own; the wait comes after
    import prefect.server.api.server  # noqa: F401

    store = TrackingStore.from_settings(settings)
    Thread(target=_opened, args=(store,), name="warm-up", daemon=True).start()


def _opened(store: TrackingStore) -> None:
    try:
        store.client()
    except Exception:  # noqa: BLE001 - the run tells it, with the way out
        return
