"""English sentences with the part of speech of each word, universal tags.

Many words are a noun here and a verb there (`they watch her watch`), so that what stands
around a word has to be looked at; how often it is which says little.
"""

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from corpora.phrases.adjectives import ADJECTIVES
from corpora.phrases.grammar import Draw, Mask, join, pick, where
from corpora.phrases.nouns import NOUNS

Tagged = tuple[pa.Array | str, pa.Array | str]
"""Words and their tags, as many in both."""
BOTH = tuple(
    tuple(line.split("/"))
    for line in (
        "watch/watches",
        "love/loves",
        "show/shows",
        "visit/visits",
        "touch/touches",
        "plan/plans",
        "dream/dreams",
        "cut/cuts",
        "order/orders",
        "answer/answers",
        "reward/rewards",
        "trick/tricks",
        "judge/judges",
        "guide/guides",
        "wish/wishes",
        "study/studies",
        "fear/fears",
        "guard/guards",
        "copy/copies",
        "design/designs",
    )
)
"""Noun and verb alike: plain form, and plural or third person."""
VERBS = (("admire", "admires"), ("forget", "forgets"), ("carry", "carries"), ("find", "finds"))
PRONOUNS = ("I", "you", "he", "she", "we", "they")
SINGULAR = ("he", "she")
DETERMINERS = ("the", "this", "my", "his", "our", "their", "every")
MANY = ("the", "these", "my", "his", "our", "their", "some")
PREPOSITIONS = ("in", "near", "behind", "beside", "without")
ADVERBS = ("often", "never", "rarely", "gladly", "always")
TIMES = ("today", "now", "again", "sometimes")
NOTHING: Tagged = ("", "")


def tagged_sentences(draw: Draw) -> pa.Table:
    """A table of tokens and tags, as many rows as the draw has."""
    asked, denied = draw.chance(0.15), draw.chance(0.25)
    subject, third = _subject(draw)
    parts = [
        _where(asked, _word(where(third, "does", "do"), "AUX"), NOTHING),
        subject,
        _denial(denied & ~asked, third),
        _where(draw.chance(0.25), _word(draw.word(ADVERBS), "ADV"), NOTHING),
        _word(_verb(draw, inflected=third & ~asked & ~denied), "VERB"),
        _noun_phrase(draw, described=0.4)[0],
        _where(draw.chance(0.4), _place(draw), NOTHING),
        _where(draw.chance(0.25), _word(draw.word(TIMES), "ADV"), NOTHING),
        _word(where(asked, "?", pick((".", "!"), draw.rare_index(2))), "PUNCT"),
    ]
    return pa.table(
        {
            "tokens": _sentence(join(*(words for words, _ in parts))),
            "tags": _single_spaces(join(*(tags for _, tags in parts))),
        }
    )


def _subject(draw: Draw) -> tuple[Tagged, Mask]:
    """A pronoun in every other row, else a noun phrase; and whether it is a third person's."""
    chosen, is_pronoun = draw.index(len(PRONOUNS)), draw.chance(0.5)
    phrase, plural = _noun_phrase(draw, described=0.3)
    one = _word(pick(PRONOUNS, chosen), "PRON")
    singular = [PRONOUNS.index(word) for word in SINGULAR]
    of_pronoun = (chosen == singular[0]) | (chosen == singular[1])
    third: Mask = (is_pronoun & of_pronoun) | (~is_pronoun & ~plural)
    return _where(is_pronoun, one, phrase), third


def _noun_phrase(draw: Draw, *, described: float) -> tuple[Tagged, Mask]:
    """`his red watch`, and whether it is plural."""
    plural = draw.chance(0.35)
    determiner = where(plural, draw.word(MANY), draw.word(DETERMINERS))
    adjective = _word(draw.word([each.english for each in ADJECTIVES]), "ADJ")
    parts = [
        _word(determiner, "DET"),
        _where(draw.chance(described), adjective, NOTHING),
        _word(_noun(draw, plural), "NOUN"),
    ]
    return (join(*(w for w, _ in parts)), join(*(t for _, t in parts))), plural


def _noun(draw: Draw, plural: Mask) -> pa.Array:
    forms = [form for noun in NOUNS for form in noun.english]
    common = pick(forms, 2 * draw.rare_index(len(NOUNS)) + plural)
    return where(
        draw.chance(0.5), pick(_forms(BOTH), 2 * draw.index(len(BOTH)) + plural), common
    )


def _verb(draw: Draw, *, inflected: Mask) -> pa.Array:
    plain = pick(_forms(VERBS), 2 * draw.index(len(VERBS)) + inflected)
    both = pick(_forms(BOTH), 2 * draw.index(len(BOTH)) + inflected)
    return where(draw.chance(0.75), both, plain)


def _denial(denied: Mask, third: Mask) -> Tagged:
    do = where(third, "does", "do")
    return where(denied, join(do, "not"), ""), where(denied, "AUX PART", "")


def _place(draw: Draw) -> Tagged:
    words, tags = _noun_phrase(draw, described=0.2)[0]
    return join(draw.word(PREPOSITIONS), words), join("ADP", tags)


def _forms(table: Sequence[tuple[str, ...]]) -> list[str]:
    return [form for forms in table for form in forms]


def _word(words: pa.Array, tag: str) -> Tagged:
    return words, tag


def _where(mask: Mask, yes: Tagged, no: Tagged) -> Tagged:
    return where(mask, yes[0], no[0]), where(mask, yes[1], no[1])


def _sentence(words: pa.Array) -> pa.Array:
    """Single spaces, and a capital letter at the start."""
    column = _single_spaces(words)
    first = pc.utf8_upper(pc.utf8_slice_codeunits(column, 0, 1))
    rest = pc.utf8_slice_codeunits(column, 1)
    return pc.binary_join_element_wise(first, rest, "")


def _single_spaces(column: pa.Array) -> pa.Array:
    return pc.replace_substring_regex(pc.utf8_trim_whitespace(column), " {2,}", " ")
