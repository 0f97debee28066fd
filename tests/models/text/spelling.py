"""What normalising promises, sign by sign, and texts that are hard on it."""

import unicodedata

from hypothesis import strategies as st

INVISIBLE = {
    chr(code)
    for part in (
        [0xAD, 0x61C, 0x200B, 0x200E, 0x200F, 0xFEFF],
        range(0x202A, 0x202F),
        range(0x2060, 0x2065),
        range(0x2066, 0x2070),
    )
    for code in part
}
SPACES = ("Zs", "Zl", "Zp", "Cc")
ASSIGNED = st.characters(exclude_categories=("Cs", "Cn", "Co"))
TEXTS = st.lists(st.text(ASSIGNED, max_size=30), max_size=8)
ODD = [
    "l'eau\u00a0; «\u202fvive\u202f» ! C'est «\u00a0ça\u00a0»…",
    "a￭ ￭b ￭￭ ￭",
    "👩‍👩‍👧‍👦👍🏽 ok 1️⃣ 🇫🇷",
    "السلام عليكم، كيف حالك؟ שָׁלוֹם",
    "\u202bעברית\u202c \u200fab\u200e",
    "می\u200cخواهم \u200d \u200c",
    "1999, 3.14 ٣ ½ x² №5",
    "\"quote\" 'single' “curly” ‘ones’ `tick`",
    "<s> <pad> </s> <unk> <0x41> Ġ Ċ ▁ <|endoftext|>",
    "日本語の文、เปิดไทย हिन्दी",
    "e\u0301 \u0301 a\u0301\u0301 \ufb01 Å Å İı ẞß ſ",
    "un\u0085deux\x00trois\x01\x02\x1f\x7f",
    "\ufffd \ufffe \U0001d518 \U000e0001",
    "_snake_case_ __ a_1",
    "don't  wait...   it's  5€!?",
    " ".join("abc" * 40 for _ in range(30)),
]
"""Joiners, emoji, right to left, no-break spaces, our own mark, specials, controls, quotes."""


def tidy(text: str) -> str:
    """A text in the Unicode form NFC with single plain spaces and nothing invisible."""
    shown = "".join(c for c in text if c not in INVISIBLE)
    parted = "".join(" " if unicodedata.category(c) in SPACES else c for c in shown)
    return " ".join(unicodedata.normalize("NFC", parted).replace("\uffed", "■").split())
