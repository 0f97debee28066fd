"""Prediction of whole files: each row comes out in its place, with the answer beside it.

A window of rows is in memory at a time, so a file may be larger than memory.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa

from models.predictors import ClassificationPredictor, Predictor, load_predictor
from storage import progress
from storage.errors import InputError
from training.row_files import read_windows, require_writable, write_windows

ANSWER_COLUMNS = ("prediction", "probability", "score", "flag")
TEXT_COLUMNS = ("text", "source")


@dataclass(frozen=True)
class Predicted:
    """What was done with a file.

    Attributes:
        rows: Rows answered.
        flags: Rows by reason to trust the answer less, such as `empty` or `truncated`.
    """

    rows: int
    flags: Mapping[str, int]


def predict_table(
    bundle: Path,
    source: Path,
    output: Path,
    *,
    column: str | None = None,
    device: str = "cpu",
) -> Predicted:
    """Answer every row of a file.

    The output has the columns of the source, then `prediction` with `probability` (of
    a class, 0 to 1) or `score` (of a translation, its log-probability), then `flag`.

    Args:
        bundle: What answers.
        source: Rows to answer.
        output: Whole or absent, never half-written.
        column: Which column holds the texts; None takes `text`, `source` or the only one.
        device: Where to compute.

    Raises:
        InputError: If a format or column cannot be used; the message names what can.
    """
    windows = read_windows(source)
    require_writable(output)
    predictor = load_predictor(bundle, device)
    counted = Counter[str]()
    write_windows(output, _answered(predictor, windows, source, column, counted))
    rows = counted.total()
    return Predicted(rows, {flag: number for flag, number in counted.items() if flag})


def _answered(
    predictor: Predictor,
    windows: Iterator[pa.Table],
    source: Path,
    column: str | None,
    counted: Counter[str],
) -> Iterator[pa.Table]:
    """The windows with their answers; counts the rows by flag."""
    for window in windows:
        name = _text_column(window.column_names, column, source)
        answers = _answers(predictor, window.column(name))
        counted.update(answers["flag"].to_list())
        for title in answers.columns:
            window = window.append_column(title, pa.array(answers[title], from_pandas=True))
        progress.advanced("predict", counted.total(), note="rows answered")
        yield window


def _answers(predictor: Predictor, texts: pa.ChunkedArray) -> pd.DataFrame:
    """The answer columns of some texts."""
    if isinstance(predictor, ClassificationPredictor):
        found = predictor.predict_columns(texts)
        labels = pd.array(predictor.labels, dtype="str")
        best = found.probabilities.max(axis=1, initial=0.0)
        return pd.DataFrame(
            {"prediction": labels[found.classes], "probability": best, "flag": found.flags}
        )
    answers = predictor.predict(texts)
    return pd.DataFrame(
        {
            "prediction": [answer.text for answer in answers],
            "score": [answer.score for answer in answers],
            "flag": [answer.flag for answer in answers],
        }
    )


def _text_column(names: list[str], wanted: str | None, source: Path) -> str:
    """The column with the texts.

    Raises:
        InputError: If it is not there or not clear, or an answer column is in the way.
    """
    taken = [name for name in names if name in ANSWER_COLUMNS]
    if taken:
        raise InputError(
            f"{source.name} already has a column {taken[0]!r}, where an answer would go; "
            f"rename or drop it"
        )
    listed = ", ".join(names)
    if wanted is not None and wanted not in names:
        raise InputError(f"{source.name} has no column {wanted!r}; it has {listed}")
    candidates = [wanted] if wanted is not None else [n for n in TEXT_COLUMNS if n in names]
    if not candidates and len(names) == 1:
        return names[0]
    if not candidates:
        raise InputError(
            f"{source.name} has no column {' or '.join(TEXT_COLUMNS)}; name the one that "
            f"holds the texts: {listed}"
        )
    return candidates[0]
