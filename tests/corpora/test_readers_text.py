"""Delimited text without quoting, whole lines, and JSON lines."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpora.lines import line_blocks
from corpora.readers_text import delimited_rows, json_rows
from corpora.rows import Wanted
from storage.errors import InputError
from tests.corpora.reading import read
from tests.corpora.test_lines import Pieces

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\n\t\r\0\ufeff"))


@settings(deadline=None)
@given(table=st.lists(st.tuples(TEXT, TEXT), min_size=1), piece=st.integers(1, 50))
def test_a_quotation_mark_is_a_letter_without_quoting(
    table: list[tuple[str, str]], piece: int
) -> None:
    data = "".join(f'"{text}\t{label}\n' for text, label in table).encode()
    blocks = line_blocks(Pieces(data, piece), name="x")
    parts = list(
        delimited_rows(blocks, columns=("text", "label"), further_fields=0, delimiter="\t")
    )
    texts = [text for part in parts for text in part.columns["text"].to_pylist()]
    labels = [label for part in parts for label in part.columns["label"].to_pylist()]
    assert list(zip(texts, labels, strict=True)) == [(f'"{a}', b) for a, b in table]


def test_a_further_field_is_left_out_and_a_missing_one_refused() -> None:
    data = b"Go.\tVa !\nHi.\tSalut !\tCC-BY\nlost\na\tb\tc\td\n\n"
    blocks = line_blocks(Pieces(data, 99), name="x")
    (part,) = delimited_rows(
        blocks, columns=("source", "target"), further_fields=1, delimiter="\t"
    )
    assert part.columns["target"].to_pylist() == ["Va !", "Salut !"]
    assert part.lines.to_pylist() == [1, 2]
    assert [(row["line"], row["reason"]) for row in part.rejected.to_pylist()] == [
        (3, "1 fields instead of 2 to 3"),
        (4, "4 fields instead of 2 to 3"),
    ]


def test_lines_are_texts_and_empty_ones_keep_their_place(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_bytes(b'one, "two\n\nthree\n')
    found = read(path, "lines", columns={"text": "text"})
    assert found.rows == [('one, "two',), ("",), ("three",)]
    assert found.lines == [1, 2, 3]


def test_lines_have_no_labels(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_text("one\n")
    with pytest.raises(InputError, match=r"hold one column, not 2 \(text, label\)"):
        read(path, "lines")


VALUES = st.one_of(st.text(st.characters(codec="utf-8", exclude_characters="\0")))


@settings(deadline=None)
@given(
    table=st.lists(st.tuples(VALUES, VALUES), min_size=1),
    ascii_only=st.booleans(),
    piece=st.integers(20, 200),
)
def test_what_json_wrote_is_read_back(
    table: list[tuple[str, str]], ascii_only: bool, piece: int
) -> None:
    data = "".join(
        json.dumps({"label": label, "more": [1], "text": text}, ensure_ascii=ascii_only) + "\n"
        for text, label in table
    ).encode()
    blocks = line_blocks(Pieces(data, piece), name="x")
    parts = list(json_rows(blocks, Wanted({"text": "text", "label": "label"}), name="x"))
    texts = [text for part in parts for text in part.columns["text"].to_pylist()]
    labels = [label for part in parts for label in part.columns["label"].to_pylist()]
    assert list(zip(texts, labels, strict=True)) == table


@pytest.mark.parametrize(
    ("written", "label"),
    [("1", "1"), ("true", "true"), ("-2.5", "-2.5"), ('"01"', "01"), ('"2020-01-01"', None)],
)
def test_labels_of_all_plain_kinds_become_text(
    tmp_path: Path, written: str, label: str | None
) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text(f'{{"text": "2020-01-01", "label": {written}}}\n' * 3)
    expected = label or json.loads(written)
    assert read(path, "jsonl").rows == [("2020-01-01", expected)] * 3


def test_labels_read_at_once_and_one_by_one_are_spelt_alike(tmp_path: Path) -> None:
    values = ["1", "true", "2.5", "1.0", "-0.1", "1e3", "12345678901234567890"]
    path = tmp_path / "x.jsonl"
    spelt = []
    for mixed in ("", '{"text": "t", "label": "odd"}\n{"text": "t", "label": 7}\n'):
        rows = []
        for value in values:
            path.write_text(f'{{"text": "t", "label": {value}}}\n{mixed}')
            rows.append(read(path, "jsonl").rows[0])
        spelt.append(rows)
    assert spelt[0] == spelt[1]


def test_broken_lines_are_refused_one_by_one(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text(
        '{"text": "fine", "label": 1}\n'
        "{broken\n"
        "[1, 2]\n"
        "\n"
        '{"text": ["a"], "label": 1}\n'
        '{"text": "a", "label": null}\n'
        '{"label": "a"}\n'
        '{"text": "half \\ud800 pair", "label": 1}\n'
        '{"text": "zero \\u0000 byte", "label": 1}\n' + "[" * 100_000 + "\n"
        '{"text": "\\ud83d\\ude00", "label": "b"}\n'
    )
    found = read(path, "jsonl")
    assert found.rows == [("fine", "1"), ("😀", "b")]
    assert found.lines == [1, 11]
    assert [(line, reason) for line, reason, _ in found.rejected] == [
        (2, "not a JSON object"),
        (3, "not a JSON object"),
        (5, "text is a list, not text"),
        (6, "no label"),
        (7, "no text"),
        (8, "lone surrogate in text"),
        (9, "zero byte in text"),
        (10, "not a JSON object"),
    ]


def test_two_objects_on_a_line_are_no_row(tmp_path: Path) -> None:
    one = '{"text": "fine", "label": "a"}'
    path = tmp_path / "x.jsonl"
    path.write_text(f"{one}{one}\n{one}\n")
    found = read(path, "jsonl")
    assert (found.rows, found.lines) == ([("fine", "a")], [2])
    assert found.rejected == [(1, "not a JSON object", f"{one}{one}")]


def test_a_key_that_no_object_has_is_told(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text('{"texts": "fine", "label": 1}\n{"id": 3}\n')
    with pytest.raises(InputError) as caught:
        read(path, "jsonl")
    assert "no column 'text'; did you mean 'texts'? it has 'texts', 'label', 'id'" in str(
        caught.value
    )
