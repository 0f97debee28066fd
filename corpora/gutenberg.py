"""What is no text in an ebook of Project Gutenberg: header, licence, markers, illustrations.

An ebook says where its text starts and ends. Editions differ: some have a header of hundreds of
lines, some begin with the marker; the end may be indented; old ones mark their small print
instead. A file may hold several ebooks, one after the other.
"""

import re
from collections import Counter
from collections.abc import Iterable
from typing import Literal, TypeAlias

_STARRED = r"\s*\*{2,3} ?"
START = rf"^{_STARRED}START OF (THE|THIS) PROJECT GUTENBERG|^\s*\*END\*? ?THE SMALL PRINT"
END = (
    rf"^{_STARRED}END OF (THE|THIS) PROJECT GUTENBERG"
    rf"|^{_STARRED}START: FULL LICENSE|^\s*END OF (THE |THIS )?PROJECT GUTENBERG"
)
ILLUSTRATION = r"\[Illustration"
MARKS = f"(?i:{START}|{END}|{ILLUSTRATION})"
"""Finds a line that matters here; without one, and before a start, nothing is to be done."""
LONGEST_HEADER = 1_000
"""Lines in which a header's end must come: without one, they are text."""
LONGEST_CAPTION = 60
"""Lines of an illustration's caption: a bracket that stays open longer is text."""
_STARTS, _ENDS = re.compile(START, re.IGNORECASE), re.compile(END, re.IGNORECASE)
_CREDITS = re.compile(r"(Produced|E-?text prepared|This etext was prepared|Transcribed) ", re.I)
_BOOK = re.compile(r"Project Gutenberg", re.IGNORECASE)
_LOOKED_AT = 40
"""Lines in which a header names Project Gutenberg."""


Line: TypeAlias = tuple[int, str]
"""Number and content."""


class Gutenberg:
    """Takes lines in order and gives back those that are text.

    Attributes:
        skipped: Lines of headers and licences, and illustrations, taken out since last asked.
    """

    def __init__(self) -> None:
        self.skipped: Counter[str] = Counter()
        self._header: list[Line] | None = []  # None: the text has begun
        self._over = False
        self._caption: list[Line] = []
        self._credits: Literal["no", "awaited", "running"] = "no"

    @property
    def idle(self) -> bool:
        """Whether lines without a mark pass through as they are."""
        busy = self._over or self._caption or self._credits != "no"
        return self._header is None and not busy

    def take(self, lines: Iterable[Line]) -> list[Line]:
        """The lines of the text that are settled by now."""
        kept: list[Line] = []
        for line in lines:
            self._take(line, kept)
        return kept

    def close(self) -> list[Line]:
        """What was held back and is text after all."""
        rest = [*(self._header or []), *self._caption]
        self._header, self._caption = None, []
        return rest

    def _take(self, line: Line, kept: list[Line]) -> None:
        if _STARTS.search(line[1]):
            self.skipped["gutenberg_lines"] += len(self._header or []) + 1
            self._header, self._over, self._credits = None, False, "awaited"
        elif _ENDS.search(line[1]) and not self._over:
            kept += self.close()
            self.skipped["gutenberg_lines"] += 1
            self._over = True
        elif self._over:
            self.skipped["gutenberg_lines"] += 1
        elif self._header is not None:
            self._hold(line, kept)
        else:
            self._read(line, kept)

    def _hold(self, line: Line, kept: list[Line]) -> None:
        """Keep a line that may be a header's, until it is clear that there is none."""
        assert self._header is not None
        self._header.append(line)
        looked = len(self._header)
        plain = looked == _LOOKED_AT and not any(_BOOK.search(each) for _, each in self._header)
        if plain or looked > LONGEST_HEADER:
            header, self._header = self._header, None
            for each in header:
                self._read(each, kept)

    def _read(self, line: Line, kept: list[Line]) -> None:
        """A line of the text, which an illustration or credits may take out."""
        if self._are_credits(line[1]):
            self.skipped["gutenberg_lines"] += 1
            return
        if self._caption or re.search(ILLUSTRATION, line[1]):
            self._caption.append(line)
            self._end_caption(kept)
        else:
            kept.append(line)

    def _are_credits(self, line: str) -> bool:
        """Whether the line is of a first paragraph that says who made the ebook."""
        blank = not line.strip()
        if self._credits == "awaited" and not blank:
            self._credits = "running" if _CREDITS.match(line) else "no"
        elif self._credits == "running" and blank:
            self._credits = "no"
        return self._credits == "running"

    def _end_caption(self, kept: list[Line]) -> None:
        text = "\n".join(line for _, line in self._caption)
        begin = text.index("[Illustration")
        end = _closing(text, begin)
        if end is None:
            if len(self._caption) > LONGEST_CAPTION:
                kept += self._caption
                self._caption = []
            return
        number, _ = self._caption[0]
        self._caption = []
        self.skipped["illustrations"] += 1
        rest = (text[:begin] + text[end + 1 :]).rstrip()
        for line in rest.split("\n") if rest else []:
            self._read((number, line), kept)


def _closing(text: str, begin: int) -> int | None:
    """Place of the bracket that closes the one at `begin`; None where it is not there yet."""
    depth = 0
    for place in range(begin, len(text)):
        depth += (text[place] == "[") - (text[place] == "]")
        if not depth:
            return place
    return None
