"""New rows as a table: cleaned, counted and answered as the bundle is served."""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from configs.data import DataConfig, Problem
from corpora.columns import text_column
from corpora.grouping import as_hex, group_key, hash_of
from corpora.rejected import SCHEMA
from corpora.rows import RawChunk
from models.classifying import ClassificationPredictor
from models.predictors import load_predictor
from storage.errors import CorpusFormatError, InputError
from training.new_data import NewRows, answer_new_rows

BUNDLES = Path(__file__).parent.parent / "fixtures" / "bundle_format_1"
TEXTS = ["Good  film", "a bad one .", " ", "not good", "good film good film not a . " * 3]


def chunks(*texts: list[str], rejected: int = 0) -> Iterator[RawChunk]:
    for listed in texts:
        frame = pd.DataFrame({"text": listed, "file": "new", "line": range(len(listed))})
        lines = [
            {"file": "new", "line": line, "reason": "broken", "excerpt": "…"}
            for line in range(rejected)
        ]
        yield RawChunk(frame, pa.Table.from_pylist(lines, SCHEMA))


def answered(
    folder: Path,
    given: Iterator[RawChunk],
    *,
    problem: Problem = "classification",
    known: pa.Array | None = None,
    only_new: bool = False,
) -> NewRows:
    data = DataConfig(dataset="new", problem=problem)
    bundle = BUNDLES / "classification"
    return answer_new_rows(given, folder, bundle, data=data, known=known, only_new=only_new)


def test_rows_are_cleaned_counted_and_answered_as_served(tmp_path: Path) -> None:
    found = answered(tmp_path, chunks(TEXTS[:3], TEXTS[3:]))
    assert (found.read, found.dropped, found.kept) == (5, 1, 4)
    table = pd.read_parquet(tmp_path / "part-00000.parquet")
    assert table["id"].tolist() == [0, 1, 3, 4]
    assert table["text"][0] == "Good film"
    assert table["tokens"].tolist() == [2, 4, 2, 21]
    assert table["unknown"].tolist() == [0, 1, 0, 0]
    predictor = load_predictor(BUNDLES / "classification")
    assert isinstance(predictor, ClassificationPredictor)
    served = predictor.predict(table["text"].tolist())
    assert table["predicted"].tolist() == [answer.label for answer in served]
    assert table["probability"].tolist() == pytest.approx([one.probability for one in served])


def test_rows_whose_group_is_known_are_marked_or_left_out(tmp_path: Path) -> None:
    known = as_hex(hash_of(group_key(text_column(pd.Series(["GOOD film!"])))))
    marked = answered(tmp_path / "a", chunks(TEXTS[:2]), known=known)
    assert (marked.known, marked.kept) == (1, 2)
    table = pd.read_parquet(tmp_path / "a/part-00000.parquet")
    assert table["known"].tolist() == [True, False]
    assert answered(tmp_path / "b", chunks(TEXTS[:2]), known=known, only_new=True).kept == 1


def test_too_many_unreadable_rows_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CorpusFormatError, match="max_rejected_share"):
        answered(tmp_path, chunks(TEXTS, rejected=2))


def test_data_of_another_problem_and_blank_data_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="solves classification, but the data is for transl"):
        answered(tmp_path, chunks(TEXTS), problem="translation")
    with pytest.raises(InputError, match="none of the 2 new rows is left after cleaning"):
        answered(tmp_path, chunks(["", " "]))
