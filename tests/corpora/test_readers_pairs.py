"""Pairs without a header: two columns, or two files line by line."""

import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.lines import MAX_LINE_BYTES, line_blocks
from corpora.own_files import adopt_aligned_files, adopt_own_file, own_path
from corpora.readers import read_own_file
from corpora.readers_pairs import aligned_rows
from corpora.rows import Wanted
from storage.errors import CorpusFormatError, InputError
from tests.corpora.reading import read
from tests.corpora.test_lines import Pieces

PAIR = {"source": "source", "target": "target"}
LINE = st.text(st.sampled_from('ab "\té\u0085\u2028'), max_size=8)


def side_by_side(
    source: bytes, target: bytes, *, pieces: tuple[int, int] = (1000, 1000)
) -> tuple[list[tuple[str, str]], list[tuple[int, str]]]:
    """Pairs, and refused lines with their reasons."""
    blocks = [
        line_blocks(Pieces(data, piece), name=name)
        for data, piece, name in zip((source, target), pieces, ("a.en", "a.de"), strict=True)
    ]
    pairs: list[tuple[str, str]] = []
    refused: list[tuple[int, str]] = []
    for rows in aligned_rows(*blocks, Wanted(PAIR), names=("a.en", "a.de")):
        sides = (rows.columns[name].to_pylist() for name in ("source", "target"))
        pairs += zip(*sides, strict=True)
        refused += [(row["line"], row["reason"]) for row in rows.rejected.to_pylist()]
    return pairs, refused


@given(
    pairs=st.lists(st.tuples(LINE, LINE), min_size=1, max_size=30),
    pieces=st.tuples(st.integers(1, 60), st.integers(1, 60)),
    ended=st.booleans(),
)
def test_lines_stand_beside_their_translations_however_the_files_are_read(
    pairs: list[tuple[str, str]], pieces: tuple[int, int], ended: bool
) -> None:
    sources, targets = ("\n".join(side).encode() for side in zip(*pairs, strict=True))
    last = b"\n" if ended or not pairs[-1][0] or not pairs[-1][1] else b""
    assert side_by_side(sources + last, targets + last, pieces=pieces) == (pairs, [])


@pytest.mark.parametrize("piece", [2, 1000])
@pytest.mark.parametrize(("ours", "theirs"), [(3, 5), (5, 3), (0, 2), (200, 3)])
def test_files_of_different_length_are_refused_with_both_counts(
    ours: int, theirs: int, piece: int
) -> None:
    with pytest.raises(CorpusFormatError) as refusal:
        side_by_side(b"a\n" * ours, b"b\n" * theirs, pieces=(piece, piece))
    assert str(refusal.value) == (
        f"a.en has {ours:,} lines and a.de has {theirs:,} lines; aligned files have as many, "
        "each line beside its translation"
    )


def test_a_line_too_long_takes_its_partner_with_it() -> None:
    long = b"x" * (MAX_LINE_BYTES + 1)
    source, target = b"1\n2\n" + long + b"\n4\n5\n", b"a\n" + long + b"\nc\nd\n" + long
    pairs, refused = side_by_side(source, target, pieces=(1 << 20, 1 << 22))
    assert pairs == [("1", "a"), ("4", "d")]
    assert sorted(line for line, _ in refused) == [2, 3, 5]


def adopted(tmp_path: Path, source: str, target: str) -> tuple[Path, Path]:
    paths = tmp_path / "en" / source, tmp_path / "de" / target
    for path, content in zip(
        paths, (b"one\n\nthree\n", b"eins\r\nzwei\r\ndrei\r\n"), strict=True
    ):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return paths


@pytest.mark.parametrize(
    ("source", "target"),
    [("news.en", "news.de"), ("news.en.gz", "news.de.gz"), ("news.txt", "news.txt")],
)
def test_two_files_are_kept_as_one_and_read_line_by_line(
    tmp_path: Path, source: str, target: str
) -> None:
    own = tmp_path / "own"
    file = adopt_aligned_files(*adopted(tmp_path, source, target), own=own)
    assert (file.name, file.format) == ("news", "aligned")
    chunks = list(read_own_file(own_path(file, own=own), file, columns=PAIR))
    frame = chunks[0].frame
    assert frame["source"].tolist() == ["one", "", "three"]
    assert frame["target"].tolist() == ["eins", "zwei", "drei"]
    assert frame["line"].tolist() == [1, 2, 3]


def test_the_digest_of_two_files_depends_on_both_and_their_order(tmp_path: Path) -> None:
    own = tmp_path / "own"
    source, target = adopted(tmp_path, "a.en", "a.de")
    first = adopt_aligned_files(source, target, own=own)
    second = adopt_aligned_files(target, source, own=own)
    assert adopt_aligned_files(source, target, own=own) == first
    target.write_text("eins\nzwei\nvier\n")
    third = adopt_aligned_files(source, target, own=own)
    assert len({first.sha256, second.sha256, third.sha256}) == 3
    kept = own_path(third, own=own) / "target" / "a.de"
    kept.write_text("changed\n")
    with pytest.raises(InputError, match="give both files again with --data and --target-file"):
        own_path(third, own=own)


def test_aligned_files_must_be_files(tmp_path: Path) -> None:
    source, target = adopted(tmp_path, "a.en", "a.de")
    with pytest.raises(InputError, match="is a folder; aligned data are two files"):
        adopt_aligned_files(source, target.parent, own=tmp_path / "own")
    with pytest.raises(InputError, match=r"no\.de does not exist"):
        adopt_aligned_files(source, tmp_path / "no.de", own=tmp_path / "own")
    with pytest.raises(InputError, match="name the second by --target-file"):
        adopt_own_file(source, own=tmp_path / "own", format="aligned")


def test_pairs_without_a_header_are_read_as_they_stand(tmp_path: Path) -> None:
    path = tmp_path / "deu.txt"
    path.write_text('"Stop!"\t„Halt!“\tCC-BY\n"Go\tGeh\n\nlost\n', encoding="utf-8")
    found = read(path, "pairs", columns=PAIR)
    assert found.rows == [('"Stop!"', "„Halt!“"), ('"Go', "Geh")]
    assert found.rejected == [(4, "1 fields instead of 2 to 3", "lost")]


def test_pairs_without_a_header_have_no_names_of_columns(tmp_path: Path) -> None:
    path = tmp_path / "deu.txt"
    path.write_text("Go.\tGeh.\n")
    with pytest.raises(InputError, match="wanted is source from 'en', target from 'target'"):
        read(path, "pairs", columns={"source": "en", "target": "target"})


def test_lines_of_pairs_are_told_how_they_are_read(tmp_path: Path) -> None:
    path = tmp_path / "deu.txt"
    path.write_text("Go.\tGeh.\n")
    with pytest.raises(InputError, match="--format pairs for .* --target-file for a second"):
        read(path, "lines", columns=PAIR)


def test_pairs_without_a_header_taken_for_one_are_told_how_they_are_read(
    tmp_path: Path,
) -> None:
    path = tmp_path / "deu.tsv"
    path.write_text("Go.\tGeh.\tCC-BY\nRun.\tLauf.\tCC-BY\n")
    with pytest.raises(InputError, match=r"it has 'Go\.', 'Geh\.', 'CC-BY'; .* --format pairs"):
        read(path, "tsv", columns=PAIR)


def test_one_of_two_aligned_files_is_told_how_the_other_is_named(tmp_path: Path) -> None:
    source, _ = adopted(tmp_path, "news.en.gz", "news.de.gz")
    with pytest.raises(InputError, match="'.en' does not tell .* aligned files add --target"):
        adopt_own_file(source, own=tmp_path / "own")
