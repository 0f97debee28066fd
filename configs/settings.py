"""What the environment decides: folders, mirror, device, and safe defaults of the servers."""

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """The `SEQFLOW_…` variables, read once."""

    home: Path
    mirror: str | None
    device: str | None
    registry_prefix: str
    dask_address: str | None = None

    @classmethod
    def from_environment(cls) -> "Settings":
        """Read the variables; the home folder is `.seqflow` here unless set."""
        return cls(
            home=Path(os.environ.get("SEQFLOW_HOME") or ".seqflow").expanduser().absolute(),
            mirror=os.environ.get("SEQFLOW_MIRROR") or None,
            device=os.environ.get("SEQFLOW_DEVICE") or None,
            registry_prefix=os.environ.get("SEQFLOW_REGISTRY_PREFIX", ""),
            dask_address=os.environ.get("SEQFLOW_DASK_ADDRESS") or None,
        )

    @property
    def tracking_uri(self) -> str:
        """MLflow's own variable where it is set, else a SQLite store in the home folder."""
        return os.environ.get("MLFLOW_TRACKING_URI") or self.own_store

    @property
    def own_store(self) -> str:
        """The SQLite store in the home folder."""
        return f"sqlite:///{self.home}/mlflow/mlflow.db"

    @property
    def artifacts(self) -> Path:
        """Where the default store keeps artifacts."""
        return self.home / "mlflow" / "artifacts"


def apply_safe_defaults(settings: Settings) -> None:
    """Set what Prefect and MLflow read at import, where the user has not set it.

    Telemetry off, no pickle, short waits for a store that is gone, files in the home folder.

    Raises:
        OSError: If Prefect's folder cannot be made; Prefect itself would only hang.
    """
    defaults = {
        "DO_NOT_TRACK": "true",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false",
        "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
        "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
        "MLFLOW_HTTP_REQUEST_TIMEOUT": "5",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
        # threads that wait by spinning halve the speed of a machine that does anything else
        "OMP_WAIT_POLICY": "PASSIVE",
        "PREFECT_HOME": str(settings.home / "prefect"),
    }
    for name, value in defaults.items():
        os.environ.setdefault(name, value)
    try:
        Path(os.environ["PREFECT_HOME"]).mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise OSError(
            problem.errno,
            f"{problem.strerror}; set SEQFLOW_HOME, where seqflow keeps everything, to a "
            f"folder that can be written; it is {settings.home}",
            problem.filename,
        ) from problem
    loopback = "127.0.0.1,localhost"
    if os.environ.get("http_proxy") or os.environ.get("HTTP_PROXY"):
        os.environ.setdefault("NO_PROXY", loopback)
