"""Every walk is a page, and the page in the docs shows what the code computes now."""

from pathlib import Path

import pytest

from models.first_principles.pages import PRINCIPLES, page, principle
from models.first_principles.walks import Shown
from storage.errors import InputError

DOCS = Path(__file__).parents[3] / "docs" / "first-principles"


@pytest.mark.parametrize("name", PRINCIPLES)
def test_the_page_is_what_the_walk_shows(name: str) -> None:
    again = "python -m models.first_principles.pages docs/first-principles"
    assert (DOCS / f"{name}.md").read_text(encoding="utf-8") == page(name), f"run: {again}"


def test_there_is_no_page_of_something_else() -> None:
    assert {path.stem for path in DOCS.glob("*.md")} == {*PRINCIPLES, "README"}


def test_an_unknown_name_is_told_with_those_there_are() -> None:
    with pytest.raises(InputError, match="no principle 'lstm'; there are losses, word-index, "):
        principle("lstm")


def test_text_has_no_shape_and_a_number_an_empty_one() -> None:
    assert (Shown("a", "b", "").shape, Shown("a", 1, "").shape) == ("", "()")
