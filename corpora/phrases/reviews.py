"""Reviews with a known polarity that sits in word order and scope rather than in single words.

Each form below takes the polarity that its text must have, so the label is known by
construction; which form a row takes says nothing about its label.
"""

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from corpora.phrases.adjectives import ADJECTIVES
from corpora.phrases.grammar import (
    INTENSIFIERS,
    THE,
    Draw,
    Index,
    Mask,
    copular_clause,
    either,
    join,
    noun_phrase,
    pick,
    where,
)
from corpora.phrases.nouns import NOUNS
from corpora.phrases.spelling import english_spelling, sentence

LABEL_NOISE = 0.04
"""Share of labels flipped whatever the text says; nothing can score above 1 minus this."""

OPINIONS = [a for a in ADJECTIVES if a.polarity]
GOOD = np.array([i for i, a in enumerate(OPINIONS) if a.polarity > 0])
POOR = np.array([i for i, a in enumerate(OPINIONS) if a.polarity < 0])
ASPECTS = [[n for n in NOUNS if n.kind == kind] for kind in ("film", "device", "restaurant")]
THINGS = ("film", "phone", "restaurant", "evening", "choice", "surprise", "experience", "idea")
TAILS = (
    "",
    "",
    "",
    "for the price",
    "from the first day",
    "in the second half",
    "most of the time",
    "on the whole",
    "if you ask me",
    "by any standard",
)
OPENERS = (
    "I bought the {} in May",
    "We tried the {} last week",
    "The {} was a present",
    "I had read about the {}",
    "This is my second {}",
    "We compared it with the {}",
)
SPEAKERS = ("My brother", "Everyone", "The seller", "A friend of mine", "The newspaper")
AGREEMENT = ("and that is true", "and they are right", "and I can only agree", "and so it is")
DISSENT = (
    "but that is not true",
    "but they are wrong",
    "but I cannot agree",
    "but it is not so",
)
PRAISE = (
    "I would buy it again",
    "Well worth the money",
    "I recommend it to everyone",
    "Five stars from me",
    "We had a great time",
    "It made my day",
)
REGRET = (
    "I want my money back",
    "A waste of time",
    "I warn everyone",
    "One star from me",
    "We left early",
    "It ruined my day",
)


def reviews(draw: Draw) -> pa.Table:
    """A table of texts and labels, `positive` or `negative`, as many as the draw has rows."""
    counts = draw.generator.multinomial(draw.rows, [share for _, share in FORMS])
    texts, polarities = [], []
    for (form, _), count in zip(FORMS, counts, strict=True):
        part = Draw(int(count), draw.generator)
        positive = part.chance(0.5)
        texts.append(english_spelling(form(part, positive)))
        polarities.append(positive)
    order = draw.generator.permutation(draw.rows)
    text = pa.concat_arrays(texts).take(pa.array(order))
    label = np.concatenate(polarities)[order] ^ draw.chance(LABEL_NOISE)
    return pa.table({"text": text, "label": where(label, "positive", "negative")})


def _plain(draw: Draw, positive: Mask) -> pa.Array:
    """Like `I bought the Belora in May. The screen was superb. Five stars from me`."""
    verdict = where(positive, draw.word(PRAISE), draw.word(REGRET))
    said = where(draw.chance(0.7), _sentence(verdict), "")
    return join(_opener(draw), _sentence(_clause(draw, positive, denial=0.25)), said)


def _denied(draw: Draw, positive: Mask) -> pa.Array:
    """Like `The plot was not in any way dull`."""
    return join(_opener(draw), _sentence(_clause(draw, positive, denial=0.75)))


def _fragment(draw: Draw, positive: Mask) -> pa.Array:
    """Like `Not bad at all`, `A superb evening`, `By no means a bad choice`."""
    denied = draw.chance(0.5)
    adjective = pick([a.english for a in OPINIONS], _opinion(draw, positive ^ denied))
    denial = where(denied, draw.word(("not", "by no means", "never", "not in any way")), "")
    alone = join(denial, draw.word([i[0] for i in INTENSIFIERS]), adjective)
    named = join(denial, "a", adjective, draw.word(THINGS))
    at_all = where(denied & draw.chance(0.4), "at all", "")
    return _sentence(join(where(draw.chance(0.5), alone, named), at_all))


def _contrast(draw: Draw, positive: Mask) -> pa.Array:
    """Two opposed clauses; the main clause decides, wherever it stands."""
    domain = draw.index(len(ASPECTS))
    main = _clause(draw, positive, denial=0.3, domain=domain)
    side = _clause(draw, ~positive, denial=0.3, domain=domain)
    orders = [
        join(side, "but", main),
        join("although", side, ",", main),
        join(main, "although", side),
        join(main, ", even if", side),
        join("even if", side, ",", main),
        join(side, ", and yet", main),
    ]
    return join(_opener(draw), _sentence(pc.choose(pa.array(draw.index(len(orders))), *orders)))


def _hearsay(draw: Draw, positive: Mask) -> pa.Array:
    """What others say, confirmed or contradicted by the writer."""
    agrees = draw.chance(0.5)
    claim = _clause(draw, positive == agrees, denial=0.2)
    reply = where(agrees, draw.word(AGREEMENT), draw.word(DISSENT))
    return _sentence(join(draw.word(SPEAKERS), "told me that", claim, ",", reply))


def _hope(draw: Draw, positive: Mask) -> pa.Array:
    """Like `I expected a dull evening and got a superb one`."""
    good, poor = (
        pick([a.english for a in OPINIONS], _opinion(draw, polarity))
        for polarity in (positive, ~positive)
    )
    expected = draw.word(("expected a", "was promised a", "had been told of a"))
    received = draw.word(("got a", "found a", "had a"))
    thing = draw.word(THINGS)
    first = join("I", expected, poor, thing, "and", received, good, "one")
    second = join("I", received, good, thing, "where I", expected, poor, "one")
    return _sentence(where(draw.chance(0.5), first, second))


def _clause(
    draw: Draw, positive: Mask, *, denial: float, domain: Index | None = None
) -> pa.Array:
    """`the screen was not very dull for the price`, with the polarity asked for."""
    denied = draw.chance(denial)
    the = np.full(draw.rows, THE)
    chosen = draw.index(len(ASPECTS)) if domain is None else domain
    subjects = [
        noun_phrase(draw, aspects, OPINIONS, described=0.0, determiner=the)
        for aspects in ASPECTS
    ]
    subject = either(chosen == 0, subjects[0], either(chosen == 1, subjects[1], subjects[2]))
    clause = copular_clause(
        draw, subject, OPINIONS, _opinion(draw, positive ^ denied), denied=denied, past=True
    )
    return join(clause.english, draw.word(TAILS))


def _opinion(draw: Draw, positive: Mask) -> Index:
    """An adjective of the polarity, as its place in OPINIONS."""
    good, poor = GOOD[draw.index(len(GOOD))], POOR[draw.index(len(POOR))]
    return np.where(positive, good, poor)


def _opener(draw: Draw) -> pa.Array:
    """In a third of the rows, a sentence without opinion that names an invented brand."""
    before, after = zip(*(opener.split("{}") for opener in OPENERS), strict=True)
    chosen = draw.index(len(OPENERS))
    name = pc.binary_join_element_wise(
        pick(before, chosen), _brand(draw), pick(after, chosen), ""
    )
    return where(draw.chance(0.35), _sentence(name), "")


def _brand(draw: Draw) -> pa.Array:
    """An invented name; most are rare, so some of a test set's words are unknown."""
    syllables = ("Be", "Kan", "Lo", "Mi", "Ta", "Ru", "Sol", "Ve", "Nor", "Zi", "Pa", "Du")
    ends = ("ra", "tis", "nex", "don", "lia", "mo", "vex", "ster", "quo", "fin", "pel", "gor")
    index = draw.rare_index(len(syllables) ** 2 * len(ends))
    first, rest = np.divmod(index, len(syllables) * len(ends))
    second, last = np.divmod(rest, len(ends))
    middle = pc.utf8_lower(pick(syllables, second))
    return pc.binary_join_element_wise(pick(syllables, first), middle, pick(ends, last), "")


def _sentence(column: pa.Array) -> pa.Array:
    return sentence(english_spelling(column), ".")


FORMS: tuple[tuple[Callable[[Draw, Mask], pa.Array], float], ...] = (
    (_plain, 0.48),
    (_denied, 0.08),
    (_fragment, 0.10),
    (_contrast, 0.18),
    (_hearsay, 0.09),
    (_hope, 0.07),
)
"""Every form with its share of the rows."""
