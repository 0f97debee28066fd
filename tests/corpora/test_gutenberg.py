"""What is cut out of an ebook, wherever its edition puts it."""

import pytest

from corpora.gutenberg import LONGEST_CAPTION, LONGEST_HEADER, Gutenberg

HEADER = ["The Project Gutenberg eBook of A Book", "", "Title: A Book", ""]
START = "*** START OF THE PROJECT GUTENBERG EBOOK A BOOK ***"
END = "*** END OF THE PROJECT GUTENBERG EBOOK A BOOK ***"
LICENCE = ["", "Updated editions will replace the previous one", "*** a starred line ***"]
TEXT = ["CHAPTER I", "", "It was a dark night.", ""]


def read(*parts: list[str]) -> list[str]:
    book = Gutenberg()
    kept = book.take(enumerate(line for part in parts for line in part))
    return [line for _, line in kept + book.close()]


@pytest.mark.parametrize(
    "end", [END, f"            {END}", "End of the Project Gutenberg EBook of A Book, by A Man"]
)
def test_header_and_licence_are_no_text(end: str) -> None:
    assert read(HEADER, [START], TEXT, [end], LICENCE) == TEXT


def test_a_book_without_a_header_begins_with_its_marker() -> None:
    assert read([START], TEXT, [END]) == TEXT


def test_old_editions_mark_their_small_print() -> None:
    old = [*HEADER, "*END*THE SMALL PRINT! FOR PUBLIC DOMAIN ETEXTS*Ver.04.29.93*END*"]
    assert read(old, TEXT, ["*** START: FULL LICENSE ***"], LICENCE) == TEXT


def test_two_books_in_one_file_are_both_read() -> None:
    assert read(HEADER, [START], TEXT, [END], LICENCE, [START], TEXT, [END]) == TEXT * 2


def test_who_made_the_ebook_is_no_text() -> None:
    made = ["", "Produced by A. Reader and the", "Proofreading Team", "", ""]
    assert read([START], made, TEXT) == ["", "", "", *TEXT]
    assert read([START], ["", "He said: Produced by me"]) == ["", "He said: Produced by me"]


def test_illustrations_go_with_captions_of_any_number_of_lines() -> None:
    pictures = ["[Illustration]", "[Illustration: one,", "", "two [three]", "four]", "on"]
    book = Gutenberg()
    kept = book.take(enumerate([START, *pictures, "a [Illustration: b] c"]))
    assert kept == [(6, "on"), (7, "a  c")]
    assert book.skipped["illustrations"] == 3


def test_a_bracket_that_never_closes_is_text() -> None:
    lines = ["[Illustration: lost", *["line"] * (LONGEST_CAPTION + 5)]
    assert read([START], lines) == lines
    assert read([START], lines[:3]) == lines[:3]


def test_text_that_is_no_ebook_is_left_alone() -> None:
    lines = [f"line {number}" for number in range(100)]
    assert read(lines) == lines
    assert read(lines[:3]) == lines[:3]


def test_a_header_without_an_end_is_text() -> None:
    lines = [*HEADER, *["line"] * (LONGEST_HEADER + 10)]
    assert read(lines) == lines


def test_what_was_cut_is_counted_and_lines_may_come_in_pieces() -> None:
    book = Gutenberg()
    whole = [*HEADER, START, *TEXT, END, *LICENCE]
    kept = [line for each in enumerate(whole) for line in book.take([each])]
    assert kept == list(enumerate(TEXT, start=len(HEADER) + 1))
    assert book.skipped["gutenberg_lines"] == len(HEADER) + 2 + len(LICENCE)
