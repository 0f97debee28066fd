"""Which MLflow store is used: its address, its first start, its experiments."""

import logging
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from configs.settings import Settings
from storage.errors import EnvironmentProblem
from storage.locks import locked
from tracking.limits import first_line, without_password

if TYPE_CHECKING:
    from mlflow import MlflowClient

_FIRST_START_SECONDS = 120.0


@dataclass(frozen=True)
class TrackingStore:
    """An MLflow store as this machine reaches it.

    Attributes:
        uri: Tracking address: a server, or a database.
        artifacts: Where files go; None behind a server, which decides itself.
        locks: Folder of the locks that order its users on this machine.
    """

    uri: str
    artifacts: Path | None
    locks: Path

    @classmethod
    def from_settings(cls, settings: Settings) -> "TrackingStore":
        """The store the environment names, else a SQLite file in the home folder.

        A bare database would put artifacts below the working directory, so they get an
        absolute folder; behind a server the server decides.
        """
        uri = settings.tracking_uri
        behind_server = uri.startswith(("http://", "https://"))
        return cls(
            uri=uri,
            artifacts=None if behind_server else settings.artifacts.absolute(),
            locks=_database_folder(uri) or settings.home.absolute() / "mlflow",
        )

    @property
    def shown(self) -> str:
        """The address without a password, for people."""
        return without_password(self.uri)

    def client(self) -> "MlflowClient":
        """A client of the store, whose database is made or migrated first if need be.

        MLflow migrates at the first contact, and of several processes doing so at once all
        but one die; so the first contact happens under a lock.
        """
        from mlflow import MlflowClient

        _quieten()
        if self.artifacts is None:
            return MlflowClient(self.uri)
        self.locks.mkdir(parents=True, exist_ok=True)
        with locked(self.locks / "store.lock", timeout_seconds=_FIRST_START_SECONDS):
            client = MlflowClient(self.uri)
            client.search_experiments(max_results=1)
            client.search_registered_models(max_results=1)
        return client

    def require_answer(self) -> None:
        """Make sure the store can be reached before something is built upon it.

        Raises:
            EnvironmentProblem: If it does not answer.
        """
        try:
            self.client().search_experiments(max_results=1)
        except Exception as problem:
            raise EnvironmentProblem(
                f"MLflow at {self.shown} does not answer ({first_line(problem)}); start it, or "
                "set MLFLOW_TRACKING_URI to where it runs, and run the same command again"
            ) from problem

    def experiment_id(self, client: "MlflowClient", name: str) -> str:
        """Id of the experiment of this name, made or restored when there is none."""
        from mlflow.exceptions import MlflowException

        experiment = client.get_experiment_by_name(name)
        if experiment is None:
            location = None if self.artifacts is None else (self.artifacts / name).as_uri()
            try:
                return client.create_experiment(name, artifact_location=location)
            except MlflowException as problem:
                if problem.error_code != "RESOURCE_ALREADY_EXISTS":
                    raise
            experiment = client.get_experiment_by_name(name)  # another process was first
            assert experiment is not None
        if experiment.lifecycle_stage == "deleted":
            client.restore_experiment(experiment.experiment_id)
        return str(experiment.experiment_id)


def _quieten() -> None:
    """Keep MLflow's links and bars off the terminal, retries and migrations out of the log."""
    os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    for name in ("alembic", "urllib3.connectionpool"):
        logging.getLogger(name).setLevel(logging.ERROR)
    if "MLFLOW_LOGGING_LEVEL" not in os.environ:
        logging.getLogger("mlflow").setLevel(logging.WARNING)


def _database_folder(uri: str) -> Path | None:
    """Folder of a SQLite file; processes with other home folders lock there too."""
    path = uri.removeprefix("sqlite:///")
    return Path(os.path.abspath(path)).parent if path != uri and path else None
