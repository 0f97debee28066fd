"""Posts on six topics: a topic shows in the weight of many words, rarely in one of them.

A post has one to three sentences on its topic, often one on another topic, and small talk that
says nothing; and the most frequent words of each topic are also those of another. So a post's
class is that which most of its words speak for, and some posts cannot be told.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from corpora.phrases.grammar import Draw, Index, join, pick, where
from corpora.phrases.spelling import english_spelling, sentence


@dataclass(frozen=True)
class Topic:
    """The words of a topic, those it shares with others first: they are the most frequent.

    Attributes:
        nouns: Sixteen.
        verbs: Eight, in the past.
        adjectives: Six.
    """

    name: str
    nouns: tuple[str, ...]
    verbs: tuple[str, ...]
    adjectives: tuple[str, ...]


def _topic(name: str, nouns: str, verbs: str, adjectives: str) -> Topic:
    return Topic(name, tuple(nouns.split()), tuple(verbs.split()), tuple(adjectives.split()))


TOPICS = (
    _topic(
        "cooking",
        "scale stock season root knife oven pan butter sauce onion flour recipe dough pepper "
        "garlic stew",
        "mixed watched tried tasted baked peeled salted roasted",
        "fresh sharp light salty crisp tender",
    ),
    _topic(
        "cycling",
        "frame chain wheel light saddle brake pedal tyre helmet pump spoke gear hill valve "
        "handlebar puncture",
        "turned raised tried cleaned rode oiled pedalled mended",
        "flat light steep rusty tight wobbly",
    ),
    _topic(
        "gardening",
        "root stock season bed frame leaf rose spade soil seed hedge lawn compost tulip weed "
        "greenhouse",
        "turned raised watched cleaned planted watered pruned dug",
        "fresh flat early muddy wild thorny",
    ),
    _topic(
        "music",
        "scale key bow bridge chord string drum tune concert violin song rhythm choir piano "
        "melody organ",
        "mixed tried turned played practised sang recorded tuned",
        "sharp flat early loud slow solemn",
    ),
    _topic(
        "sailing",
        "bow chain wheel bridge mast anchor sail tide harbour rope keel deck wind rudder crew "
        "buoy",
        "raised watched cleaned steered moored hoisted anchored reefed",
        "light tight steep calm leaky coastal",
    ),
    _topic(
        "stars",
        "light scale tube key planet comet lens orbit telescope moon galaxy eclipse mirror "
        "nebula meteor crater",
        "watched tried mixed observed measured focused photographed charted",
        "early sharp calm bright faint distant",
    ),
)
"""The classes, by name."""
_NOUNS_EACH, _VERBS_EACH, _ADJECTIVES_EACH = 16, 8, 6
_NOUNS = [word for topic in TOPICS for word in topic.nouns]
_VERBS = [word for topic in TOPICS for word in topic.verbs]
_ADJECTIVES = [word for topic in TOPICS for word in topic.adjectives]

DIGRESSING = 0.5
"""Share of posts with a sentence on another topic."""
SENTENCES = (0.3, 0.4, 0.3)
"""Shares of posts with one, two and three sentences on their topic."""
ASKED = ("Does anyone here know", "Where can I buy", "I am looking for", "Do you still have")
WHEN = ("", "", "last week", "on Sunday", "for the first time", "with my sister", "in May")
JUDGED = ("was better than", "does not go with", "costs more than", "stands beside", "is near")
TALK = (
    "Thanks for any help",
    "I have asked this before",
    "It was a long day",
    "My brother thinks so too",
    "Sorry if this is the wrong place",
    "I read every answer",
    "This may sound odd",
    "It took all afternoon",
    "Please write to me",
    "Nobody could tell me",
    "I am new here",
    "That is all I know",
)


def topic_posts(draw: Draw) -> pa.Table:
    """A table of texts and labels, the name of a topic, as many as the draw has rows."""
    own = draw.index(len(TOPICS))
    other = (own + 1 + draw.index(len(TOPICS) - 1)) % len(TOPICS)
    count = draw.generator.choice(3, size=draw.rows, p=SENTENCES)
    parts = [
        where(draw.chance(0.5), _sentence(draw.word(TALK)), ""),
        _said(draw, own),
        where(count > 0, _said(draw, own), ""),
        where(count > 1, _said(draw, own), ""),
        where(draw.chance(DIGRESSING), _said(draw, other), ""),
        where(draw.chance(0.5), _sentence(draw.word(TALK)), ""),
    ]
    orders = [join(*parts[turn:], *parts[:turn]) for turn in range(len(parts))]
    text = pc.choose(pa.array(draw.index(len(orders))), *orders)
    label = pick([topic.name for topic in TOPICS], own)
    return pa.table({"text": english_spelling(text).cast(pa.large_string()), "label": label})


def _said(draw: Draw, topic: Index) -> pa.Array:
    """A sentence on the topic of each row, in one of four forms."""
    forms = [_sentence(form(draw, topic), end) for form, end in FORMS]
    return pc.choose(pa.array(draw.index(len(forms))), *forms)


def _done(draw: Draw, topic: Index) -> pa.Array:
    """Like `I oiled the rusty chain on Sunday`."""
    verb = pick(_VERBS, topic * _VERBS_EACH + draw.rare_index(_VERBS_EACH))
    noun, _ = _two_nouns(draw, topic)
    adjective = where(draw.chance(0.5), _adjective(draw, topic), "")
    return join("I", verb, "the", adjective, noun, draw.word(WHEN))


def _asked(draw: Draw, topic: Index) -> pa.Array:
    """Like `Where can I buy a mirror for my telescope`."""
    wanted, mine = _two_nouns(draw, topic)
    return join(draw.word(ASKED), "a", wanted, "for my", mine)


def _judged(draw: Draw, topic: Index) -> pa.Array:
    """Like `The oven stands beside the crisp dough`."""
    first, second = _two_nouns(draw, topic)
    adjective = where(draw.chance(0.5), _adjective(draw, topic), "")
    return join("The", first, draw.word(JUDGED), "the", adjective, second)


def _told(draw: Draw, topic: Index) -> pa.Array:
    """Like `They said that the tide is calm`."""
    noun, _ = _two_nouns(draw, topic)
    return join("They said that the", noun, "is", _adjective(draw, topic))


def _two_nouns(draw: Draw, topic: Index) -> tuple[pa.Array, pa.Array]:
    """Two different nouns of the topic, the first often one that it shares."""
    first = draw.rare_index(_NOUNS_EACH)
    second = (first + 1 + draw.index(_NOUNS_EACH - 1)) % _NOUNS_EACH
    start = topic * _NOUNS_EACH
    return pick(_NOUNS, start + first), pick(_NOUNS, start + second)


def _adjective(draw: Draw, topic: Index) -> pa.Array:
    return pick(_ADJECTIVES, topic * _ADJECTIVES_EACH + draw.rare_index(_ADJECTIVES_EACH))


def _sentence(column: pa.Array, end: str = ".") -> pa.Array:
    return sentence(english_spelling(column), end)


FORMS: tuple[tuple[Callable[[Draw, Index], pa.Array], str], ...] = (
    (_done, "."),
    (_asked, "?"),
    (_judged, "."),
    (_told, "."),
)
"""Every form of a sentence on a topic, with the sign at its end."""
