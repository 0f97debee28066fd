"""From raw files to rows, on the real corpora and on own files."""

import gzip
from pathlib import Path

import pandas as pd
import pytest

from configs.data import Columns, DataConfig, OwnFile
from corpora.download import fetch
from corpora.readers import read_rows
from storage.errors import CorpusFormatError
from tests.corpora.reading import read


def all_rows(data: DataConfig, tmp_path: Path, mirror: Path) -> pd.DataFrame:
    fetch(data, tmp_path / "step", cache=tmp_path / "raw", mirror=str(mirror))
    chunks = list(read_rows(tmp_path / "step", data))
    assert sum(len(chunk.rejected) for chunk in chunks) == 0
    assert max(len(chunk.frame) for chunk in chunks) <= 100_000
    return pd.concat([chunk.frame for chunk in chunks])


def test_the_sentences_are_three_thousand(real_data: Path, tmp_path: Path) -> None:
    data = DataConfig(dataset="sentiment-sentences", problem="classification")
    frame = all_rows(data, tmp_path, real_data)
    assert len(frame) == 3_000
    assert frame["text"].str.strip().nunique() == 2_982
    assert frame.groupby("file")["label"].value_counts().tolist() == [500] * 6
    assert set(frame["label"]) == {"negative", "positive"}
    assert frame["line"].max() == 1_000
    assert frame["text"].str.contains("\u0096").any()


def test_the_pairs_are_167130(real_data: Path, tmp_path: Path) -> None:
    data = DataConfig(dataset="tatoeba-fra", problem="translation")
    frame = all_rows(data, tmp_path, real_data)
    assert len(frame) == 167_130
    assert frame["source"].nunique() == 116_830
    assert frame["target"].nunique() == 158_527
    starts = frame["source"].str.startswith('"') | frame["target"].str.startswith('"')
    assert starts.sum() > 0
    assert frame["line"].tolist() == list(range(1, 167_131))


def test_generated_rows_come_without_loss(tmp_path: Path) -> None:
    data = DataConfig(dataset="generated-pairs", problem="translation", rows=70)
    assert len(all_rows(data, tmp_path, tmp_path)) == 70


def test_own_columns_go_by_their_set_names(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("stars,review\n5,fine\n")
    data = DataConfig(
        dataset="x",
        problem="classification",
        file=OwnFile(name="x.csv", sha256="0" * 64, format="csv"),
        columns=Columns(text="review", label="stars"),
    )
    (chunk,) = [chunk for chunk in read_rows(tmp_path, data) if len(chunk.frame)]
    assert chunk.frame.to_dict("records") == [
        {"text": "fine", "label": "5", "file": "x.csv", "line": 2}
    ]


def test_a_gzipped_file_is_unpacked_while_reading(tmp_path: Path) -> None:
    path = tmp_path / "x.csv.gz"
    path.write_bytes(gzip.compress(b"text,label\nfine,1\n"))
    assert read(path, "csv").rows == [("fine", "1")]
    path.write_bytes(path.read_bytes()[:-4])
    with pytest.raises(CorpusFormatError, match="x.csv.gz is damaged"):
        read(path, "csv")


def test_the_encoding_of_the_file_is_honoured(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes("text,label\ncafé – «très bon»,1\n".encode("cp1252"))
    assert read(path, "csv", encoding="cp1252").rows == [("café – «très bon»", "1")]
    with pytest.raises(CorpusFormatError, match=r"line 2; give its encoding"):
        read(path, "csv")
