"""What a finished training leaves behind, and how a repeated call knows it is finished."""

from collections.abc import Mapping
from pathlib import Path
from typing import cast

from storage.files import Json, digest_of_json, read_json, write_json
from training.device import ResolvedDevice
from training.job import TrainingJob

FILE = "training.json"
"""Written last of all: where it stands, and is the job's, the training is done."""

ASIDE = {"device", "precision", "threads", "checkpoint_seconds", "checkpoint_batches"}
"""Settings that do not decide the weights, or do so only as what they were resolved to."""


def fingerprint(job: TrainingJob, device: ResolvedDevice) -> str:
    """Digest of all that decides the weights, the data aside."""
    return digest_of_json(
        {
            "problem": job.problem,
            "text": job.text.model_dump(mode="json"),
            "network": job.network.model_dump(mode="json"),
            "training": job.training.model_dump(mode="json", exclude=ASIDE),
            "device": device.parameters(),
        }
    )


def write_outcome(folder: Path, facts: Mapping[str, Json], *, identity: str) -> None:
    """Commit the training: bundle and history are whole, these are its facts."""
    write_json(folder / FILE, {"fingerprint": identity, "facts": facts})


def read_outcome(folder: Path, *, identity: str) -> dict[str, Json] | None:
    """The facts of the training that ended in the folder, if it was the one asked for."""
    if not (folder / FILE).is_file():
        return None
    outcome = cast(Mapping[str, Json], read_json(folder / FILE))
    if outcome["fingerprint"] != identity:
        return None
    return dict(cast(Mapping[str, Json], outcome["facts"]))
