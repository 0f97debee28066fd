"""The verbs of the generated corpora, in English and French."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Verb:
    """A transitive verb; French ones are regular verbs in -er, given by their stem."""

    english: str
    english_third: str
    stem: str

    @property
    def french(self) -> tuple[str, ...]:
        """Present tense of je, tu, il, nous, vous, ils."""
        return tuple(self.stem + ending for ending in ("e", "es", "e", "ons", "ez", "ent"))


VERBS: tuple[Verb, ...] = tuple(
    Verb(*line.split("/"))
    for line in (
        "watch/watches/regard",
        "look for/looks for/cherch",
        "find/finds/trouv",
        "carry/carries/port",
        "draw/draws/dessin",
        "love/loves/aim",
        "admire/admires/admir",
        "hide/hides/cach",
        "show/shows/montr",
        "close/closes/ferm",
        "visit/visits/visit",
        "wash/washes/lav",
        "touch/touches/touch",
        "leave/leaves/quitt",
        "forget/forgets/oubli",
        "repair/repairs/répar",
        "use/uses/utilis",
        "avoid/avoids/évit",
        "borrow/borrows/emprunt",
        "listen to/listens to/écout",
    )
)
