"""Where a file of predictions came from: beside every file, and inside Parquet ones too."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Self, cast

from storage.errors import InputError
from storage.files import Json, file_digest, read_json, write_json

SIDECAR = ".lineage.json"
PARQUET_KEY = b"seqflow.lineage"
FORMAT = 1


@dataclass(frozen=True)
class ModelOrigin:
    """What answers, as the registry knows it.

    Attributes:
        model: Registered name, prefix included.
        version: Counts from 1.
        bundle: Digest of the bundle.
        run: The run of ours that made it; its journal lies in the home folder.
        mlflow_run: The same run's id in MLflow.
        commit: Commit of the seqflow that answers; empty outside a repository.
        dirty: Whether its files differ from that commit.
    """

    model: str
    version: int
    bundle: str
    run: str = ""
    mlflow_run: str = ""
    commit: str = ""
    dirty: bool = False

    @property
    def shown(self) -> str:
        """Name and version as they stand beside every answer: `sentiment/3`."""
        return f"{self.model}/{self.version}"


@dataclass(frozen=True)
class PredictionLineage:
    """All that leads from a file of predictions to what made it.

    Attributes:
        origin: The model and the code.
        source: Name of the rows' file, or of the connection that a query went to.
        source_sha256: Digest of the file; of the rows that a query gave.
        query: The query, where there was one.
        rows: Rows answered.
        rejected: Rows set apart because they could not be answered.
        created: When, in UTC.
        output: Name of the file of predictions.
        output_sha256: Its digest; empty in the copy inside a Parquet file.
        beam: Hypotheses kept while writing, if it was asked for; None: the model's own.
        max_tokens: Longest output, in tokens, likewise.
    """

    origin: ModelOrigin
    source: str
    source_sha256: str
    query: str | None
    rows: int
    rejected: int
    created: str
    output: str
    output_sha256: str = ""
    beam: int | None = None
    max_tokens: int | None = None

    def to_json(self) -> dict[str, Json]:
        """The lineage as a JSON object."""
        return {"format": FORMAT, **asdict(self)}

    @classmethod
    def from_json(cls, value: Mapping[str, Json]) -> Self:
        """The lineage that :meth:`to_json` spelt.

        Raises:
            InputError: If it is of a newer format, or lacks something.
        """
        number = value.get("format")
        if isinstance(number, int) and number > FORMAT:
            raise InputError(
                f"this lineage has format {number}, and this seqflow reads formats up to "
                f"{FORMAT}; update seqflow"
            )
        try:
            earlier: dict[str, Json] = {"beam": None, "max_tokens": None}  # not written then
            known = {field.name: (earlier | {**value})[field.name] for field in fields(cls)}
            origin = ModelOrigin(**cast("dict[str, str]", known.pop("origin")))  # type: ignore[arg-type]
            return cls(origin=origin, **known)  # type: ignore[arg-type]
        except (KeyError, TypeError) as error:
            raise InputError(f"this is no lineage of predictions: {error} is missing") from None

    def is_of(self, output: Path) -> bool:
        """Whether the file is, byte for byte, the one that this lineage was written for."""
        return file_digest(output) == self.output_sha256


def now() -> str:
    """This moment, as lineages spell it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def sidecar_of(output: Path) -> Path:
    """Where the lineage of a file lies: `scored.csv.lineage.json`."""
    return output.with_name(output.name + SIDECAR)


def parquet_metadata(lineage: PredictionLineage) -> dict[bytes, bytes]:
    """The lineage as key-value metadata of a Parquet file."""
    return {PARQUET_KEY: json.dumps(lineage.to_json(), ensure_ascii=False).encode()}


def write_lineage(output: Path, lineage: PredictionLineage) -> PredictionLineage:
    """Write the sidecar of a finished file; returns the lineage with the file's digest."""
    whole = replace(lineage, output_sha256=file_digest(output))
    write_json(sidecar_of(output), whole.to_json())
    return whole


def read_lineage(path: Path) -> PredictionLineage:
    """The lineage of a file of predictions.

    A Parquet file that was moved without its sidecar still carries its own copy.

    Args:
        path: The file, or its sidecar.

    Raises:
        InputError: If there is no such file, or no lineage of it.
    """
    sidecar = path if path.name.endswith(SIDECAR) else sidecar_of(path)
    if sidecar.is_file():
        try:
            value = read_json(sidecar)
        except ValueError as error:
            raise InputError(f"{sidecar} is not JSON ({error}); predict again") from None
    elif path.is_file():
        value = _inside(path)
    else:
        raise InputError(f"there is no file {path}")
    if not isinstance(value, Mapping):
        raise InputError(
            f"{path.name} has no {sidecar.name} beside it and carries no lineage inside; "
            f"only files that `seqflow predict --output` wrote have one"
        )
    return PredictionLineage.from_json(value)


def _inside(path: Path) -> Json:
    if path.suffix.lower() != ".parquet":
        return None
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        found = (pq.read_metadata(path).metadata or {}).get(PARQUET_KEY)
    except (pa.ArrowInvalid, OSError) as error:
        raise InputError(f"{path.name} cannot be read as Parquet: {error}") from None
    return None if found is None else cast(Json, json.loads(found))
