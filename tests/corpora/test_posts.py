"""Headers, quotes and signatures of posts: taken out exactly as scikit-learn does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import _twenty_newsgroups as scikit_learn

from configs.data import Removed
from corpora.posts import without

POST = """\
From: someone@somewhere (A. Person)
Subject: Re: sails

In article <1@x> other@place writes:
> Is the mast of wood?
| and the boom?

It is, as far as I know.

Nobody else said: anything about it.

--
A. Person, somewhere
"""
THEIRS = {
    "headers": scikit_learn.strip_newsgroup_header,
    "footers": scikit_learn.strip_newsgroup_footer,
    "quotes": scikit_learn.strip_newsgroup_quoting,
}
LINES = st.sampled_from(
    ["", " ", "--", "-----", "> quoted", "he wrote:", "| bar", "text", "From: x", "a says: b"]
)


def test_a_post_keeps_what_its_author_says() -> None:
    kept = without(POST, ["headers", "footers", "quotes"])
    assert kept.strip() == "It is, as far as I know."
    assert without(POST, []) == POST


@pytest.mark.parametrize("part", THEIRS)
@given(lines=st.lists(LINES, max_size=12))
def test_each_part_is_what_scikit_learn_takes_out(part: Removed, lines: list[str]) -> None:
    text = "\n".join(lines)
    if part == "headers" and "\n\n" not in text:
        assert without(text, [part]) == ""  # scikit-learn's own gives nothing too
    assert without(text, [part]) == THEIRS[part](text)


@given(lines=st.lists(LINES, max_size=12))
def test_all_parts_go_in_scikit_learns_order(lines: list[str]) -> None:
    text = expected = "\n".join(lines)
    for part in ("headers", "footers", "quotes"):
        expected = THEIRS[part](expected)
    assert without(text, ["quotes", "headers", "footers"]) == expected
