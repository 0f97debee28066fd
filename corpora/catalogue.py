"""The datasets that go by name: where they lie, what they hold, and how they are read."""

from difflib import get_close_matches

from corpora.entries import Dataset, Layout, Member, RemoteFile
from storage.errors import InputError

_SENTIMENT_MEMBERS = (
    Member(
        "amazon_cells_labelled.txt",
        "47003fc0a0d4840b00e96e715b6189bad09e7443a3da41c4cbe12ffc79f86ae3",
    ),
    Member(
        "imdb_labelled.txt",
        "aef2e49e3da25714d61175e3a6e68eeef74a20a2f914318dc3be9947ea86512d",
    ),
    Member(
        "yelp_labelled.txt",
        "c76468b7b5c6e56a0804d728345c5f84aa2142ddb214420f61cc9cfd4c00d2ea",
    ),
)

_REUTERS_TOPICS = """
acq alum bop carcass cocoa coffee copper cotton cpi crude earn fuel gas gnp gold grain
heat housing income instal-debt interest ipi iron-steel jobs lead lei livestock lumber
meal-feed money-fx money-supply nat-gas oilseed orange pet-chem reserves retail rubber
ship strategic-metal sugar tin trade veg-oil wpi zinc
""".split()  # noqa: SIM905 - 46 lines otherwise
"""The 46 topics with most documents of one topic alone."""

_DATASETS = (
    Dataset(
        name="sentiment-sentences",
        problem="classification",
        title="Sentiment Labelled Sentences: 3,000 sentences of product, film and food reviews",
        licence="CC BY 4.0",
        citation="Kotzias et al., From Group to Individual Labels using Deep Features, 2015",
        layout=Layout(
            reader="delimited",
            columns=("text", "label"),
            labels=(("0", "negative"), ("1", "positive")),
        ),
        files=(
            RemoteFile(
                name="sentiment labelled sentences.zip",
                url="https://archive.ics.uci.edu/static/public/331/sentiment+labelled+sentences.zip",
                bytes=84_188,
                members=_SENTIMENT_MEMBERS,
            ),
        ),
    ),
    Dataset(
        name="tatoeba-fra",
        problem="translation",
        title="Tatoeba: English sentences and their French translations",
        licence="CC BY 2.0",
        citation="www.manythings.org/anki and tatoeba.org",
        layout=Layout(reader="delimited", columns=("source", "target"), further_fields=1),
        files=(
            RemoteFile(
                name="fra-eng.zip",
                url="https://www.manythings.org/anki/fra-eng.zip",
                bytes=8_000_000,
                members=(Member("fra.txt"),),
            ),
        ),
        changes_over_time=True,
    ),
    Dataset(
        name="treebank",
        problem="tagging",
        title="Penn Treebank sample: 3,914 sentences of the Wall Street Journal",
        licence="for non-commercial use only",
        citation="Marcus et al., Building a Large Annotated Corpus of English, 1993",
        layout=Layout(reader="trees", columns=("tokens", "tags")),
        files=(
            RemoteFile(
                name="treebank.zip",
                url="https://raw.githubusercontent.com/nltk/nltk_data/gh-pages/packages/corpora/treebank.zip",
                bytes=1_740_034,
                sha256="9da92d76c3666cfb6cddeaed0f7e86b344cce0f0928a286d439e555f19c37399",
                pattern="treebank/combined/*.mrg",
            ),
        ),
    ),
    Dataset(
        name="ud-english-ewt",
        problem="tagging",
        title="Universal Dependencies, English Web Treebank: 16,622 sentences",
        licence="CC BY-SA 4.0",
        citation="Silveira et al., A Gold Standard Dependency Corpus for English, 2014",
        layout=Layout(reader="conllu", columns=("tokens", "tags")),
        files=tuple(
            RemoteFile(
                name=f"en_ewt-ud-{part}.conllu.gz",
                url=f"https://raw.githubusercontent.com/UniversalDependencies/UD_English-EWT/master/en_ewt-ud-{part}.conllu",
                bytes=size,
            )
            for part, size in (("train", 2_605_912), ("dev", 333_837), ("test", 330_912))
        ),
        published=(
            ("train", "en_ewt-ud-train.conllu.gz"),
            ("validation", "en_ewt-ud-dev.conllu.gz"),
            ("test", "en_ewt-ud-test.conllu.gz"),
        ),
        changes_over_time=True,
    ),
    Dataset(
        name="gutenberg-alice",
        problem="language_modelling",
        title="Two novels of Lewis Carroll: Alice in Wonderland, Through the Looking-Glass",
        licence="public domain in the USA",
        citation="Project Gutenberg, ebooks 28885 and 12",
        layout=Layout(reader="text", columns=("text",)),
        files=(
            RemoteFile(
                name="pg28885.txt.gz",
                url="https://www.gutenberg.org/cache/epub/28885/pg28885.txt",
                bytes=177_460,
            ),
            RemoteFile(
                name="12-0.txt",
                url="https://www.gutenberg.org/files/12/12-0.txt",
                bytes=176_840,
            ),
        ),
        changes_over_time=True,
    ),
    Dataset(
        name="20newsgroups",
        problem="classification",
        title="20 Newsgroups, sorted by date: 18,846 posts of 20 groups",
        licence="none named; for research",
        citation="Lang, NewsWeeder: Learning to Filter Netnews, 1995",
        layout=Layout(reader="documents", columns=("text", "label")),
        files=(
            RemoteFile(
                name="20news-bydate.tar.gz",
                url="http://qwone.com/~jason/20Newsgroups/20news-bydate.tar.gz",
                bytes=14_464_277,
                pattern="20news-bydate-*/*/*",
            ),
        ),
        published=(("train", "20news-bydate-train/*"), ("test", "20news-bydate-test/*")),
        changes_over_time=True,
    ),
    Dataset(
        name="reuters",
        problem="classification",
        title="Reuters-21578: news of 1987 of one topic each, the 46 with most, ModApte split",
        licence="for research only",
        citation="Lewis, Reuters-21578 text categorization test collection, 1997",
        layout=Layout(
            reader="reuters", columns=("text", "label"), classes=tuple(_REUTERS_TOPICS)
        ),
        files=(
            RemoteFile(
                name="reuters21578.tar.gz",
                url="https://archive.ics.uci.edu/ml/machine-learning-databases/reuters21578-mld/reuters21578.tar.gz",
                bytes=8_150_596,
                pattern="reut2-*.sgm",
            ),
        ),
        published=(("train", "train/*"), ("test", "test/*")),
        changes_over_time=True,
    ),
    Dataset(
        name="generated-reviews",
        problem="classification",
        title="Generated reviews with negation, intensifiers and mixed clauses",
        licence="Apache-2.0",
        citation="made by corpora.synthetic",
        layout=Layout(reader="generated", columns=("text", "label")),
        generator="generated-reviews",
    ),
    Dataset(
        name="generated-topics",
        problem="classification",
        title="Generated posts on six topics that share their most frequent words",
        licence="Apache-2.0",
        citation="made by corpora.synthetic",
        layout=Layout(reader="generated", columns=("text", "label")),
        generator="generated-topics",
        generated_rows=8_000,
    ),
    Dataset(
        name="generated-pairs",
        problem="translation",
        title="Generated sentence pairs with agreement and word order",
        licence="Apache-2.0",
        citation="made by corpora.synthetic",
        layout=Layout(reader="generated", columns=("source", "target")),
        generator="generated-pairs",
    ),
    Dataset(
        name="generated-tags",
        problem="tagging",
        title="Generated sentences whose words are noun here and verb there",
        licence="Apache-2.0",
        citation="made by corpora.synthetic",
        layout=Layout(reader="generated", columns=("tokens", "tags")),
        generator="generated-tags",
        generated_rows=4_000,
    ),
    Dataset(
        name="generated-text",
        problem="language_modelling",
        title="Generated reviews one after the other, as running text",
        licence="Apache-2.0",
        citation="made by corpora.synthetic",
        layout=Layout(reader="generated", columns=("text",)),
        generator="generated-text",
        generated_rows=600,
    ),
    Dataset(
        name="generated-events",
        problem="events",
        title="Generated histories of machines, decided by order or by time",
        licence="Apache-2.0",
        citation="made by corpora.synthetic",
        layout=Layout(reader="generated", columns=("case", "events", "gaps", "label")),
        generator="generated-events",
        generated_rows=8_000,
    ),
)


def datasets() -> tuple[Dataset, ...]:
    """All entries, in the order they are shown."""
    return _DATASETS


def dataset(name: str) -> Dataset:
    """The entry of that name.

    Raises:
        InputError: If there is none; the message holds the nearest name.
    """
    entries = {entry.name: entry for entry in _DATASETS}
    if name not in entries:
        near = get_close_matches(name, entries, n=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise InputError(
            f"there is no dataset {name!r} in the catalogue; {hint}it holds "
            f"{', '.join(entries)}; for a file of your own use --data"
        )
    return entries[name]
