"""Prediction of whole sources: each row comes out in its place, with the answer beside it.

Some windows of rows are in memory at a time, so a source may be larger than memory. A window
that is answered is kept on the disk until the output is whole, so a kill costs the windows
at work and no other.
"""

import os
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from corpora.rejected import RejectedRows
from corpora.rows import no_rejected_rows
from models.asked_decoding import OWN_SETTINGS, AskedDecoding
from models.batches import BATCH_TOKENS
from models.event_predicting import EventPredictor
from models.predictors import load_predictor, require_decoding
from storage import progress
from storage.code import code_digests
from storage.errors import InputError
from storage.faults import fault_point
from storage.files import Json, atomic_write, digest_of_json, file_digest, sync_folder
from training.prediction_answers import answer_columns
from training.prediction_lineage import (
    ModelOrigin,
    PredictionLineage,
    now,
    parquet_metadata,
    write_lineage,
)
from training.prediction_parts import PredictionParts, parts_of, working_on
from training.prediction_workers import answered_in_order, usual_workers
from training.row_sources import FetchedRows, RowSource
from training.row_writers import holds_lines, require_writable, row_writer
from training.windows import Window


@dataclass(frozen=True)
class Predicted:
    """What was done with a source.

    Attributes:
        lineage: As it stands beside the output; holds rows and rejected.
        flags: Rows by reason to trust the answer less, such as `empty` or `truncated`.
        reused: Rows that an earlier, unfinished attempt had answered.
        seconds: Time spent now.
        output: The file of answers.
        rejected: The table of what could not be answered; None where there is nothing.
    """

    lineage: PredictionLineage
    flags: Mapping[str, int]
    reused: int
    seconds: float
    output: Path
    rejected: Path | None


@dataclass
class _Work:
    """One prediction, and how far it is."""

    source: FetchedRows
    output: Path
    origin: ModelOrigin
    asked: AskedDecoding
    parts: PredictionParts
    total: int
    begun: float = field(default_factory=time.monotonic)
    rows: int = 0
    flags: Counter[str] = field(default_factory=Counter)

    def add(self, window: Window, answers: pa.Table) -> None:
        """Count a window, and tell how far it goes."""
        self.rows += len(answers)
        for entry in pc.value_counts(answers["flag"]).to_pylist():
            self.flags[entry["values"]] += entry["counts"]
        rate = (self.rows - self.parts.reused) / (time.monotonic() - self.begun + 1e-9)
        end = min(window.end, self.total)
        share = f", {end / self.total:.0%}" if self.total else ""
        note = f"{self.rows:,} rows, {max(rate, 0):,.0f} rows/s{share}"
        progress.advanced("predict", end, self.total, note=note)

    def lineage(self, *, rejected: int) -> PredictionLineage:
        """Where the rows counted so far come from."""
        return PredictionLineage(
            origin=self.origin,
            source=self.source.name,
            source_sha256=self.source.sha256,
            query=self.source.query,
            rows=self.rows,
            rejected=rejected,
            created=now(),
            output=self.output.name,
            beam=self.asked.beam,
            max_tokens=self.asked.max_tokens,
        )


def predict_rows(
    bundle: Path,
    given: RowSource,
    output: Path,
    *,
    origin: ModelOrigin,
    device: str = "cpu",
    asked: AskedDecoding = OWN_SETTINGS,
    workers: int | None = None,
) -> Predicted:
    """Answer every row of a source.

    The output has the columns of the source, then `prediction` with `probability` (of a
    class, 0 to 1) or `score` (the log-probability of a translation or of tags), then `flag` and
    `model_version`. Rows without a text, and lines that are no rows, go to a table
    `<output, suffix included>.rejected.parquet` with their line; the others keep their order.
    Where both are lines of text, the output has the predictions alone, and an empty line for
    each that was refused. The lineage stands beside the output, and inside a Parquet one.
    The same call goes on where a killed one was.

    Args:
        bundle: What answers.
        given: Rows to answer.
        output: Whole or as it was, never half-written.
        origin: The bundle's place in the registry, for the lineage.
        device: Where to compute.
        asked: What is asked of a translator's decoding.
        workers: Windows answered side by side, which decides no answer; None takes what suits
            the device.

    Raises:
        InputError: If a format or column cannot be used, and the message names what can; if
            the output is the source; or if something is asked of decoding and the model
            writes nothing.
        EnvironmentProblem: If another process writes the same output.
    """
    require_writable(output)
    begun = time.monotonic()
    progress.started("predict")
    with working_on(output) as folder:
        source = given.fetch(folder / "source")
        _require_another_file(output, source)
        _require_lines(source, output)
        predictor = load_predictor(bundle, device)
        require_decoding(predictor, asked, model=origin.shown)
        parts = parts_of(folder, _key(bundle, source, device=device, asked=asked))
        work = _Work(source, output, origin, asked, parts, total=source.count())
        answered = answered_in_order(
            source.windows(),
            lambda window: answer_columns(
                predictor,
                window.sequences if isinstance(predictor, EventPredictor) else window.texts,
                origin,
                asked,
            ),
            parts,
            workers=workers or usual_workers(device),
        )
        lineage, rejected = _write(answered, folder, work)
    predicted = Predicted(
        lineage=lineage,
        flags={flag: rows for flag, rows in sorted(work.flags.items()) if flag},
        reused=parts.reused,
        seconds=time.monotonic() - begun,
        output=output,
        rejected=rejected,
    )
    progress.finished("predict", summary(predicted), seconds=predicted.seconds)
    return predicted


def _require_another_file(output: Path, source: FetchedRows) -> None:
    """Refuse to put the answers in the place of what they answer."""
    if output.exists() and output.samefile(source.path):
        raise InputError(
            f"{output} holds the rows themselves, which the answers would replace; give "
            "another --output"
        )


def summary(predicted: Predicted) -> str:
    """What was done, in one line."""
    lineage = predicted.lineage
    reused = f", {predicted.reused:,} of them before" if predicted.reused else ""
    rejected = f", {lineage.rejected:,} rejected" if lineage.rejected else ""
    return f"{lineage.rows:,} rows{reused}{rejected}"


def _require_lines(source: FetchedRows, output: Path) -> None:
    if holds_lines(output) and source.format != "lines":
        raise InputError(
            f"{output.name} would hold a line for each line of text, but {source.name} is read "
            f"as {source.format}; name an output that ends in .csv, .jsonl or .parquet"
        )


def _key(bundle: Path, source: FetchedRows, *, device: str, asked: AskedDecoding) -> str:
    """Digest of all that decides the answers and which rows a window holds."""
    code, packages = code_digests("training.prediction")
    key: dict[str, Json] = {
        "bundle": file_digest(bundle / "manifest.json"),
        "source": source.sha256,
        "format": source.format,
        "query": source.query,
        "encoding": source.encoding,
        "column": source.column,
        "window_rows": source.window_rows,
        "batch_tokens": BATCH_TOKENS,
        "device": device,
        "beam": asked.beam,
        "max_tokens": asked.max_tokens,
        "code": code,
        "packages": packages,
    }
    return digest_of_json(key)


def _write(
    answered: Iterator[tuple[Window, pa.Table]], folder: Path, work: _Work
) -> tuple[PredictionLineage, Path | None]:
    """Write output, rejected rows and lineage; each appears whole, the lineage last."""
    output = work.output
    whole = folder / f"output{output.suffix}"
    refused = RejectedRows(folder / "rejected", no_rejected_rows().schema)
    with (
        refused,
        atomic_write(whole) as file,
        row_writer(file, suffix=output.suffix) as writer,
    ):
        for window, answers in answered:
            writer.write(
                _lines_of(window, answers)
                if holds_lines(output)
                else _beside(window.rows, answers)
            )
            refused.add(window.rejected)
            work.add(window, answers)
        lineage = work.lineage(rejected=refused.count)
        writer.note(parquet_metadata(lineage))
    fault_point("predict.assembled")
    # the whole name, for `scored.csv` and `scored.parquet` may lie side by side
    rejected = _placed(refused, output.with_name(f"{output.name}.rejected.parquet"))
    os.replace(whole, output)
    sync_folder(output.parent)
    return write_lineage(output, lineage), rejected


def _placed(refused: RejectedRows, place: Path) -> Path | None:
    """Give the table its place; without a row, remove what an earlier output left there."""
    if not refused.count:
        place.unlink(missing_ok=True)
        return None
    os.replace(refused.path, place)
    return place


def _beside(rows: pa.Table, answers: pa.Table) -> pa.Table:
    for name in answers.column_names:
        rows = rows.append_column(name, answers[name])
    return rows.replace_schema_metadata()


def _lines_of(window: Window, answers: pa.Table) -> pa.Table:
    """A prediction for each line, empty for one that was refused."""
    refused = window.rejected["line"]
    numbers = pa.concat_arrays([window.lines, *refused.chunks])
    empty = pa.repeat(pa.scalar("", pa.string()), len(refused))
    texts = pa.chunked_array([*answers["prediction"].chunks, empty])
    return pa.table({"prediction": texts.take(pc.sort_indices(numbers))})
