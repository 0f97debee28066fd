"""The nouns of the generated corpora, in English and French."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["film", "device", "restaurant", "thing", "person", "place"]


@dataclass(frozen=True)
class Noun:
    """A noun in both languages; French words give gender and number to what goes with them."""

    english: tuple[str, str]
    """Singular, plural."""
    french: tuple[str, str]
    """Singular, plural."""
    feminine: bool
    kind: Kind


def _nouns(kind: Kind, table: str) -> list[Noun]:
    """Read lines of `singular plural singulier pluriel m|f`."""
    rows = [line.split() for line in table.strip().splitlines()]
    return [
        Noun((one, many), (un, des), feminine=gender == "f", kind=kind)
        for one, many, un, des, gender in rows
    ]


NOUNS: tuple[Noun, ...] = (
    *_nouns(
        "film",
        """
        plot plots intrigue intrigues f
        script scripts scénario scénarios m
        ending endings fin fins f
        scene scenes scène scènes f
        actor actors acteur acteurs m
        actress actresses actrice actrices f
        dialogue dialogues dialogue dialogues m
        story stories histoire histoires f
        song songs chanson chansons f
        character characters personnage personnages m
        picture pictures image images f
        effect effects effet effets m
        director directors réalisateur réalisateurs m
        role roles rôle rôles m
        """,
    ),
    *_nouns(
        "device",
        """
        screen screens écran écrans m
        battery batteries batterie batteries f
        button buttons bouton boutons m
        camera cameras caméra caméras f
        charger chargers chargeur chargeurs m
        microphone microphones micro micros m
        keyboard keyboards clavier claviers m
        case cases étui étuis m
        cable cables câble câbles m
        headset headsets casque casques m
        manual manuals notice notices f
        lens lenses objectif objectifs m
        sensor sensors capteur capteurs m
        antenna antennas antenne antennes f
        """,
    ),
    *_nouns(
        "restaurant",
        """
        waiter waiters serveur serveurs m
        waitress waitresses serveuse serveuses f
        soup soups soupe soupes f
        salad salads salade salades f
        sauce sauces sauce sauces f
        dessert desserts dessert desserts m
        table tables table tables f
        menu menus menu menus m
        kitchen kitchens cuisine cuisines f
        wine wines vin vins m
        bill bills addition additions f
        dish dishes plat plats m
        starter starters entrée entrées f
        terrace terraces terrasse terrasses f
        """,
    ),
    *_nouns(
        "thing",
        """
        book books livre livres m
        letter letters lettre lettres f
        window windows fenêtre fenêtres f
        door doors porte portes f
        tree trees arbre arbres m
        boat boats bateau bateaux m
        coat coats manteau manteaux m
        key keys clé clés f
        lamp lamps lampe lampes f
        chair chairs chaise chaises f
        bottle bottles bouteille bouteilles f
        bird birds oiseau oiseaux m
        cat cats chat chats m
        dog dogs chien chiens m
        car cars voiture voitures f
        orange oranges orange oranges f
        flower flowers fleur fleurs f
        cake cakes gâteau gâteaux m
        """,
    ),
    *_nouns(
        "person",
        """
        boy boys garçon garçons m
        girl girls fille filles f
        brother brothers frère frères m
        sister sisters sœur sœurs f
        uncle uncles oncle oncles m
        aunt aunts tante tantes f
        king kings roi rois m
        queen queens reine reines f
        farmer farmers fermier fermiers m
        nurse nurses infirmière infirmières f
        doctor doctors médecin médecins m
        neighbour neighbours voisin voisins m
        singer singers chanteuse chanteuses f
        pupil pupils élève élèves m
        """,
    ),
    *_nouns(
        "place",
        """
        garden gardens jardin jardins m
        house houses maison maisons f
        school schools école écoles f
        church churches église églises f
        hotel hotels hôtel hôtels m
        island islands île îles f
        bridge bridges pont ponts m
        street streets rue rues f
        station stations gare gares f
        market markets marché marchés m
        river rivers rivière rivières f
        village villages village villages m
        """,
    ),
)
