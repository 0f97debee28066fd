"""How words written side by side are spelled: articles, elision, contraction, capitals."""

import pyarrow as pa
import pyarrow.compute as pc

FRENCH_VOWEL = "[aeiouhàâéèêîô]"
FRENCH_RULES = (
    (r"\bde (des|de) ", "de "),
    (rf"\b(j|n|d|l|qu)e ({FRENCH_VOWEL})", r"\1'\2"),
    (rf"\bla ({FRENCH_VOWEL})", r"l'\1"),
    (rf"\b([ms])a ({FRENCH_VOWEL})", r"\1on \2"),
    (rf"\bce ({FRENCH_VOWEL})", r"cet \1"),
    (rf"\bbeau ({FRENCH_VOWEL})", r"bel \1"),
    (rf"\bnouveau ({FRENCH_VOWEL})", r"nouvel \1"),
    (r"\bde le ", "du "),
    (r"\bde les ", "des "),
)
"""In this order: elision comes before contraction, so `de le arbre` ends as `de l'arbre`."""


def english_spelling(column: pa.Array) -> pa.Array:
    """Single spaces, and `an` before a vowel."""
    return pc.replace_substring_regex(_single_spaces(column), r"\ba ([aeio])", r"an \1")


def french_spelling(column: pa.Array) -> pa.Array:
    """Single spaces, elision (`l'arbre`), forms before a vowel (`bel`), contraction (`du`)."""
    spelled = _single_spaces(column)
    for pattern, replacement in FRENCH_RULES:
        spelled = pc.replace_substring_regex(spelled, pattern, replacement)
    return spelled


def sentence(column: pa.Array, end: pa.Array | str) -> pa.Array:
    """A capital letter at the start, the sign at the end, commas at their words."""
    first = pc.utf8_upper(pc.utf8_slice_codeunits(column, 0, 1))
    rest = pc.replace_substring(pc.utf8_slice_codeunits(column, 1), " ,", ",")
    return pc.binary_join_element_wise(first, rest, end, "")


def _single_spaces(column: pa.Array) -> pa.Array:
    return pc.replace_substring_regex(pc.utf8_trim_whitespace(column), " {2,}", " ")
