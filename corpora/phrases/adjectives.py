"""The adjectives of the generated corpora, in English and French, with their polarity."""

from dataclasses import dataclass
from typing import Literal

Polarity = Literal[-1, 0, 1]


@dataclass(frozen=True)
class Adjective:
    """An adjective with its four French forms and its place beside a French noun."""

    english: str
    french: tuple[str, str, str, str]
    """Masculine singular, feminine singular, masculine plural, feminine plural."""
    polarity: Polarity
    before_noun: bool


def _adjectives(
    polarity: Polarity, table: str, *, before_noun: bool = False
) -> list[Adjective]:
    """Read lines of `english masculine [feminine]`; regular forms are derived."""
    result = []
    for line in table.strip().splitlines():
        english, masculine, *irregular = line.split()
        feminine = irregular[0] if irregular else _feminine(masculine)
        forms = (masculine, feminine, _plural(masculine), feminine + "s")
        result.append(Adjective(english, forms, polarity, before_noun))
    return result


def _feminine(masculine: str) -> str:
    if masculine.endswith("eux"):
        return masculine[:-1] + "se"
    return masculine if masculine.endswith("e") else masculine + "e"


def _plural(masculine: str) -> str:
    if masculine.endswith(("s", "x")):
        return masculine
    return masculine + ("x" if masculine.endswith("eau") else "s")


ADJECTIVES: tuple[Adjective, ...] = (
    *_adjectives(
        1,
        """
        superb superbe
        excellent excellent
        charming charmant
        brilliant brillant
        delightful ravissant
        splendid splendide
        remarkable remarquable
        pleasant agréable
        impressive impressionnant
        wonderful merveilleux
        magnificent magnifique
        perfect parfait
        solid solide
        elegant élégant
        fresh frais fraîche
        clever astucieux
        touching touchant
        amusing amusant
        gorgeous somptueux
        reliable fiable
        memorable mémorable
        flawless impeccable
        exciting passionnant
        generous généreux
        warm chaleureux
        fascinating fascinant
        convincing convaincant
        astonishing étonnant
        """,
    ),
    *_adjectives(1, "good bon bonne\nlovely joli", before_noun=True),
    *_adjectives(
        -1,
        """
        dull ennuyeux
        terrible terrible
        awful affreux
        weak faible
        disappointing décevant
        horrible horrible
        mediocre médiocre
        clumsy maladroit
        boring lassant
        ugly laid
        noisy bruyant
        bland fade
        slow lent
        predictable prévisible
        ridiculous ridicule
        annoying agaçant
        dreadful épouvantable
        painful pénible
        worthless nul nulle
        shoddy bâclé
        unpleasant désagréable
        sloppy négligé
        lousy minable
        tedious fastidieux
        confusing déroutant
        irritating irritant
        fragile fragile
        vulgar vulgaire
        absurd absurde
        """,
    ),
    *_adjectives(-1, "bad mauvais", before_noun=True),
    *_adjectives(
        0,
        """
        red rouge
        green vert
        black noir
        white blanc blanche
        ancient ancien ancienne
        heavy lourd
        round rond
        empty vide
        strange étrange
        quiet calme
        famous célèbre
        rich riche
        """,
    ),
    *_adjectives(
        0,
        """
        big grand
        small petit
        new nouveau nouvelle
        beautiful beau belle
        young jeune
        fat gros grosse
        """,
        before_noun=True,
    ),
)
