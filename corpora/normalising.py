r"""What cleaning changes inside a text, a whole column at a time.

Decisions that real data forced:

- `&amp;` and its like become their sign once: `&amp;lt;` ends as `&lt;`, and `AT&T;` stays,
  for only known entities count.
- Control characters, U+0085 and the other C1 ones included, become a space: where they occur
  they stand for a dash or a line break between two words. Zero-width characters, soft hyphens
  and marks of direction vanish, for they stand inside words. The joiners U+200C and U+200D
  stay: Persian, Indic scripts and emoji are spelled with them.
"""

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from configs.data import Problem
from corpora.columns import Change, in_form, replacing, rewritten

_ENTITIES = (
    ("&lt;", "<"),
    ("&gt;", ">"),
    ("&quot;", '"'),
    ("&#34;", '"'),
    ("&apos;", "'"),
    ("&#39;", "'"),
    ("&#x27;", "'"),
    ("&nbsp;", " "),
    ("&amp;", "&"),
)
"""`&amp;` comes last, so that nothing is unescaped twice."""
_MAY_COMBINE = r"[^\x00-\x{2FF}]"
"""Text below U+0300 is in NFC already (Unicode Standard Annex 15, section 9.1)."""
_INVISIBLE = (
    r"[\x{AD}\x{61C}\x{200B}\x{200E}\x{200F}\x{202A}-\x{202E}"
    r"\x{2060}-\x{2064}\x{2066}-\x{206F}\x{FEFF}\x{FFF9}-\x{FFFB}]"
)
_CONTROL = r"[\x00-\x08\x0e-\x1f\x7f-\x{84}\x{86}-\x{9f}]"
_ODD_SPACE = (
    r"[\x09-\x0d\x{85}\x{A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000}]"
)
_SUSPECT = r"[^ -~\x{A1}-\x{AC}\x{AE}-\x{2FF}]|&|  |^ | $"
"""Everything but single plain spaces inside, ASCII signs, and letters composed in Latin."""


def suspects(column: pa.LargeStringArray) -> pa.BooleanArray:
    """Where some change may have work to do; one search instead of one for each change."""
    return pc.match_substring_regex(column, _SUSPECT)


def _unescaped(column: pa.LargeStringArray) -> pa.LargeStringArray:
    for entity, sign in _ENTITIES:
        column = pc.replace_substring(column, entity, sign)
    return column


def _composed(column: pa.LargeStringArray) -> pa.LargeStringArray:
    return rewritten(column, _MAY_COMBINE, lambda part: in_form(part, "NFC"))


def _single_spaces(column: pa.LargeStringArray) -> pa.LargeStringArray:
    return pc.utf8_trim(rewritten(column, "  ", replacing(" {2,}", " ")), " ")


_ODD_SPACE_IN_LINES = _ODD_SPACE.replace(r"\x09-\x0d", r"\x09\x0b-\x0d")
"""The same but for the line feed."""

CHANGES: dict[str, Change] = {
    "entities": _unescaped,
    "invisible": replacing(_INVISIBLE, ""),
    "unicode": _composed,  # after the invisible: one may part a letter from its accent
    "control": replacing(_CONTROL, " "),
    "odd_spaces": replacing(_ODD_SPACE, " "),
    "surplus_spaces": _single_spaces,
}
"""What happens to every text and label, in this order, by the name it is counted under."""

_RUNNING_CHANGES: dict[str, Change] = {
    "invisible": replacing(_INVISIBLE, ""),
    "unicode": _composed,
    "control": replacing(_CONTROL, " "),
    "odd_spaces": replacing(_ODD_SPACE_IN_LINES, " "),
    "surplus_spaces": replacing(" +\n", "\n"),
}
"""The same for running text, whose lines and indents stay."""

_TAGGED_CHANGES = {name: CHANGES[name] for name in ("unicode", "odd_spaces", "surplus_spaces")}
"""The same for sentences and events, whose words stay as they are: each has its tag or gap."""

CHANGES_OF: Mapping[Problem, dict[str, Change]] = {
    "language_modelling": _RUNNING_CHANGES,
    "tagging": _TAGGED_CHANGES,
    "events": _TAGGED_CHANGES,
}
"""Problems whose texts are mended in another way than by CHANGES."""
