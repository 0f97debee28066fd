"""Whole files answered: order, columns and formats stay, and nothing is half-written."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from models.asked_decoding import AskedDecoding
from models.classifying import ClassificationPredictor
from models.predictors import load_predictor
from models.translating import TranslationPredictor
from storage.errors import CorpusFormatError, EnvironmentProblem, InputError
from storage.files import file_digest
from storage.progress import Advanced, Event, listening
from training.prediction import Predicted, predict_rows
from training.prediction_lineage import ModelOrigin, read_lineage
from training.prediction_parts import PredictionParts, working_folder, working_on
from training.prediction_workers import answered_in_order
from training.row_sources import FetchedRows
from training.windows import Window

BUNDLES = Path(__file__).parent.parent / "fixtures" / "bundle_format_1"
CLASSIFIER, TRANSLATOR = BUNDLES / "classification", BUNDLES / "translation"
ORIGIN = ModelOrigin("films", 3, bundle="b" * 64, run="20261121-120000-abcdef")
TEXTS = ["good film", "a bad film .", "", "not good", 'say "hi", or not', "NA", "bad\u2028good"]
ANSWERS = ["prediction", "probability", "flag", "model_version"]


def predict(
    source: Path,
    output: Path,
    *,
    bundle: Path = CLASSIFIER,
    column: str | None = None,
    query: str | None = None,
    workers: int | None = None,
) -> Predicted:
    rows = in_windows_of_8(FetchedRows.of_file(source, column=column, query=query))
    return predict_rows(bundle, rows, output, origin=ORIGIN, workers=workers)


def in_windows_of_8(source: FetchedRows) -> FetchedRows:
    return replace(source, window_rows=8)


def rows(number: int = len(TEXTS)) -> pd.DataFrame:
    texts = [TEXTS[row % len(TEXTS)] for row in range(number)]
    return pd.DataFrame({"key": [f"{row:04d}" for row in range(number)], "text": texts})


def expected(texts: list[str]) -> list[str]:
    predictor = load_predictor(CLASSIFIER)
    assert isinstance(predictor, ClassificationPredictor)
    return [answer.label for answer in predictor.predict(texts)]


@pytest.mark.parametrize(
    ("given", "wanted"),
    [("csv", "tsv"), ("tsv", "jsonl"), ("jsonl", "parquet"), ("parquet", "csv")],
)
def test_every_format_is_read_and_written_in_order(
    tmp_path: Path, given: str, wanted: str
) -> None:
    frame = rows(30)
    write(frame, tmp_path / f"in.{given}")
    done = predict(tmp_path / f"in.{given}", tmp_path / f"out.{wanted}")
    found = read(tmp_path / f"out.{wanted}")
    assert list(found.columns) == ["key", "text", *ANSWERS]
    assert found["key"].tolist() == frame["key"].tolist()
    assert found["text"].tolist() == frame["text"].tolist()
    assert found["prediction"].tolist() == expected(frame["text"].tolist())
    assert set(found["model_version"]) == {"films/3"}
    assert done.lineage.rows == 30
    assert done.flags["empty"] == 4
    assert done.rejected is None


def test_rows_keep_their_order_though_lengths_are_shuffled(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    texts = [" ".join(["good" if n % 3 else "bad"] * n) for n in random.integers(1, 60, 100)]
    write(pd.DataFrame({"text": texts}), tmp_path / "in.parquet")
    predict(tmp_path / "in.parquet", tmp_path / "out.parquet")
    found = pd.read_parquet(tmp_path / "out.parquet")
    assert found["text"].tolist() == texts
    assert found["prediction"].tolist() == expected(texts)


def test_lines_of_text_end_at_line_feeds_alone(tmp_path: Path) -> None:
    (tmp_path / "in.txt").write_bytes("good film\r\nbad\u2028good\x85\n\nnot\rbad".encode())
    predict(tmp_path / "in.txt", tmp_path / "out.jsonl")
    found = read(tmp_path / "out.jsonl")
    assert found["text"].tolist() == ["good film", "bad\u2028good\x85", "", "not\rbad"]


def test_translations_come_with_their_score(tmp_path: Path) -> None:
    (tmp_path / "in.txt").write_text("good film\n\n", encoding="utf-8")
    done = predict(tmp_path / "in.txt", tmp_path / "out.parquet", bundle=TRANSLATOR)
    found = read(tmp_path / "out.parquet")
    assert list(found.columns) == ["text", "prediction", "score", "flag", "model_version"]
    assert found["prediction"][1] == ""
    assert done.flags["empty"] == 1


def test_other_columns_of_parquet_keep_their_types(tmp_path: Path) -> None:
    frame = rows().assign(stars=range(len(TEXTS)), tags=[["a", "b"]] * len(TEXTS))
    frame.to_parquet(tmp_path / "in.parquet")
    predict(tmp_path / "in.parquet", tmp_path / "out.parquet")
    found = pd.read_parquet(tmp_path / "out.parquet")
    assert found["stars"].dtype == "int64"
    assert found["tags"].map(list).tolist() == [["a", "b"]] * len(TEXTS)


def test_the_text_column_is_named_found_or_the_only_one(tmp_path: Path) -> None:
    frame = rows()
    answers = expected(frame["text"].tolist())
    other = frame.rename(columns={"text": "review"})
    write(other, tmp_path / "two.csv")
    predict(tmp_path / "two.csv", tmp_path / "o.csv", column="review")
    assert read(tmp_path / "o.csv")["prediction"].tolist() == answers
    write(other[["review"]], tmp_path / "one.jsonl")
    predict(tmp_path / "one.jsonl", tmp_path / "o.jsonl")
    assert read(tmp_path / "o.jsonl")["prediction"].tolist() == answers
    with pytest.raises(
        InputError,
        match=r"no column text or source or .* or events; .*: key, review",
    ):
        predict(tmp_path / "two.csv", tmp_path / "x.csv")
    with pytest.raises(InputError, match="no column 'reviews'; .*: key, review"):
        predict(tmp_path / "two.csv", tmp_path / "x.csv", column="reviews")
    write(other.assign(stars=1), tmp_path / "n.parquet")
    with pytest.raises(InputError, match="column 'stars' of n.parquet holds int64, not text"):
        predict(tmp_path / "n.parquet", tmp_path / "x.csv", column="stars")
    assert not (tmp_path / "x.csv").exists()
    assert not working_folder(tmp_path / "x.csv").exists()


def test_a_column_where_an_answer_would_go_is_refused(tmp_path: Path) -> None:
    write(rows().assign(prediction="mine"), tmp_path / "in.csv")
    with pytest.raises(InputError, match="already has a column 'prediction'"):
        predict(tmp_path / "in.csv", tmp_path / "out.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


def test_unknown_formats_are_refused_before_any_work(tmp_path: Path) -> None:
    write(rows(), tmp_path / "in.csv")
    (tmp_path / "in.xlsx").write_bytes(b"PK")
    with pytest.raises(InputError, match=r"in\.xlsx: the ending '\.xlsx' does not tell"):
        predict(tmp_path / "in.xlsx", tmp_path / "out.csv")
    with pytest.raises(InputError, match=r"out\.xlsx ends in \.xlsx; use one of \.csv"):
        predict(tmp_path / "in.csv", tmp_path / "out.xlsx", bundle=tmp_path / "no bundle")
    with pytest.raises(
        InputError, match=r"out\.txt would hold a line .* in\.csv is read as csv"
    ):
        predict(tmp_path / "in.csv", tmp_path / "out.txt", bundle=tmp_path / "no bundle")


def test_lines_of_text_give_as_many_lines(tmp_path: Path) -> None:
    (tmp_path / "in.txt").write_bytes(b"good film\r\n\n" + b"bad good\n" * 20 + b"\nnot")
    done = predict(tmp_path / "in.txt", tmp_path / "out.txt", bundle=TRANSLATOR)
    predict(tmp_path / "in.txt", tmp_path / "out.jsonl", bundle=TRANSLATOR)
    lines = (tmp_path / "out.txt").read_text(encoding="utf-8").split("\n")
    assert lines == [*read(tmp_path / "out.jsonl")["prediction"], ""]
    assert (len(lines), lines[1], lines[22]) == (25, "", "")
    assert done.lineage.is_of(tmp_path / "out.txt")


def test_lines_need_no_column_of_the_training_datas_name(tmp_path: Path) -> None:
    (tmp_path / "in.txt").write_text("good film\n", encoding="utf-8")
    predict(tmp_path / "in.txt", tmp_path / "out.csv", column="en")
    assert read(tmp_path / "out.csv")["text"].tolist() == ["good film"]


def test_a_line_that_is_refused_leaves_its_line_empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("corpora.lines.MAX_LINE_BYTES", 100)
    texts = ["good"] * 30
    texts[3] = texts[20] = "film " * 30
    (tmp_path / "in.txt").write_text("\n".join(texts) + "\n", encoding="utf-8")
    done = predict(tmp_path / "in.txt", tmp_path / "out.txt")
    lines = (tmp_path / "out.txt").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 30
    assert [number for number, line in enumerate(lines) if not line] == [3, 20]
    assert done.lineage.rejected == 2


def test_a_beam_is_asked_of_translators_alone(tmp_path: Path) -> None:
    (tmp_path / "in.txt").write_text("good film\nbad\n", encoding="utf-8")
    rows = FetchedRows.of_file(tmp_path / "in.txt")

    def asked(bundle: Path, *wanted: int) -> Predicted:
        output, decoding = tmp_path / "out.csv", AskedDecoding(*wanted)
        return predict_rows(bundle, rows, output, origin=ORIGIN, asked=decoding)

    with pytest.raises(InputError, match="films/3 does not translate, so it takes no beam"):
        asked(CLASSIFIER, 4)
    done = asked(TRANSLATOR, 4, 2)
    predictor = load_predictor(TRANSLATOR)
    assert isinstance(predictor, TranslationPredictor)
    answers = predictor.predict(["good film", "bad"], asked=AskedDecoding(4, 2))
    found = read(tmp_path / "out.csv")
    assert found["prediction"].tolist() == [answer.text for answer in answers]
    assert found["score"].astype(float).tolist() == pytest.approx(
        [answer.score for answer in answers], abs=1e-5
    )
    assert (done.lineage.beam, done.lineage.max_tokens) == (4, 2)
    assert read_lineage(tmp_path / "out.csv") == done.lineage


def test_an_old_output_stays_whole_when_the_source_breaks_midway(tmp_path: Path) -> None:
    (tmp_path / "in.txt").write_bytes(b"good\nbad\nfilm\n" + b"\xff\xfe\n" * 9000)
    (tmp_path / "out.csv").write_text("precious", encoding="utf-8")
    with pytest.raises(CorpusFormatError, match="in.txt is not UTF-8"):
        predict(tmp_path / "in.txt", tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_text(encoding="utf-8") == "precious"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.txt", "out.csv"]


def test_the_answers_never_take_the_place_of_the_rows(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("text\ngood\n", encoding="utf-8")
    (tmp_path / "link.csv").symlink_to("in.csv")
    for name in ("in.csv", "link.csv"):
        with pytest.raises(InputError, match="the answers would replace"):
            predict(tmp_path / "in.csv", tmp_path / name)
    with pytest.raises(InputError, match="is a folder"):
        predict(tmp_path / "in.csv", tmp_path)
    assert (tmp_path / "in.csv").read_text(encoding="utf-8") == "text\ngood\n"


def test_a_damaged_table_is_told(tmp_path: Path) -> None:
    (tmp_path / "in.parquet").write_bytes(b"PAR1 and then nothing of a table")
    with pytest.raises(CorpusFormatError, match=r"in\.parquet cannot be read as Parquet"):
        predict(tmp_path / "in.parquet", tmp_path / "out.csv")


BROKEN = {
    "in.csv": (
        'key,text\n1,good film\n2,"bad,\nfilm"\n3,"stray\n4,too,many\n5,\n6,not good\n',
        ["1", "2", "5", "6"],
        {5: "broken quoting: unexpected end of data", 6: "3 fields instead of 2"},
    ),
    "in.jsonl": (
        '{"key": "1", "text": "good"}\n{"key": "2", "text": null}\n{"key": "3"\n'
        '{"key": "4", "text": 5}\n{"key": "5"}\n[6]\n{"key": "7", "text": "2020-01-01"}\n',
        ["1", "7"],
        {
            2: "no text",
            3: "not a JSON object",
            4: "text is 5, not text",
            5: "no text",
            6: "not a JSON object",
        },
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_rows_stand_aside_with_their_line_and_shift_nothing(
    tmp_path: Path, name: str
) -> None:
    content, kept, refused = BROKEN[name]
    (tmp_path / name).write_text(content, encoding="utf-8")
    done = predict(tmp_path / name, tmp_path / "out.csv")
    found = read(tmp_path / "out.csv")
    assert found["key"].tolist() == kept
    assert found["prediction"].tolist() == expected(found["text"].tolist())
    rejected = pd.read_parquet(tmp_path / "out.csv.rejected.parquet")
    assert dict(zip(rejected["line"], rejected["reason"], strict=True)) == refused
    assert (done.lineage.rows, done.lineage.rejected) == (len(kept), len(refused))


def test_missing_texts_of_tables_stand_aside(tmp_path: Path) -> None:
    texts = ["good", None, "bad", None, *["film"] * 8, None]
    pq.write_table(pa.table({"text": texts}), tmp_path / "in.parquet")
    done = predict(tmp_path / "in.parquet", tmp_path / "out.parquet")
    assert pd.read_parquet(tmp_path / "out.parquet")["text"].tolist() == [t for t in texts if t]
    assert pd.read_parquet(tmp_path / "out.parquet.rejected.parquet")["line"].tolist() == [
        2,
        4,
        13,
    ]
    pq.write_table(pa.table({"text": ["good"]}), tmp_path / "in.parquet")
    done = predict(tmp_path / "in.parquet", tmp_path / "out.parquet")
    assert done.rejected is None
    assert not (tmp_path / "out.parquet.rejected.parquet").exists()


def test_outputs_that_differ_in_their_ending_keep_their_own_rejected_rows(
    tmp_path: Path,
) -> None:
    (tmp_path / "in.jsonl").write_text('{"text": "good"}\n{"text": null}\n', encoding="utf-8")
    first = predict(tmp_path / "in.jsonl", tmp_path / "out.csv").rejected
    (tmp_path / "whole.jsonl").write_text('{"text": "good"}\n', encoding="utf-8")
    predict(tmp_path / "whole.jsonl", tmp_path / "out.parquet")
    assert first is not None
    assert pd.read_parquet(first)["line"].tolist() == [2]


def test_columns_of_json_have_one_type_over_the_whole_file(tmp_path: Path) -> None:
    objects: list[dict[str, object]] = [{"text": "good", "n": n} for n in range(20)]
    objects += [{"text": "bad", "n": 0.5, "late": "x"}, {"text": "film", "n": 1, "mix": 1}]
    objects += [{"text": "a", "n": None, "mix": "one", "day": "2020-01-01"}]
    lines = "\n".join(json.dumps(one) for one in objects)
    (tmp_path / "in.jsonl").write_text(lines + "\n", encoding="utf-8")
    predict(tmp_path / "in.jsonl", tmp_path / "out.parquet")
    found = pq.read_table(tmp_path / "out.parquet")
    assert found["n"].to_pylist() == [one["n"] for one in objects]
    assert found["late"].to_pylist() == [one.get("late") for one in objects]
    assert found["mix"].to_pylist()[-2:] == ["1", "one"]
    assert found["day"].to_pylist()[-1] == "2020-01-01"


def test_rows_of_a_sqlite_query_keep_their_types(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "in.db") as database:
        database.execute("create table films (id, text, stars)")
        given = [(n, "good", n / 2) for n in range(20)] + [(20, 7, None), (21, None, 1.0)]
        database.executemany("insert into films values (?, ?, ?)", given)
    query = "select * from films order by id;"
    done = predict(tmp_path / "in.db", tmp_path / "out.parquet", query=query)
    found = pd.read_parquet(tmp_path / "out.parquet")
    assert found["id"].tolist() == list(range(20))
    assert found["stars"].dtype == "float64"
    rejected = pd.read_parquet(tmp_path / "out.parquet.rejected.parquet")
    assert rejected["line"].tolist() == [21, 22]
    assert rejected["reason"].tolist() == ["7 is a number, not text", "no text"]
    assert done.lineage.query == query


def test_a_source_without_rows_gives_an_output_with_columns(tmp_path: Path) -> None:
    write(rows().iloc[:0], tmp_path / "in.csv")
    predict(tmp_path / "in.csv", tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_text().splitlines() == [
        ",".join(["key", "text", *ANSWERS])
    ]
    predict(tmp_path / "in.csv", tmp_path / "out.parquet")
    assert pq.read_metadata(tmp_path / "out.parquet").num_rows == 0


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_an_interrupted_prediction_goes_on_and_ends_the_same(
    tmp_path: Path, suffix: str, plan_fault: Callable[[str], None]
) -> None:
    write(rows(50), tmp_path / "in.csv")
    whole, output = tmp_path / f"whole.{suffix}", tmp_path / f"out.{suffix}"
    predict(tmp_path / "in.csv", whole)
    plan_fault("predict.window:raise@3")
    with pytest.raises(RuntimeError, match="planned fault"):
        predict(tmp_path / "in.csv", output)
    assert not output.exists()
    plan_fault("")
    done = predict(tmp_path / "in.csv", output)
    assert done.reused >= 16
    if suffix == "csv":
        assert output.read_bytes() == whole.read_bytes()
    else:
        assert pq.read_table(output).equals(pq.read_table(whole))
    assert not working_folder(output).exists()


def test_damaged_or_foreign_parts_are_answered_again(
    tmp_path: Path, plan_fault: Callable[[str], None]
) -> None:
    write(rows(50), tmp_path / "in.csv")
    output = tmp_path / "out.csv"

    def interrupted() -> list[Path]:
        plan_fault("predict.assembled:raise")
        with pytest.raises(RuntimeError, match="planned fault"):
            predict(tmp_path / "in.csv", output)
        plan_fault("")
        return sorted(working_folder(output).glob("*/window-*.parquet"))

    parts = interrupted()
    assert len(parts) == 7
    damaged = parts[0].read_bytes()
    assert b"films/3" in damaged
    parts[0].write_bytes(damaged.replace(b"films/3", b"films/4"))
    parts[1].write_bytes(b"")
    assert predict(tmp_path / "in.csv", output).reused == 50 - 16
    interrupted()
    write(rows(49), tmp_path / "in.csv")
    assert predict(tmp_path / "in.csv", output).reused == 0


def test_another_beam_does_not_go_on_from_the_answers_of_the_first(
    tmp_path: Path, plan_fault: Callable[[str], None]
) -> None:
    (tmp_path / "in.txt").write_text("good film\n" * 50, encoding="utf-8")
    source = FetchedRows.of_file(tmp_path / "in.txt")

    def reused(asked: AskedDecoding) -> int:
        plan_fault("predict.assembled:raise")
        with pytest.raises(RuntimeError, match="planned fault"):
            predict_rows(TRANSLATOR, source, tmp_path / "out.txt", origin=ORIGIN)
        plan_fault("")
        done = predict_rows(
            TRANSLATOR, source, tmp_path / "out.txt", origin=ORIGIN, asked=asked
        )
        return done.reused

    assert reused(AskedDecoding()) == 50
    assert reused(AskedDecoding(beam=2)) == 0
    assert reused(AskedDecoding(max_tokens=3)) == 0


def test_two_processes_do_not_write_one_output(tmp_path: Path) -> None:
    write(rows(), tmp_path / "in.csv")
    output = tmp_path / "out.csv"
    with (
        working_on(output),
        pytest.raises(EnvironmentProblem, match="out.csv is being written already"),
    ):
        predict(tmp_path / "in.csv", output)


def test_progress_tells_rows_rate_and_share(tmp_path: Path) -> None:
    write(rows(30), tmp_path / "in.csv")
    events: list[Event] = []
    with listening(events.append):
        predict(tmp_path / "in.csv", tmp_path / "out.csv")
    told = [event for event in events if isinstance(event, Advanced)]
    assert [event.done for event in told] == sorted(event.done for event in told)
    assert told[-1].done / told[-1].total > 0.9
    assert "30 rows" in told[-1].note
    assert "rows/s" in told[-1].note


def test_few_windows_are_in_memory_at_a_time(tmp_path: Path) -> None:
    write(rows(200), tmp_path / "in.csv")
    read_ahead: list[int] = []
    written = 0
    source = in_windows_of_8(FetchedRows.of_file(tmp_path / "in.csv"))
    windows = list(source.windows())

    def counting() -> Iterator[Window]:
        for number, window in enumerate(windows):
            read_ahead.append(number - written)
            yield window

    parts = PredictionParts(tmp_path / "parts")
    for _ in answered_in_order(counting(), no_flags, parts, workers=2):
        written += 1
    assert written == len(windows) == 25
    assert max(read_ahead) <= 3


def test_the_answers_do_not_depend_on_the_number_of_workers(tmp_path: Path) -> None:
    write(rows(60), tmp_path / "in.csv")
    digests = set()
    for workers in (1, 3):
        predict(tmp_path / "in.csv", tmp_path / "out.csv", workers=workers)
        digests.add(file_digest(tmp_path / "out.csv"))
    assert len(digests) == 1


def no_flags(window: Window) -> pa.Table:
    return pa.table({"flag": [""] * len(window.lines)})


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
