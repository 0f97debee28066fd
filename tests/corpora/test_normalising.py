"""What cleaning changes inside texts."""

import unicodedata

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.normalising import CHANGES, suspects


def column(*texts: str) -> pa.LargeStringArray:
    return pa.array(texts, pa.large_string())


def mended(text: str) -> str:
    texts = column(text)
    for change in CHANGES.values():
        texts = change(texts)
    return texts[0].as_py()


@pytest.mark.parametrize(
    "space",
    ["\u00a0", "\u202f", "\u2009", "\u3000", "\u0085", "\t", "\n", "\r\n", "\x0b", "\u2028"],
)
def test_every_kind_of_space_becomes_a_plain_one(space: str) -> None:
    assert mended(f"Qui{space}?") == "Qui ?"


@pytest.mark.parametrize(
    "sign",
    ["\u200b", "\u00ad", "\ufeff", "\u2060", "\u202e", "\u200f", "\u061c", "\u2064", "\u206f"],
)
def test_invisible_signs_inside_words_vanish(sign: str) -> None:
    assert mended(f"{sign}aujour{sign}d'hui") == "aujourd'hui"


@pytest.mark.parametrize("sign", ["\x00", "\x07", "\x1b", "\x7f", "\x96", "\x97"])
def test_control_signs_between_words_keep_them_apart(sign: str) -> None:
    assert mended(f"problems{sign}the") == "problems the"


SPELLING = {0x200C, 0x200D, *range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x180E}
"""Format characters that words are written with: joiners, and signs of single scripts."""


def test_every_space_and_control_and_format_character_is_mended() -> None:
    for code in set(range(0x10000)) - SPELLING:
        kind = unicodedata.category(chr(code))
        if kind in ("Zs", "Zl", "Zp", "Cc"):
            assert mended(f"a{chr(code)}b") == "a b", hex(code)
        elif kind == "Cf":
            assert mended(f"a{chr(code)}b") == "ab", hex(code)


def test_an_accent_parted_from_its_letter_is_composed_with_it() -> None:
    assert mended("cafe\u200b\u0301") == "café"


@pytest.mark.parametrize("text", ["👩\u200d💻", "می\u200cخواهم"])
def test_joiners_that_spell_words_stay(text: str) -> None:
    assert mended(text) == text


def test_accents_are_composed_with_their_letters() -> None:
    assert mended("cafe\u0301 déjà\u202f!") == "café déjà !"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("it feels &amp; looks", "it feels & looks"),
        ("&lt;b&gt; &quot;a&quot; &#39;b&apos;", "<b> \"a\" 'b'"),
        ("&amp;lt;", "&lt;"),
        ("Cingular/AT&T; and", "Cingular/AT&T; and"),
        ("fish & chips; peas", "fish & chips; peas"),
    ],
)
def test_known_entities_are_unescaped_once(text: str, expected: str) -> None:
    assert mended(text) == expected


def test_surplus_spaces_go() -> None:
    assert mended("  a   b  ") == "a b"


@given(st.text(max_size=30))
def test_mended_text_is_composed_trimmed_and_stays_as_it_is(text: str) -> None:
    once = mended(text.replace("&", ""))
    assert once == unicodedata.normalize("NFC", once)
    assert once == once.strip(" ")
    assert "  " not in once
    assert mended(once) == once


@given(st.text(max_size=30))
def test_text_that_is_no_suspect_needs_no_change(text: str) -> None:
    assert suspects(column(text))[0].as_py() or mended(text) == text
