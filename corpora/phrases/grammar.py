"""A seeded phrase grammar that writes English and French side by side, a column at a time.

Every function builds one phrase for each row of a batch: choices are drawn as NumPy arrays
and words are joined as Arrow columns, so nothing runs row by row.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from corpora.phrases.adjectives import Adjective
from corpora.phrases.nouns import Noun
from corpora.phrases.verbs import Verb

Mask = NDArray[np.bool_]
Index = NDArray[np.int64]

DETERMINERS = (
    # English singular and plural; French masculine, feminine, plural
    ("the", "the", "le", "la", "les"),
    ("this", "these", "ce", "cette", "ces"),
    ("my", "my", "mon", "ma", "mes"),
    ("his", "his", "son", "sa", "ses"),
    ("our", "our", "notre", "notre", "nos"),
    ("their", "their", "leur", "leur", "leurs"),
    ("a", "some", "un", "une", "des"),
)
THE, A = 0, len(DETERMINERS) - 1
PRONOUNS = (
    # English, French, person (je tu il nous vous ils), feminine, plural
    ("I", "je", 0, False, False),
    ("you", "tu", 1, False, False),
    ("you", "vous", 4, False, True),
    ("he", "il", 2, False, False),
    ("she", "elle", 2, True, False),
    ("we", "nous", 3, False, True),
    ("they", "ils", 5, False, True),
    ("they", "elles", 5, True, True),
)
BE = (("am", "are", "is", "are", "are", "are"), ("was", "were", "was", "were", "were", "were"))
ETRE = (
    ("suis", "es", "est", "sommes", "êtes", "sont"),
    ("étais", "étais", "était", "étions", "étiez", "étaient"),
)
NEGATIONS = (
    ("not", "pas"),
    ("not", "pas"),
    ("never", "jamais"),
    ("hardly", "guère"),
    ("by no means", "nullement"),
    ("not in any way", "en aucune façon"),
)
INTENSIFIERS = (
    ("", ""),
    ("", ""),
    ("very", "très"),
    ("really", "vraiment"),
    ("quite", "assez"),
    ("so", "si"),
    ("particularly", "particulièrement"),
    ("rather", "plutôt"),
)


class Draw:
    """Seeded choices for a batch of so many rows."""

    def __init__(self, rows: int, generator: np.random.Generator) -> None:
        self.rows = rows
        self.generator = generator

    def index(self, count: int) -> Index:
        """An equal chance for each of `count` things."""
        return self.generator.integers(count, size=self.rows)

    def rare_index(self, count: int) -> Index:
        """Low numbers often, high ones rarely: the cube of an equal chance."""
        return (count * self.generator.random(self.rows) ** 3).astype(np.int64)

    def chance(self, share: float) -> Mask:
        """True in about this share of the rows."""
        return self.generator.random(self.rows) < share

    def word(self, words: Sequence[str]) -> pa.Array:
        """One of the words, each with equal chance."""
        return pick(words, self.index(len(words)))


@dataclass(frozen=True)
class Words:
    """Two columns that say the same; surplus spaces stay until the spelling."""

    english: pa.Array | str
    french: pa.Array | str


NOTHING = Words("", "")


@dataclass(frozen=True)
class Phrase:
    """A noun phrase or pronoun, with what a verb or an adjective must follow."""

    words: Words
    person: Index
    """0 to 5: je, tu, il, nous, vous, ils."""
    feminine: Mask
    plural: Mask


def pick(words: Sequence[str], index: Index) -> pa.Array:
    """The word at each index."""
    return pa.array(words, pa.string()).take(pa.array(index))


def join(*parts: pa.Array | str) -> pa.Array:
    """Columns and constant words, one after the other with a space between."""
    return pc.binary_join_element_wise(*parts, " ")


def where(mask: Mask, yes: pa.Array | str, no: pa.Array | str) -> pa.Array:
    """The one or the other, row by row."""
    return pc.if_else(pa.array(mask), yes, no)


def pick_both(table: Sequence[tuple[str, str]], index: Index) -> Words:
    """The English and the French word at each index."""
    return Words(pick([e for e, _ in table], index), pick([f for _, f in table], index))


def join_both(*parts: Words) -> Words:
    """One after the other, in the same order in both languages."""
    return Words(join(*(p.english for p in parts)), join(*(p.french for p in parts)))


def where_both(mask: Mask, yes: Words, no: Words) -> Words:
    """The one or the other, row by row, in both languages."""
    return Words(where(mask, yes.english, no.english), where(mask, yes.french, no.french))


def either(mask: Mask, yes: Phrase, no: Phrase) -> Phrase:
    """The one phrase or the other, row by row."""
    return Phrase(
        where_both(mask, yes.words, no.words),
        person=np.where(mask, yes.person, no.person),
        feminine=np.where(mask, yes.feminine, no.feminine),
        plural=np.where(mask, yes.plural, no.plural),
    )


def pronoun(draw: Draw) -> Phrase:
    """A personal pronoun; `you` and `they` have two French forms, so no score is perfect."""
    chosen = draw.index(len(PRONOUNS))
    english, french, person, feminine, plural = zip(*PRONOUNS, strict=True)
    return Phrase(
        Words(pick(english, chosen), pick(french, chosen)),
        person=np.array(person)[chosen],
        feminine=np.array(feminine)[chosen],
        plural=np.array(plural)[chosen],
    )


def noun_phrase(
    draw: Draw,
    nouns: Sequence[Noun],
    adjectives: Sequence[Adjective],
    *,
    described: float,
    determiner: Index | None = None,
    denied: Mask | None = None,
) -> Phrase:
    """A determiner, a noun and sometimes an adjective that agrees and finds its place.

    Args:
        draw: Choices; decides the number of rows.
        nouns: Nouns to draw from.
        adjectives: Adjectives to draw from.
        described: Share of phrases with an adjective.
        determiner: Place in DETERMINERS for each phrase; drawn where None.
        denied: True where the phrase is the object of a denied verb.
    """
    chosen = draw.index(len(DETERMINERS)) if determiner is None else determiner
    noun, adjective = draw.index(len(nouns)), draw.index(len(adjectives))
    plural, has_adjective = draw.chance(0.35), draw.chance(described)
    feminine = np.array([n.feminine for n in nouns])[noun]
    before = np.array([a.before_noun for a in adjectives])[adjective] & has_adjective
    denied_here = np.zeros(draw.rows, dtype=np.bool_) if denied is None else denied
    article = _determiner(
        chosen, feminine=feminine, plural=plural, denied=denied_here, before=before
    )
    agreeing = agreeing_adjective(adjectives, adjective, feminine=feminine, plural=plural)
    english = join(
        article.english,
        where(has_adjective, agreeing.english, ""),
        pick([form for n in nouns for form in n.english], 2 * noun + plural),
    )
    french = join(
        article.french,
        where(before, agreeing.french, ""),
        pick([form for n in nouns for form in n.french], 2 * noun + plural),
        where(has_adjective & ~before, agreeing.french, ""),
    )
    person = np.where(plural, 5, 2)
    return Phrase(Words(english, french), person=person, feminine=feminine, plural=plural)


def _determiner(
    chosen: Index, *, feminine: Mask, plural: Mask, denied: Mask, before: Mask
) -> Words:
    """`un` becomes `de` under a denied verb, `des` also before an adjective; `some` → `any`."""
    indefinite = chosen == A
    english = pick([form for d in DETERMINERS for form in d[:2]], 2 * chosen + plural)
    form = np.where(plural, 2, feminine.astype(np.int64))
    french = pick([form for d in DETERMINERS for form in d[2:]], 3 * chosen + form)
    return Words(
        where(indefinite & denied & plural, "any", english),
        where(indefinite & (denied | (plural & before)), "de", french),
    )


def agreeing_adjective(
    adjectives: Sequence[Adjective], index: Index, *, feminine: Mask, plural: Mask
) -> Words:
    """The adjective, in French in the form that agrees."""
    return Words(
        pick([a.english for a in adjectives], index),
        pick(
            [form for a in adjectives for form in a.french], 4 * index + 2 * plural + feminine
        ),
    )


def copular_clause(
    draw: Draw,
    subject: Phrase,
    adjectives: Sequence[Adjective],
    adjective: Index,
    *,
    denied: Mask,
    past: bool,
) -> Words:
    """`the soup was not very good`: a subject, to be, and an adjective that agrees."""
    negation, intensifier = draw.index(len(NEGATIONS)), draw.index(len(INTENSIFIERS))
    intensifier[denied & (negation > 2)] = 0
    at_all = denied & (negation < 2) & draw.chance(0.25)
    denial = where_both(denied, pick_both(NEGATIONS, negation), NOTHING)
    quality = join_both(
        denial,
        pick_both(INTENSIFIERS, intensifier),
        agreeing_adjective(
            adjectives, adjective, feminine=subject.feminine, plural=subject.plural
        ),
        where_both(at_all, Words("at all", "du tout"), NOTHING),
    )
    be, etre = pick(BE[past], subject.person), pick(ETRE[past], subject.person)
    return join_both(subject.words, Words(be, join(where(denied, "ne", ""), etre)), quality)


def transitive_clause(
    draw: Draw,
    subject: Phrase,
    thing: Phrase,
    verbs: Sequence[Verb],
    *,
    denied: Mask,
    asked: Mask,
) -> Words:
    """`she does not watch a cat`, `does she watch a cat`; `est-ce qu'elle regarde un chat`."""
    verb = draw.index(len(verbs))
    third = subject.person == 2
    plain = pick([v.english for v in verbs], verb)
    inflected = where(third, pick([v.english_third for v in verbs], verb), plain)
    do = where(third, "does", "do")
    english = join(
        where(asked, do, ""),
        subject.words.english,
        where(denied, join(do, "not"), ""),
        where(denied | asked, plain, inflected),
    )
    french = join(
        where(asked, "est-ce que", ""),
        subject.words.french,
        where(denied, "ne", ""),
        pick([form for v in verbs for form in v.french], 6 * verb + subject.person),
        where(denied, "pas", ""),
    )
    return join_both(Words(english, french), thing.words)
