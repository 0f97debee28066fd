"""Tables: fixed parts, any columns, one digest for one content."""

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from corpora.tables import (
    PartWriter,
    count_rows,
    iter_parts,
    part_paths,
    read_table,
    table_schema,
    write_parts,
)
from storage.errors import InputError


def frame(rows: int, *, start: int = 0) -> pd.DataFrame:
    numbers = range(start, start + rows)
    return pd.DataFrame({"id": list(numbers), "text": [f"naïve {n}" for n in numbers]})


def test_parts_have_a_fixed_row_count_whatever_the_chunks(tmp_path: Path) -> None:
    write_parts(tmp_path, [frame(3), frame(8, start=3), frame(1, start=11)], rows_per_part=5)
    assert [len(part) for part in iter_parts(tmp_path)] == [5, 5, 2]
    assert read_table(tmp_path)["id"].tolist() == list(range(12))


def test_rows_added_later_leave_whole_parts_as_they_were(tmp_path: Path) -> None:
    write_parts(tmp_path / "short", [frame(12)], rows_per_part=5)
    write_parts(tmp_path / "long", [frame(23)], rows_per_part=5)
    short, long = part_paths(tmp_path / "short"), part_paths(tmp_path / "long")
    assert [p.read_bytes() for p in short[:2]] == [p.read_bytes() for p in long[:2]]


def test_text_comes_back_arrow_backed_and_whole(tmp_path: Path) -> None:
    texts = ["", "None", "NA", "naïve\u202f😀", "x" * 20_000]
    write_parts(tmp_path, [pd.DataFrame({"text": texts})])
    column = read_table(tmp_path)["text"]
    assert column.tolist() == texts
    assert column.dtype == pd.StringDtype("pyarrow", na_value=float("nan"))


def test_a_table_without_rows_keeps_its_columns(tmp_path: Path) -> None:
    write_parts(tmp_path, [frame(0)])
    assert list(read_table(tmp_path).columns) == ["id", "text"]
    assert count_rows(tmp_path) == 0


def test_columns_are_read_alone(tmp_path: Path) -> None:
    write_parts(tmp_path, [frame(3)])
    assert list(read_table(tmp_path, ["text"]).columns) == ["text"]
    assert [list(part.columns) for part in iter_parts(tmp_path, ["id"])] == [["id"]]


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no table: there is no part-00000.parquet"):
        read_table(tmp_path)


def test_no_frame_at_all_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="give at least an empty one"):
        write_parts(tmp_path, [])


def pairs(texts: list[str], labels: list[str], *, first_id: int = 0) -> pa.Table:
    return pa.table(
        {
            "label": labels,
            "text": texts,
            "id": list(range(first_id, first_id + len(texts))),
            "group": [text.lower() for text in texts],
        }
    )


def digest(folder: Path, *tables: pa.Table) -> str:
    schema = table_schema("classification")
    writer = PartWriter(folder, schema, rows_per_part=3, digested=["group", "text", "label"])
    for table in tables:
        writer.add(table)
    writer.close()
    return writer.digest


def test_the_digest_is_of_the_content_not_of_chunks_or_row_numbers(tmp_path: Path) -> None:
    whole = pairs(["a", "bc", "", "d"], ["x", "y", "x", "y"])
    same = pairs(["a", "bc", "", "d"], ["x", "y", "x", "y"], first_id=70)
    expected = digest(tmp_path / "1", whole)
    assert digest(tmp_path / "2", same.slice(0, 1), same.slice(1)) == expected


@pytest.mark.parametrize(
    ("texts", "labels"),
    [
        (["a", "bc", "", "e"], ["x", "y", "x", "y"]),
        (["a", "bc", "", "d"], ["x", "y", "x", "x"]),
        (["ab", "c", "", "d"], ["x", "y", "x", "y"]),
        (["a", "bc", "d", ""], ["x", "y", "x", "y"]),
        (["a", "bc", ""], ["x", "y", "x"]),
    ],
)
def test_the_digest_changes_with_any_change(
    tmp_path: Path, texts: list[str], labels: list[str]
) -> None:
    whole = pairs(["a", "bc", "", "d"], ["x", "y", "x", "y"])
    assert digest(tmp_path / "1", whole) != digest(tmp_path / "2", pairs(texts, labels))
