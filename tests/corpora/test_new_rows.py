"""New rows are read as training rows are, with their labels where they have them."""

from pathlib import Path

import pandas as pd
import pytest

from configs.data import Columns, DataConfig, Format, OwnFile
from corpora.new_rows import read_new_rows
from storage.errors import InputError

OWN = OwnFile(name="reviews.csv", sha256="0" * 64, format="csv")
DATA = DataConfig(
    dataset="mine",
    problem="classification",
    file=OWN,
    columns=Columns(text="review", label="stars"),
)


def read(
    path: Path, content: str, *, data: DataConfig = DATA, columns: Columns | None = None
) -> pd.DataFrame:
    path.write_text(content, encoding="utf-8")
    kind: Format = "lines" if path.suffix == ".txt" else "csv"
    file = OwnFile(name=path.name, sha256="0" * 64, format=kind)
    chunks = read_new_rows(path, file, data=data, columns=columns or Columns())
    frame: pd.DataFrame = pd.concat([chunk.frame for chunk in chunks])
    return frame.drop(columns=["file", "line"])


def test_columns_go_by_the_names_of_the_training(tmp_path: Path) -> None:
    frame = read(tmp_path / "new.csv", "stars,review\n5,good\n")
    assert frame.to_dict("records") == [{"text": "good", "label": "5"}]


def test_labels_may_be_missing_but_not_those_asked_for(tmp_path: Path) -> None:
    assert list(read(tmp_path / "new.csv", "when,review\n1,good\n")) == ["text"]
    with pytest.raises(InputError, match="no column 'mark'"):
        read(tmp_path / "new.csv", "review\ngood\n", columns=Columns(label="mark"))
    with pytest.raises(InputError, match="no column 'review'.*--text-column"):
        read(tmp_path / "new.csv", "text\ngood\n")


def test_lines_are_texts_without_labels(tmp_path: Path) -> None:
    assert read(tmp_path / "new.txt", "good\nbad\n").to_dict("list") == {
        "text": ["good", "bad"]
    }


def test_classes_go_by_the_names_that_the_model_learnt(tmp_path: Path) -> None:
    published = DataConfig(dataset="sentiment-sentences", problem="classification")
    frame = read(tmp_path / "new.csv", "text,label\na,0\nb,positive\n", data=published)
    assert frame["label"].tolist() == ["negative", "positive"]


def test_a_model_of_a_log_is_shown_whole_sequences_if_their_column_is_named(
    tmp_path: Path,
) -> None:
    log = DataConfig.model_validate(
        {
            "dataset": "log",
            "problem": "events",
            "file": OWN,
            "columns": {"case": "id", "event": "what", "time": "at"},
            "events": {"log": True, "target": "next_event"},
        }
    )
    steps = "id,what,at\n1,a,2026-01-01 00:00\n1,b,2026-01-01 02:00\n"
    assert read(tmp_path / "new.csv", steps, data=log)["label"].tolist() == ["b"]
    whole = "id,events,gaps\n1,a b,0 2\n"
    found = read(tmp_path / "new.csv", whole, data=log, columns=Columns(events="events"))
    assert found.to_dict("records") == [{"case": "1", "events": "a b", "gaps": "0 2"}]
