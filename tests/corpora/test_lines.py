"""Text files as blocks of lines: line ends, encodings, bounds."""

import io
import tracemalloc
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpora.lines import MAX_LINE_BYTES, Readable, line_blocks
from storage.errors import CorpusFormatError, InputError


class Pieces:
    """A stream that gives few bytes at a time, as networks and archives do."""

    def __init__(self, data: bytes, size: int) -> None:
        self._file = io.BytesIO(data)
        self._size = size

    def read(self, size: int, /) -> bytes:
        return self._file.read(min(size, self._size))


def lines_of(data: bytes, *, piece: int = 7, encoding: str = "utf-8") -> list[tuple[int, str]]:
    blocks = line_blocks(Pieces(data, piece), name="x.txt", encoding=encoding)
    return [
        (number, line)
        for block in blocks
        for number, line in zip(block.numbers.to_pylist(), block.lines.to_pylist(), strict=True)
    ]


@settings(deadline=None)
@given(
    text=st.text(st.characters(codec="utf-8", exclude_characters="\r\ufeff")),
    piece=st.integers(1, 9),
)
def test_lines_end_at_line_feeds_and_nowhere_else(text: str, piece: int) -> None:
    expected = text.removesuffix("\n").split("\n") if text else []
    assert lines_of(text.encode(), piece=piece) == list(enumerate(expected, start=1))


def test_next_line_and_separator_characters_stay_inside_a_line() -> None:
    text = "a\u0085b\u2028c\u2029d\x0be\x0cf\x1cg"
    assert lines_of(f"{text}\nh".encode()) == [(1, text), (2, "h")]


def test_carriage_returns_before_a_line_feed_belong_to_the_line_end() -> None:
    assert lines_of(b"a\r\nb\nc\rd\r\n\r\n") == [(1, "a"), (2, "b"), (3, "c\rd"), (4, "")]


def test_carriage_returns_alone_are_told() -> None:
    with pytest.raises(CorpusFormatError, match="carriage returns alone; convert it"):
        lines_of(b"text,label\rfine,1\rpoor,0\r", piece=99)


def test_a_byte_order_mark_is_dropped_at_the_beginning_only() -> None:
    mark = "\ufeff".encode()
    assert lines_of(mark + b"a\n" + mark + b"b\n") == [(1, "a"), (2, "\ufeffb")]


@pytest.mark.parametrize("piece", [3, 1_000])
def test_a_byte_that_is_not_utf8_is_told_with_its_place(piece: int) -> None:
    data = b"fine\ncaf\xe9\nmore\n"
    with pytest.raises(CorpusFormatError) as caught:
        lines_of(data, piece=piece)
    assert "at byte 8 (0xe9), line 2; give its encoding, for example --encoding latin-1" in str(
        caught.value
    )


def test_the_place_counts_the_mark_and_a_line_too_long() -> None:
    data = "\ufeff".encode() + b"a\n" + b"x" * (MAX_LINE_BYTES + 1) + b"\n" + b"\x96\n"
    with pytest.raises(CorpusFormatError) as caught:
        lines_of(data, piece=1 << 20)
    assert f"at byte {data.index(0x96):,} (0x96), line 3" in str(caught.value)
    assert "--encoding cp1252" in str(caught.value)


def test_an_encoded_surrogate_is_not_utf8() -> None:
    with pytest.raises(CorpusFormatError, match="at byte 1 "):
        lines_of(b"a\xed\xa0\x80\n")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@settings(deadline=None)
@given(text=st.text(st.characters(codec="utf-8", exclude_characters="\r\n\ufeff"), min_size=1))
def test_wide_encodings_are_read_when_named(encoding: str, text: str) -> None:
    data = f"{text}\nend".encode(encoding)
    assert lines_of(data, piece=3, encoding=encoding) == [(1, text), (2, "end")]


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1", "shift_jis", "utf-8-sig"])
def test_other_encodings_are_read_when_named(encoding: str) -> None:
    text = "日本" if encoding == "shift_jis" else "café"
    assert lines_of(text.encode(encoding), piece=1, encoding=encoding) == [(1, text)]


@pytest.mark.parametrize("mark", [b"\xff\xfe", b"\xfe\xff"])
def test_utf16_taken_for_utf8_is_told(mark: bytes) -> None:
    with pytest.raises(CorpusFormatError, match="read it with --encoding utf-16"):
        lines_of(mark + b"a\0")


def test_a_byte_that_does_not_fit_the_named_encoding_is_told_with_its_place() -> None:
    with pytest.raises(CorpusFormatError, match=r"is not cp1252: .* at byte 9 \(0x81\)"):
        lines_of(b"some text\x81", piece=4, encoding="cp1252")
    with pytest.raises(CorpusFormatError, match=r"is not utf-16: .* at byte 6 "):
        lines_of("ab".encode("utf-16") + b"c", piece=4, encoding="utf-16")


def test_an_unknown_encoding_is_told() -> None:
    with pytest.raises(InputError, match="no text encoding 'utf-9'"):
        lines_of(b"a", encoding="utf-9")


def test_the_longest_line_is_kept_and_one_byte_more_is_refused() -> None:
    data = b"\n".join([b"a", b"x" * MAX_LINE_BYTES, b"x" * (MAX_LINE_BYTES + 1), b"b"])
    blocks = list(line_blocks(io.BytesIO(data), name="x.txt"))
    kept = [number for block in blocks for number in block.numbers.to_pylist()]
    refused = [row for block in blocks for row in block.rejected.to_pylist()]
    assert kept == [1, 2, 4]
    assert refused == [
        {"line": 3, "reason": "line of more than 10,000,000 bytes", "excerpt": "x" * 80}
    ]


class Endless:
    """A single line of so many megabytes, never all in memory."""

    def __init__(self, megabytes: int) -> None:
        self._left = megabytes

    def read(self, size: int, /) -> bytes:
        self._left -= 1
        return b"x" * 1_000_000 if self._left >= 0 else b""


def test_memory_stays_bounded_in_a_line_without_end() -> None:
    def consumed(stream: Readable) -> Iterator[int]:
        for block in line_blocks(stream, name="x.txt"):
            yield len(block.lines)

    tracemalloc.start()
    assert sum(consumed(Endless(200))) == 0
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 * MAX_LINE_BYTES
