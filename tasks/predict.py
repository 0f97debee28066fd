"""Task: many rows through a registered model."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from prefect import task
from prefect.artifacts import create_markdown_artifact

from configs.prediction import PredictionConfig
from configs.settings import Settings
from corpora.own_files import own_path
from models.asked_decoding import AskedDecoding
from storage.files import digest_of_json
from tasks.addresses import address_of
from tasks.model_origin import as_trained, origin_of
from tasks.run import Run
from tracking.bundles import RegisteredBundle, registered_bundle
from tracking.prediction_runs import record_prediction
from tracking.registry import registered_name
from tracking.store import TrackingStore
from training.prediction_lineage import sidecar_of

if TYPE_CHECKING:
    from training.prediction import Predicted
    from training.row_sources import FetchedRows, QueryRows


@dataclass(frozen=True)
class Answered:
    """What a prediction flow gives back.

    Attributes:
        output: The file of answers.
        rejected: The table of rows set apart; None where there is none.
        model: What answered, as `sentiment/3`.
        rows: Rows answered.
    """

    output: Path
    rejected: Path | None
    model: str
    rows: int


@task(name="predict")
def predict(run: Run, prediction: PredictionConfig) -> Answered:
    """Answer the rows; asked the same again after a kill, it goes on where that was."""
    done = answer(run, prediction)
    create_markdown_artifact(_page(done), key="prediction")
    model = done.lineage.origin.shown
    return Answered(done.output, done.rejected, model, done.lineage.rows)


def answer(run: Run, prediction: PredictionConfig) -> "Predicted":
    """Answer the rows into the home folder, and write into the run what came of it."""
    from training.prediction import predict_rows

    settings = Settings.from_environment()
    store = TrackingStore.from_settings(settings)
    name = registered_name(settings.registry_prefix, prediction.model)
    found = registered_bundle(store, name, prediction.version, cache=settings.home / "bundles")
    done = predict_rows(
        found.folder,
        as_trained(settings, found, _source(prediction, settings)),
        _output(prediction, found, settings),
        origin=origin_of(found),
        device=settings.device if settings.device in ("cpu", "cuda") else "cpu",
        asked=AskedDecoding(prediction.beam, prediction.max_tokens),
    )
    record_prediction(
        run.journal(),
        sidecar_of(done.output),
        flags=done.flags,
        seconds=done.seconds,
        told=_told(done),
    )
    return done


def _source(prediction: PredictionConfig, settings: Settings) -> "FetchedRows | QueryRows":
    from training.row_sources import FetchedRows, QueryRows

    column = prediction.text_column
    if prediction.sql is not None:
        return QueryRows(prediction.sql, address_of(prediction.sql), column)
    assert prediction.file is not None
    return FetchedRows.of_own(
        prediction.file,
        own_path(prediction.file, own=settings.home / "own"),
        column=column,
    )


def _output(prediction: PredictionConfig, found: RegisteredBundle, settings: Settings) -> Path:
    """One place for one question, so that a killed answer is found again."""
    asked = prediction.model_dump(mode="json", exclude={"version"})
    name = Path(prediction.file.name).stem if prediction.file else "query"
    version = f"{found.version.name}-{found.version.version}"
    place = settings.home / "predictions" / version / digest_of_json(asked)[:16]
    suffix = "txt" if prediction.output == "lines" else prediction.output
    return place / f"{name}.{suffix}"


def _told(done: "Predicted") -> str:
    from training.prediction import summary

    return f"{summary(done)} by {done.lineage.origin.shown} from {done.lineage.source}"


def _page(done: "Predicted") -> str:
    flags = ", ".join(f"{name} {rows:,}" for name, rows in done.flags.items()) or "none"
    return f"{_told(done)}\n\nFlags: {flags}.\n\nAnswers: `{done.output}`"
