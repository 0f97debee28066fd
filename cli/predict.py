"""The predict command: one text, or many rows of a file or a database, through a model."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from cli.console import console, print_json, steps_shown
from cli.own_data import format_named, sql_source
from cli.registered import device_of, registered
from configs.settings import Settings
from models.asked_decoding import AskedDecoding
from storage.errors import InputError
from storage.files import Json
from storage.outputs import remember_output

if TYPE_CHECKING:
    from models.classifying import ClassificationPredictor
    from models.event_predicting import EventPredictor
    from models.tagging import TaggingPredictor
    from models.translating import TranslationPredictor
    from tracking.bundles import RegisteredBundle
    from training.prediction import Predicted
    from training.row_sources import FetchedRows, QueryRows, RowSource


_LONGEST_PATH = 255


@dataclass(frozen=True)
class RowsAsked:
    """The options of the command that say which rows are meant.

    Attributes:
        text: A text, or the file of rows; None for a database server.
        connection: Environment variable that holds a database's address.
        query: SQL query, for a SQLite file or a database server.
        format: How the file is read; None guesses by its suffix.
        encoding: Text encoding of the file.
        column: Which column holds the texts.
    """

    text: str | None
    connection: str | None = None
    query: str | None = None
    format: str | None = None
    encoding: str = "utf-8"
    column: str | None = None


def run_predict(
    model: str,
    asked: RowsAsked,
    *,
    output: Path | None,
    version: str,
    decoding: AskedDecoding,
    as_json: bool,
) -> None:
    """Answer for the text; with an output, for every row that is asked for.

    Raises:
        InputError: If text, file, query and connection do not go together.
    """
    settings = Settings.from_environment()
    if output is None:
        text = _one_text(asked)
        found = registered(settings, model, version)
        _answer_one(found, text, decoding, device=device_of(settings), as_json=as_json)
        return
    from training.row_writers import require_writable

    require_writable(output)
    if decoding.n_best > 1:
        raise InputError("--n-best goes with one text; --output has one answer for each row")
    rows = _source(asked)  # first: what is wrong with it needs no model
    found = registered(settings, model, version)
    from tasks.model_origin import as_trained

    source = as_trained(settings, found, rows)
    _answer_rows(found, source, output, decoding, device=device_of(settings), as_json=as_json)
    remember_output(settings.home, output)


def _one_text(asked: RowsAsked) -> str:
    if asked.text is None or asked.query is not None or asked.connection is not None:
        raise InputError('give one text, as "not bad at all", or rows with --output FILE')
    if (
        "\0" not in asked.text
        and len(asked.text) < _LONGEST_PATH
        and Path(asked.text).is_file()
    ):
        raise InputError(
            f"{asked.text} is a file; --output FILE says where the answers to its rows go"
        )
    return asked.text


def _source(asked: RowsAsked) -> "FetchedRows | QueryRows":
    from training.row_sources import FetchedRows, QueryRows

    if asked.connection is None:
        if asked.text is None:
            raise InputError("name a file of texts, or a database by --connection and --query")
        return FetchedRows.of_file(
            Path(asked.text),
            format=format_named(asked.format),
            query=asked.query,
            encoding=asked.encoding,
            column=asked.column,
        )
    if asked.text is not None or asked.query is None:
        raise InputError('--connection goes with --query "SELECT …", and with no file')
    from corpora.sql import address_from_environment

    sql = sql_source(asked.connection, asked.query)
    return QueryRows(sql, address_from_environment(sql), asked.column)


def _answer_rows(
    found: "RegisteredBundle",
    source: "RowSource",
    output: Path,
    decoding: AskedDecoding,
    *,
    device: str,
    as_json: bool,
) -> None:
    from tasks.model_origin import origin_of
    from training.prediction import predict_rows

    out = console(as_json=as_json)
    with steps_shown(out):
        done = predict_rows(
            found.folder,
            source,
            output,
            origin=origin_of(found),
            device=device,
            asked=decoding,
        )
    if as_json:
        print_json(_as_json(done))
    else:
        _show(done, out)


def _show(done: "Predicted", out: Console) -> None:
    from training.prediction_lineage import sidecar_of

    if done.flags:
        flags = ", ".join(f"{name} {rows:,}" for name, rows in done.flags.items())
        out.print(f"  flagged     {flags}")
    if done.rejected:
        out.print(f"  rejected    {os.path.relpath(done.rejected)}")
    out.print(f"  answers     {os.path.relpath(done.output)}   by {done.lineage.origin.shown}")
    out.print(f"  lineage     {os.path.relpath(sidecar_of(done.output))}")


def _as_json(done: "Predicted") -> dict[str, Json]:
    origin = done.lineage.origin
    return {
        "model": origin.model,
        "version": origin.version,
        "rows": done.lineage.rows,
        "rejected": done.lineage.rejected,
        "flags": dict(done.flags),
        "reused": done.reused,
        "seconds": round(done.seconds, 3),
        "output": str(done.output),
        "rejected_rows": str(done.rejected) if done.rejected else None,
        "sha256": done.lineage.output_sha256,
    }


def _answer_one(
    found: "RegisteredBundle",
    text: str,
    decoding: AskedDecoding,
    *,
    device: str,
    as_json: bool,
) -> None:
    from models.classifying import ClassificationPredictor
    from models.event_predicting import EventPredictor
    from models.language_modelling import LanguagePredictor
    from models.predictors import load_predictor, require_decoding
    from models.tagging import TaggingPredictor

    name, version = found.version.name, found.version.version
    predictor = load_predictor(found.folder, device)
    require_decoding(predictor, decoding, model=f"{name}/{version}")
    if isinstance(predictor, ClassificationPredictor | EventPredictor):
        answer, lines = _class(predictor, text)
    elif isinstance(predictor, TaggingPredictor):
        answer, lines = _tags(predictor, text)
    elif isinstance(predictor, LanguagePredictor):
        (going_on,) = predictor.predict([text])
        answer = {"continuation": going_on.text, "flag": going_on.flag}
        lines = [f"{text}{going_on.text}{_flagged(going_on.flag)}"]
    else:
        answer, lines = _translation(predictor, text, decoding)
    if as_json:
        print_json({**answer, "model": name, "version": version})
    else:
        for line in lines:
            console().print(line, markup=False)


def _class(
    predictor: "ClassificationPredictor | EventPredictor", text: str
) -> tuple[dict[str, Json], list[str]]:
    """The answer as JSON and as lines to read."""
    from models.event_predicting import EventPredictor

    found = predictor.predict([text])[0]
    answer: dict[str, Json] = {
        "label": found.label,
        "probability": round(found.probability, 6),
        "flag": found.flag,
    }
    lines = [f"{found.label} {found.probability:.2f}{_flagged(found.flag)}"]
    if isinstance(predictor, EventPredictor) and predictor.gaps is not None:
        answer["times"] = predictor.gaps.shown
        lines.append(f"times are {predictor.gaps.shown}")
    return answer, lines


def _tags(predictor: "TaggingPredictor", text: str) -> tuple[dict[str, Json], list[str]]:
    """The words with their tags: as JSON, and one below the other."""
    found = predictor.predict([text])[0]
    answer: dict[str, Json] = {
        "tokens": list(found.tokens),
        "tags": list(found.tags),
        "score": round(found.score, 6),
        "flag": found.flag,
    }
    widest = max(map(len, found.tokens), default=0)
    pairs = zip(found.tokens, found.tags, strict=True)
    lines = [f"{word:<{widest}}  {tag}" for word, tag in pairs]
    return answer, [*lines, *([f"({found.flag})"] if found.flag else [])]


def _translation(
    predictor: "TranslationPredictor", text: str, decoding: AskedDecoding
) -> tuple[dict[str, Json], list[str]]:
    """The best answer and, where more are asked for, all of them: as JSON, and as lines."""
    (found,) = predictor.n_best([text], asked=decoding)
    listed: list[Json] = [
        {
            "translation": one.text,
            "score": round(one.score, 6),
            "normalised": round(one.normalised, 6),
            "flag": one.flag,
        }
        for one in found
    ]
    best = found[0]
    answer: dict[str, Json] = {
        "translation": best.text,
        "score": round(best.score, 6),
        "flag": best.flag,
    }
    if decoding.n_best == 1:
        return answer, [f"{best.text}{_flagged(best.flag)}"]
    lines = [f"{one.normalised:7.3f}  {one.text}{_flagged(one.flag)}" for one in found]
    return answer | {"n_best": listed}, lines


def _flagged(flag: str) -> str:
    return f"   ({flag})" if flag else ""
