"""Text files as blocks of whole lines: strictly decoded, bounded, split at line feeds only."""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa
import pyarrow.compute as pc

from corpora.rows import counted, line_numbers, no_rejected_rows, rejected_rows
from storage.errors import CorpusFormatError, InputError

MAX_LINE_BYTES = 10_000_000
BLOCK_BYTES = 8_000_000
_EXCERPT_BYTES = 400
_WIDE_MARKS = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


class Readable(Protocol):
    """Anything that gives bytes."""

    def read(self, size: int, /) -> bytes: ...


@dataclass(frozen=True)
class LineBlock:
    """Consecutive lines of a file.

    Attributes:
        lines: large_string, without line ends; zero bytes may be inside.
        numbers: int64, from 1.
        rejected: Lines that were longer than the limit, as a table of refused rows.
    """

    lines: pa.Array
    numbers: pa.Array
    rejected: pa.Table


def line_blocks(stream: Readable, *, name: str, encoding: str = "utf-8") -> Iterator[LineBlock]:
    """Read a text file in blocks of some megabytes.

    Lines end at a line feed, with or without a carriage return before it, and nowhere else.
    A byte order mark at the beginning is dropped. Memory stays bounded whatever the file holds.

    Args:
        stream: The file's bytes.
        name: How messages call it.
        encoding: Decoded strictly.

    Raises:
        CorpusFormatError: If a byte does not fit the encoding; the message holds its offset.
        InputError: If there is no such encoding.
    """
    number = 1
    for offset, run, cut in _whole_lines(_utf8_pieces(stream, name=name, encoding=encoding)):
        if cut:
            yield _cut_line(run, number)
            number += 1
            continue
        text = run.removeprefix(codecs.BOM_UTF8) if number == 1 else run
        _check_utf8(text, name=name, offset=offset + len(run) - len(text), number=number)
        lines = _split(text)
        if number == 1:
            _check_line_ends(lines, name)
        yield _bounded(lines, line_numbers(number, len(lines)))
        number += len(lines)


def without_blank_lines(block: LineBlock) -> LineBlock:
    """The block without its empty lines; the others keep their numbers."""
    filled = pc.not_equal(block.lines, "")
    return LineBlock(block.lines.filter(filled), block.numbers.filter(filled), block.rejected)


def appended(first: LineBlock, second: LineBlock) -> LineBlock:
    """Both blocks as one."""
    return LineBlock(
        pa.concat_arrays([first.lines, second.lines]),
        pa.concat_arrays([first.numbers, second.numbers]),
        pa.concat_tables([first.rejected, second.rejected]),
    )


def joined(lines: pa.Array) -> pa.Buffer:
    """The lines as one text again, for readers that take a whole block."""
    # Arrow joins lists of small strings only; a block is far below their 2 GB.
    together = pa.ListArray.from_arrays(
        pa.array([0, len(lines)], pa.int32()), lines.cast(pa.string())
    )
    return pc.binary_join(together, "\n").buffers()[2] or pa.py_buffer(b"")


def _utf8_pieces(stream: Readable, *, name: str, encoding: str) -> Iterator[bytes]:
    """The file in UTF-8; one that is so already passes unseen, to be checked line by line."""
    try:
        canonical = codecs.lookup(encoding).name
        decoder = codecs.getincrementaldecoder(encoding)("strict")
    except LookupError:
        raise InputError(
            f"there is no text encoding {encoding!r}; common ones are utf-8, utf-16, cp1252 "
            "and latin-1"
        ) from None
    read = 0
    while True:
        piece = stream.read(BLOCK_BYTES)
        if canonical in ("utf-8", "utf-8-sig"):
            if not read:
                _refuse_wide(piece, name)
            text = piece
        else:
            text = _recoded(decoder, piece, name=name, read=read, encoding=encoding)
        read += len(piece)
        if text:
            yield text
        if not piece:
            return


def _refuse_wide(start: bytes, name: str) -> None:
    hint = _WIDE_MARKS.get(start[:2])
    if hint:
        raise CorpusFormatError(
            f"{name} begins with the mark of {hint}, not of UTF-8; read it with "
            f"--encoding {hint}"
        )


def _recoded(
    decoder: codecs.IncrementalDecoder, piece: bytes, *, name: str, read: int, encoding: str
) -> bytes:
    try:
        return decoder.decode(piece, final=not piece).encode("utf-8")
    except UnicodeDecodeError as error:
        # The decoder's object is what it had kept back and this piece, up to the same end.
        offset = read + len(piece) - len(error.object) + error.start
        raise CorpusFormatError(
            f"{name} is not {encoding}: {error.reason} at byte {offset:,} "
            f"(0x{error.object[error.start]:02x}); give another --encoding"
        ) from None
    except UnicodeEncodeError as error:
        raise CorpusFormatError(
            f"{name} holds a lone surrogate when read as {encoding}: {error.reason}; "
            "give another --encoding"
        ) from None


def _whole_lines(pieces: Iterator[bytes]) -> Iterator[tuple[int, bytes, bool]]:
    """Offset and content of runs of whole lines; of a line too long, its beginning and True."""
    rest, offset, skipping = b"", 0, False
    for piece in pieces:
        if skipping:
            skipped, found, piece = piece.partition(b"\n")
            offset += len(skipped) + len(found)
            if not found:
                continue
            skipping = False
        rest += piece
        end = rest.rfind(b"\n") + 1
        if end:
            yield offset, rest[:end], False
            rest, offset = rest[end:], offset + end
        if len(rest) > MAX_LINE_BYTES:
            yield offset, rest[:_EXCERPT_BYTES], True
            rest, offset, skipping = b"", offset + len(rest), True
    if rest:
        yield offset, rest, False


def _check_utf8(data: bytes, *, name: str, offset: int, number: int) -> None:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        byte = data[error.start]
        line = number + data.count(b"\n", 0, error.start)
        guess = "cp1252" if 0x80 <= byte < 0xA0 else "latin-1"
        raise CorpusFormatError(
            f"{name} is not UTF-8: {error.reason} at byte {offset + error.start:,} "
            f"(0x{byte:02x}), line {line:,}; give its encoding, for example --encoding {guess}"
        ) from None


def _split(data: bytes) -> pa.Array:
    body = data.removesuffix(b"\n")
    offsets = pa.array([0, len(body)], pa.int64()).buffers()[1]
    whole = pa.LargeStringArray.from_buffers(1, offsets, pa.py_buffer(body))
    lines = pc.split_pattern(whole, "\n").flatten()
    if b"\r" not in body:
        return lines
    return pc.replace_substring_regex(lines, r"\r\z", "")


def _check_line_ends(lines: pa.Array, name: str) -> None:
    if len(lines) == 1 and lines[0].as_py().count("\r") > 1:
        raise CorpusFormatError(
            f"{name} ends its lines with carriage returns alone; convert it, for example with "
            "tr '\\r' '\\n'"
        )


def _bounded(lines: pa.Array, numbers: pa.Array) -> LineBlock:
    long = pc.greater(pc.binary_length(lines), MAX_LINE_BYTES)
    if not counted(long):
        return LineBlock(lines, numbers, no_rejected_rows())
    kept = pc.invert(long)
    rejected = rejected_rows(numbers.filter(long), _too_long(), lines.filter(long))
    return LineBlock(lines.filter(kept), numbers.filter(kept), rejected)


def _cut_line(beginning: bytes, number: int) -> LineBlock:
    excerpt = pa.array([beginning.decode("utf-8", "replace")], pa.large_string())
    rejected = rejected_rows(line_numbers(number, 1), _too_long(), excerpt)
    return LineBlock(pa.array([], pa.large_string()), line_numbers(number, 0), rejected)


def _too_long() -> str:
    return f"line of more than {MAX_LINE_BYTES:,} bytes"
