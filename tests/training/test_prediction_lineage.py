"""A file of predictions tells where it came from, also when it was moved."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from storage.errors import InputError
from storage.files import file_digest, write_json
from training.prediction import predict_rows
from training.prediction_lineage import (
    ModelOrigin,
    PredictionLineage,
    read_lineage,
    sidecar_of,
    write_lineage,
)
from training.prediction_parts import working_folder
from training.row_sources import FetchedRows

CLASSIFIER = Path(__file__).parent.parent / "fixtures" / "bundle_format_1" / "classification"
ORIGIN = ModelOrigin(
    "films", 3, "b" * 64, "20261121-120000-abcdef", "5e1f", "c0ffee", dirty=True
)
KILLED = """
import sys
from dataclasses import replace
from pathlib import Path
from training.prediction import predict_rows
from training.prediction_lineage import ModelOrigin
from training.row_sources import FetchedRows
bundle, source, output = map(Path, sys.argv[1:])
rows = replace(FetchedRows.of_file(source), window_rows=8)
predict_rows(bundle, rows, output, origin=ModelOrigin("films", 3, "b" * 64))
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    texts = ["good film", "a bad film", "not good at all"] * 20
    pd.DataFrame({"text": texts}).to_csv(tmp_path / "in.csv", index=False)
    return tmp_path / "in.csv"


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet"])
def test_every_output_has_its_lineage_beside_it(source: Path, suffix: str) -> None:
    output = source.with_name(f"scored.{suffix}")
    done = predict_rows(CLASSIFIER, FetchedRows.of_file(source), output, origin=ORIGIN)
    found = read_lineage(output)
    assert found == done.lineage == read_lineage(sidecar_of(output))
    assert found.origin == ORIGIN
    assert (found.source, found.source_sha256) == ("in.csv", file_digest(source))
    assert (found.rows, found.rejected, found.output) == (60, 0, output.name)
    assert found.is_of(output)
    output.write_bytes(output.read_bytes() + b" ")
    assert not found.is_of(output)


def test_a_parquet_file_carries_its_lineage_away(source: Path) -> None:
    output = source.with_name("scored.parquet")
    done = predict_rows(CLASSIFIER, FetchedRows.of_file(source), output, origin=ORIGIN)
    moved = output.rename(source.with_name("moved.parquet"))
    assert read_lineage(moved) == replace(done.lineage, output_sha256="")


def test_what_has_no_lineage_is_told(source: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"in.csv has no in.csv.lineage.json beside it"):
        read_lineage(source)
    pd.DataFrame({"text": ["good"]}).to_parquet(tmp_path / "x.parquet")
    with pytest.raises(InputError, match="carries no lineage inside"):
        read_lineage(tmp_path / "x.parquet")
    with pytest.raises(InputError, match="there is no file"):
        read_lineage(tmp_path / "absent.csv")


def test_a_damaged_or_newer_lineage_is_told(source: Path) -> None:
    lineage = PredictionLineage(ORIGIN, "in.csv", "a" * 64, None, 1, 0, "2026", source.name)
    write_lineage(source, lineage)
    value = json.loads(sidecar_of(source).read_text(encoding="utf-8"))
    write_json(sidecar_of(source), {**value, "format": 2})
    with pytest.raises(InputError, match="format 2, and this seqflow reads formats up to 1"):
        read_lineage(source)
    write_json(sidecar_of(source), {"format": 1, "origin": {}})
    with pytest.raises(InputError, match="this is no lineage of predictions"):
        read_lineage(source)
    sidecar_of(source).write_text("{", encoding="utf-8")
    with pytest.raises(InputError, match="is not JSON"):
        read_lineage(source)


def test_a_killed_prediction_goes_on_where_it_was(source: Path) -> None:
    whole, output = source.with_name("whole.parquet"), source.with_name("scored.parquet")
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(CLASSIFIER), str(source), str(output)],
        env={
            **os.environ,
            "PYTHONPATH": str(Path(__file__).parents[2]),
            "SEQFLOW_FAULT": "predict.window:kill@4",
        },
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    assert not output.exists()
    kept = len(list(working_folder(output).glob("*/window-*")))
    assert kept >= 4
    rows = replace(FetchedRows.of_file(source), window_rows=8)
    predict_rows(CLASSIFIER, rows, whole, origin=ORIGIN)
    done = predict_rows(CLASSIFIER, rows, output, origin=ORIGIN)
    assert done.reused == kept * 8
    assert pq.read_table(output).equals(pq.read_table(whole))
    assert not working_folder(output).exists()
