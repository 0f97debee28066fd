"""Whole files answered: order, columns and formats stay, and nothing is half-written."""

import json
from pathlib import Path

import pandas as pd
import pytest

from models.predictors import ClassificationPredictor, load_predictor
from storage.errors import InputError
from training.prediction import predict_table

BUNDLES = Path(__file__).parent.parent / "fixtures" / "bundle_format_1"
CLASSIFIER, TRANSLATOR = BUNDLES / "classification", BUNDLES / "translation"
TEXTS = ["good film", "a bad film .", "", "not good", 'say "hi", or not', "NA", "bad\u2028good"]


def rows(number: int = len(TEXTS)) -> pd.DataFrame:
    texts = [TEXTS[row % len(TEXTS)] for row in range(number)]
    return pd.DataFrame({"key": [f"{row:04d}" for row in range(number)], "text": texts})


def expected(frame: pd.DataFrame) -> list[str]:
    predictor = load_predictor(CLASSIFIER)
    assert isinstance(predictor, ClassificationPredictor)
    return [answer.label for answer in predictor.predict(frame["text"].tolist())]


@pytest.mark.parametrize("given", ["csv", "tsv", "jsonl", "parquet"])
@pytest.mark.parametrize("wanted", ["csv", "tsv", "jsonl", "parquet"])
def test_every_format_comes_out_as_every_other_in_order(
    tmp_path: Path, given: str, wanted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.row_files.ROWS_AT_ONCE", 8)
    frame = rows(30)
    write(frame, tmp_path / f"in.{given}")
    done = predict_table(CLASSIFIER, tmp_path / f"in.{given}", tmp_path / f"out.{wanted}")
    found = read(tmp_path / f"out.{wanted}")
    assert list(found.columns) == ["key", "text", "prediction", "probability", "flag"]
    assert found["key"].tolist() == frame["key"].tolist()
    assert found["text"].tolist() == frame["text"].tolist()
    assert found["prediction"].tolist() == expected(frame)
    assert done.rows == 30
    assert done.flags["empty"] == 4


def test_lines_of_text_end_at_line_feeds_alone(tmp_path: Path) -> None:
    (tmp_path / "in.txt").write_bytes("good film\r\nbad\u2028good\x85\n\nnot\rbad".encode())
    predict_table(CLASSIFIER, tmp_path / "in.txt", tmp_path / "out.jsonl")
    found = read(tmp_path / "out.jsonl")
    assert found["text"].tolist() == ["good film", "bad\u2028good\x85", "", "not\rbad"]


def test_translations_come_with_their_score(tmp_path: Path) -> None:
    (tmp_path / "in.txt").write_text("good film\n\n", encoding="utf-8")
    done = predict_table(TRANSLATOR, tmp_path / "in.txt", tmp_path / "out.parquet")
    found = read(tmp_path / "out.parquet")
    assert list(found.columns) == ["text", "prediction", "score", "flag"]
    assert found["prediction"][1] == ""
    assert done.flags["empty"] == 1


def test_other_columns_of_parquet_keep_their_types(tmp_path: Path) -> None:
    frame = rows().assign(stars=range(len(TEXTS)), tags=[["a", "b"]] * len(TEXTS))
    frame.to_parquet(tmp_path / "in.parquet")
    predict_table(CLASSIFIER, tmp_path / "in.parquet", tmp_path / "out.parquet")
    found = pd.read_parquet(tmp_path / "out.parquet")
    assert found["stars"].dtype == "int64"
    assert found["tags"].map(list).tolist() == [["a", "b"]] * len(TEXTS)


def test_the_text_column_is_named_found_or_the_only_one(tmp_path: Path) -> None:
    frame = rows()
    other = frame.rename(columns={"text": "review"})
    write(other, tmp_path / "two.csv")
    predict_table(CLASSIFIER, tmp_path / "two.csv", tmp_path / "o.csv", column="review")
    assert read(tmp_path / "o.csv")["prediction"].tolist() == expected(frame)
    write(other[["review"]], tmp_path / "one.jsonl")
    predict_table(CLASSIFIER, tmp_path / "one.jsonl", tmp_path / "o.jsonl")
    assert read(tmp_path / "o.jsonl")["prediction"].tolist() == expected(frame)
    with pytest.raises(InputError, match="no column text or source; .* texts: key, review"):
        predict_table(CLASSIFIER, tmp_path / "two.csv", tmp_path / "x.csv")
    with pytest.raises(InputError, match="no column 'reviews'; it has key, review"):
        predict_table(CLASSIFIER, tmp_path / "two.csv", tmp_path / "x.csv", column="reviews")
    assert not (tmp_path / "x.csv").exists()


def test_a_column_where_an_answer_would_go_is_refused(tmp_path: Path) -> None:
    write(rows().assign(prediction="mine"), tmp_path / "in.csv")
    with pytest.raises(InputError, match="already has a column 'prediction'"):
        predict_table(CLASSIFIER, tmp_path / "in.csv", tmp_path / "out.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


def test_unknown_formats_are_refused_before_any_work(tmp_path: Path) -> None:
    write(rows(), tmp_path / "in.csv")
    with pytest.raises(InputError, match=r"in\.xlsx ends in \.xlsx; use one of \.csv"):
        predict_table(tmp_path / "no bundle", tmp_path / "in.xlsx", tmp_path / "out.csv")
    with pytest.raises(InputError, match=r"out\.txt ends in \.txt; use one of \.csv"):
        predict_table(tmp_path / "no bundle", tmp_path / "in.csv", tmp_path / "out.txt")


def test_an_old_output_stays_whole_when_the_source_breaks_midway(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.row_files.ROWS_AT_ONCE", 2)
    (tmp_path / "in.txt").write_bytes(b"good\nbad\nfilm\n" + b"\xff\xfe\n" * 9000)
    (tmp_path / "out.csv").write_text("precious", encoding="utf-8")
    with pytest.raises(UnicodeDecodeError):
        predict_table(CLASSIFIER, tmp_path / "in.txt", tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_text(encoding="utf-8") == "precious"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.txt", "out.csv"]


def write(frame: pd.DataFrame, path: Path) -> None:
    match path.suffix:
        case ".csv":
            frame.to_csv(path, index=False)
        case ".tsv":
            frame.to_csv(path, index=False, sep="\t")
        case ".jsonl":
            lines = [json.dumps(row) for row in frame.to_dict(orient="records")]
            path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        case _:
            frame.to_parquet(path, index=False)


def read(path: Path) -> pd.DataFrame:
    match path.suffix:
        case ".csv":
            return pd.read_csv(path, dtype={"key": str}, keep_default_na=False)
        case ".tsv":
            return pd.read_csv(path, dtype={"key": str}, keep_default_na=False, sep="\t")
        case ".jsonl":
            lines = path.read_text(encoding="utf-8").removesuffix("\n").split("\n")
            return pd.DataFrame([json.loads(line) for line in lines])
        case _:
            return pd.read_parquet(path)
