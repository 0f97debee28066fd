"""A registered model's bundle, brought to this machine for a command."""

from typing import TYPE_CHECKING

from cli.server_files import use_running_servers
from configs.settings import Settings, apply_safe_defaults

if TYPE_CHECKING:
    from tracking.bundles import RegisteredBundle


def registered(settings: Settings, model: str, version: str) -> "RegisteredBundle":
    """The bundle of a version or alias.

    Raises:
        InputError: If there is no such model or version.
    """
    use_running_servers(settings.home)
    apply_safe_defaults(settings)
    from tracking.bundles import registered_bundle
    from tracking.registry import registered_name
    from tracking.store import TrackingStore

    return registered_bundle(
        TrackingStore.from_settings(settings),
        registered_name(settings.registry_prefix, model),
        version,
        cache=settings.home / "bundles",
    )


def device_of(settings: Settings) -> str:
    """Where it answers: `SEQFLOW_DEVICE`, else the processor."""
    return settings.device if settings.device in ("cpu", "cuda") else "cpu"
