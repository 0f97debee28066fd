"""CSV and TSV: quoting, line numbers, and damage that stays where it is."""

import csv
import io
import zipfile
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpora.lines import MAX_LINE_BYTES, line_blocks
from corpora.readers_quoted import MAX_ROW_LINES, quoted_rows
from corpora.rows import Wanted
from storage.errors import CorpusFormatError, InputError
from tests.corpora.reading import read
from tests.corpora.test_lines import Pieces

CELLS = st.text(st.sampled_from('ab ",;\té\u0085\n'), max_size=6)
LINES = st.text(st.sampled_from('ab ",;\té\u0085'), max_size=6)


def written(path: Path, text: str) -> Path:
    path.write_bytes(text.encode())
    return path


def parsed(
    data: bytes, *, kind: Literal["csv", "tsv"] = "csv", piece: int = 1_000
) -> tuple[list[tuple[int, str, str]], list[tuple[int, str]]]:
    """Rows and refusals as the format's reader gives them, before empty values are judged."""
    blocks = line_blocks(Pieces(data, piece), name="x.csv")
    wanted = Wanted({"text": "text", "label": "label"})
    rows: list[tuple[int, str, str]] = []
    refused: list[tuple[int, str]] = []
    for part in quoted_rows(blocks, wanted, kind=kind, name="x.csv"):
        texts, labels = part.columns["text"].to_pylist(), part.columns["label"].to_pylist()
        rows += zip(part.lines.to_pylist(), texts, labels, strict=True)
        refused += [(row["line"], row["reason"]) for row in part.rejected.to_pylist()]
    return rows, refused


@settings(deadline=None)
@given(
    table=st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=6),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    end=st.sampled_from(["\n", "\r\n"]),
    piece=st.integers(1, 40),
)
def test_what_a_csv_writer_wrote_is_read_back(
    table: list[tuple[str, str, str]], quoting: Literal[0, 1], end: str, piece: int
) -> None:
    file = io.StringIO()
    writer = csv.writer(file, quoting=quoting, lineterminator=end)
    writer.writerows([("label", "more", "text"), *table])
    rows, refused = parsed(file.getvalue().encode(), piece=piece)
    assert [(text, label) for _, text, label in rows] == [(c, a) for a, _, c in table]
    assert refused == []


def test_line_numbers_are_those_of_the_file(tmp_path: Path) -> None:
    path = written(
        tmp_path / "x.csv", 'text,label\nfine,1\n"two\nlines",1\n\n"a ""b""",0\nlast,0\n'
    )
    found = read(path, "csv")
    assert found.rows == [("fine", "1"), ("two\nlines", "1"), ('a "b"', "0"), ("last", "0")]
    assert found.lines == [2, 3, 6, 7]


def test_ragged_rows_are_refused_with_line_and_reason(tmp_path: Path) -> None:
    path = written(tmp_path / "x.csv", 'text,label\nfine,1\nonly\n"a",b,c\nx,y,z\nend,0\n')
    found = read(path, "csv")
    assert found.rows == [("fine", "1"), ("end", "0")]
    assert found.rejected == [
        (3, "1 fields instead of 2", "only"),
        (4, "3 fields instead of 2", '"a",b,c'),
        (5, "3 fields instead of 2", "x,y,z"),
    ]


@pytest.mark.parametrize("piece", [5, 1_000])
def test_a_stray_mark_costs_one_line_and_not_the_rest(piece: int) -> None:
    good = [f"text {n},1" for n in range(50)]
    data = "\n".join(["text,label", '"never closed,1', *good, '"closed" late,0', *good])
    rows, refused = parsed(data.encode(), piece=piece)
    assert len(rows) == 100
    assert [line for line, _ in refused] == [2, 53]
    assert all(reason.startswith("broken quoting") for _, reason in refused)


def test_a_row_over_too_many_lines_is_refused() -> None:
    body = "\n".join(["x"] * (MAX_ROW_LINES + 1))
    rows, refused = parsed(f'text,label\n"{body}",1\nfine,1\n'.encode())
    assert rows[-1] == (MAX_ROW_LINES + 3, "fine", "1")
    assert min(refused) == (2, "broken quoting: unexpected end of data")
    assert len(refused) == MAX_ROW_LINES


def test_a_row_of_too_many_characters_is_refused() -> None:
    cell = "x" * (MAX_LINE_BYTES // 2 - 10)
    data = f'text,label,more\n"{cell}\n","{cell}\n","{cell}\n"\nfine,1,2\n'
    rows, refused = parsed(data.encode(), piece=1 << 20)
    assert rows == [(6, "fine", "1")]
    assert min(refused) == (2, "broken quoting: unexpected end of data")


def test_a_mark_inside_a_cell_is_a_letter(tmp_path: Path) -> None:
    path = written(tmp_path / "x.csv", 'text,label\n5" screen,good\n')
    assert read(path, "csv").rows == [('5" screen', "good")]


def test_tsv_without_quoting_is_read_as_it_stands(tmp_path: Path) -> None:
    lines = ['"Stop," he said.\t1', '"Never closed\t0', '"and "again"\t0', '"quoted\tcell"\t1']
    path = written(tmp_path / "x.tsv", "\n".join(["text\tlabel", *lines]))
    assert read(path, "tsv").rows == [
        ('"Stop," he said.', "1"),
        ('"Never closed', "0"),
        ('"and "again"', "0"),
        ("quoted\tcell", "1"),
    ]


def test_marks_around_a_whole_field_of_tsv_are_letters_unless_names_are_quoted_too(
    tmp_path: Path,
) -> None:
    path = written(tmp_path / "x.tsv", 'text\tlabel\n"Stop!"\t"Halte !"\n"a ""b"""\tc\n')
    assert read(path, "tsv").rows == [('"Stop!"', '"Halte !"'), ('a "b"', "c")]
    path = written(tmp_path / "x.tsv", '"text"\t"label"\n"Stop!"\t"Halte !"\n')
    assert read(path, "tsv").rows == [("Stop!", "Halte !")]


@settings(deadline=None)
@given(
    table=st.lists(st.tuples(LINES, LINES), max_size=6),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    piece=st.integers(1, 40),
)
def test_what_a_tsv_writer_wrote_is_read_back(
    table: list[tuple[str, str]], quoting: Literal[0, 1], piece: int
) -> None:
    file = io.StringIO()
    writer = csv.writer(file, quoting=quoting, delimiter="\t", lineterminator="\n")
    writer.writerows([("text", "label"), *table])
    rows, refused = parsed(file.getvalue().encode(), kind="tsv", piece=piece)
    assert [(text, label) for _, text, label in rows] == table
    assert refused == []


def test_real_pairs_come_out_of_a_tsv_file_as_they_went_in(
    tmp_path: Path, real_data: Path
) -> None:
    """320 fields begin with a quotation mark, and 269 of them end with one too."""
    with zipfile.ZipFile(real_data / "tatoeba-fra" / "fra-eng.zip") as archive:
        content = archive.read("fra.txt").decode()
    path = written(tmp_path / "x.tsv", f"en\tfr\n{content}")
    found = read(path, "tsv", columns={"source": "en", "target": "fr"})
    lines = content.removesuffix("\n").split("\n")
    assert found.rows == [tuple(line.split("\t")) for line in lines]
    assert len(found.rows) == 167_130


def test_semicolons_are_seen_in_the_header(tmp_path: Path) -> None:
    path = written(tmp_path / "x.csv", "text;label\n1,5 stars;bad\n")
    assert read(path, "csv").rows == [("1,5 stars", "bad")]


def test_words_that_look_like_missing_values_stay_words(tmp_path: Path) -> None:
    words = ["None", "NA", "null", "nan", "NULL", "#N/A", "-", "1.0", "true"]
    path = written(
        tmp_path / "x.csv",
        "text,label\n" + "".join(f'{word},{word}\n"{word}","{word}"\n' for word in words),
    )
    assert read(path, "csv").rows == [(word, word) for word in words for _ in range(2)]


def test_an_empty_label_is_refused_and_an_empty_text_kept(tmp_path: Path) -> None:
    path = written(tmp_path / "x.csv", 'text,label\nfine,\nfine,"  "\n,1\n"", 2 \n')
    found = read(path, "csv")
    assert found.rows == [("", "1"), ("", "2")]
    assert [(line, reason) for line, reason, _ in found.rejected] == [
        (2, "no label"),
        (3, "no label"),
    ]


def test_zero_bytes_are_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "x.csv", 'text,label\na\0b,1\n"a\0b",1\nfine,1\n')
    found = read(path, "csv")
    assert found.rows == [("fine", "1")]
    assert [reason for _, reason, _ in found.rejected] == ["zero byte in text"] * 2


def test_a_missing_column_is_answered_with_the_nearest(tmp_path: Path) -> None:
    path = written(tmp_path / "x.csv", "Review,stars\nfine,1\n")
    with pytest.raises(InputError) as caught:
        read(path, "csv", columns={"text": "review", "label": "stars"})
    assert str(caught.value) == (
        "x.csv has no column 'review'; did you mean 'Review'? it has 'Review', 'stars'; "
        "name the right one in data.columns.text (--text-column)"
    )


def test_a_column_that_is_there_twice_is_told(tmp_path: Path) -> None:
    path = written(tmp_path / "x.csv", "text,text,label\na,b,1\n")
    with pytest.raises(InputError, match="has 2 columns named 'text'; rename one"):
        read(path, "csv")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "x.csv has no header; its first row must name the columns"),
        ("\n\n", "x.csv has no header"),
        ('"text,label\n', "x.csv has no header"),
        ('"text"x,label\n', "the header cannot be read: broken quoting"),
        ("text,label\n", "x.csv holds no rows; at least one is needed"),
    ],
)
def test_a_file_without_header_or_rows_is_told(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(CorpusFormatError, match=message):
        read(written(tmp_path / "x.csv", text), "csv")


def test_a_header_may_follow_blank_lines_and_a_mark(tmp_path: Path) -> None:
    path = written(tmp_path / "x.csv", '\ufeff\r\n"label", text\r\n1,fine\r\n')
    found = read(path, "csv")
    assert (found.rows, found.lines) == ([("fine", "1")], [3])


def test_a_file_of_very_many_columns_is_read(tmp_path: Path) -> None:
    names = ",".join(["text", "label", *(f"c{n}" for n in range(2_000))])
    path = written(tmp_path / "x.csv", f'{names}\n"a, b",1{",x" * 2_000}\n')
    assert read(path, "csv").rows == [("a, b", "1")]
