"""English-French sentence pairs: agreement, adjective order, negation, elision, questions."""

import numpy as np
import pyarrow as pa

from corpora.phrases.adjectives import ADJECTIVES
from corpora.phrases.grammar import (
    NOTHING,
    Draw,
    Mask,
    Phrase,
    Words,
    copular_clause,
    either,
    join_both,
    noun_phrase,
    pick,
    pick_both,
    pronoun,
    transitive_clause,
    where_both,
)
from corpora.phrases.nouns import NOUNS
from corpora.phrases.spelling import english_spelling, french_spelling, sentence
from corpora.phrases.verbs import VERBS

PEOPLE = [n for n in NOUNS if n.kind == "person"]
PLACES = [n for n in NOUNS if n.kind == "place"]
OBJECTS = [n for n in NOUNS if n.kind in ("thing", "person", "place")]
PREPOSITIONS = (
    ("in", "dans"),
    ("near", "près de"),
    ("behind", "derrière"),
    ("in front of", "devant"),
    ("beside", "à côté de"),
)
TIMES = (
    ("today", "aujourd'hui"),
    ("now", "maintenant"),
    ("every day", "chaque jour"),
    ("again", "encore une fois"),
    ("sometimes", "parfois"),
)
ENGLISH_ENDS = (".", "?", "!")
FRENCH_ENDS = (".", "\u202f?", "\u202f!")
"""French typography sets a narrow no-break space before `?` and `!`; cleaning must cope."""


def pairs(draw: Draw) -> pa.Table:
    """A table of sources and targets, as many as the draw has rows."""
    asked = draw.chance(0.1)
    main = where_both(asked | draw.chance(0.6), _deed(draw, asked=asked), _quality(draw))
    contrast = join_both(Words("but", "mais"), _quality(draw))
    contrasted = draw.chance(0.1) & ~asked
    words = join_both(main, _circumstances(draw), where_both(contrasted, contrast, NOTHING))
    end = np.where(asked, 1, np.where(draw.chance(0.05), 2, 0))
    return pa.table(
        {
            "source": sentence(english_spelling(words.english), pick(ENGLISH_ENDS, end)),
            "target": sentence(french_spelling(words.french), pick(FRENCH_ENDS, end)),
        }
    )


def _quality(draw: Draw) -> Words:
    """`his sisters are not very famous`."""
    quality, denied = draw.index(len(ADJECTIVES)), draw.chance(0.35)
    return copular_clause(draw, _subject(draw), ADJECTIVES, quality, denied=denied, past=False)


def _deed(draw: Draw, *, asked: Mask) -> Words:
    """`she does not watch a red bird`, `does she watch a red bird`."""
    denied = draw.chance(0.35) & ~asked
    thing = noun_phrase(draw, OBJECTS, ADJECTIVES, described=0.4, denied=denied)
    return transitive_clause(draw, _subject(draw), thing, VERBS, denied=denied, asked=asked)


def _subject(draw: Draw) -> Phrase:
    """A pronoun in every other row, else people."""
    people = noun_phrase(draw, PEOPLE, ADJECTIVES, described=0.4)
    return either(draw.chance(0.5), pronoun(draw), people)


def _circumstances(draw: Draw) -> Words:
    """Where and when, each in about a third of the rows."""
    place = noun_phrase(draw, PLACES, ADJECTIVES, described=0.25).words
    where_to = join_both(pick_both(PREPOSITIONS, draw.index(len(PREPOSITIONS))), place)
    when = pick_both(TIMES, draw.index(len(TIMES)))
    return join_both(
        where_both(draw.chance(0.35), where_to, NOTHING),
        where_both(draw.chance(0.3), when, NOTHING),
    )
