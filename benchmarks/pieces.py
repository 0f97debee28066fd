"""Sentences encoded a second, by words and by pieces, beside the library's own batches."""

import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

import numpy as np
import pandas as pd
import pyarrow as pa
from tokenizers import Regex, Tokenizer
from tokenizers.models import BPE
from tokenizers.pre_tokenizers import ByteLevel, Sequence, Split

from benchmarks.record import write_page
from configs.data import SPLITS, DataConfig
from configs.settings import Settings
from configs.text import TextConfig
from corpora.download import fetch
from corpora.preprocess import build_tables
from corpora.tables import read_table
from models.text.encoding import encode_texts, normalised
from models.text.tokenizers import as_text_column
from models.text.vocabulary import Vocabulary
from training.encoding import encode

DATA = DataConfig(dataset="tatoeba-fra", problem="translation")
WORDS = TextConfig(lowercase=False)
PIECES = TextConfig(lowercase=False, tokenizer="bpe", max_vocabulary=8_000)
TIMES = 5


def main() -> None:
    """Time the step on all pairs and the encoding of the French side, and write the page."""
    settings = Settings.from_environment()
    with TemporaryDirectory() as place:
        raw, tables = Path(place) / "raw", Path(place) / "tables"
        raw.mkdir()
        fetch(DATA, raw, cache=settings.home / "raw", mirror=settings.mirror)
        build_tables(raw, tables, DATA)
        french = as_text_column(
            pd.concat([read_table(tables / split, ["target"]) for split in SPLITS])["target"]
        )
        rows = list(_rows(tables, Path(place), french))
    page = write_page(
        "pieces",
        "Encoding Tatoeba's English-French pairs",
        head=("what", "sentences", "seconds, median", "sentences/s", "tokens"),
        rows=rows,
        notes="The step learns both vocabularies from the training split, encodes both sides "
        "of all splits and writes ids and counts. Pieces: 8,000 a side. The library looks at "
        "every word of every sentence, on all cores it may use; its ids and ours are the same.",
    )
    print(page.read_text(encoding="utf-8"))


def _rows(tables: Path, place: Path, french: pa.Array) -> Iterator[tuple[str, ...]]:
    for name, text in (("words", WORDS), ("pieces", PIECES)):
        tokens = place / name

        def step(tokens: Path = tokens, text: TextConfig = text) -> int:
            tokens.mkdir(exist_ok=True)
            facts = encode(tables, tokens, data=DATA, text=text)
            return sum(cast(dict[str, int], facts["tokens"]).values())

        yield _timed(f"the step, {name}", 2 * len(french), step)
        known = Vocabulary.load(tokens / "target_vocabulary.txt")
        yield _timed(
            f"French side to {name}",
            len(french),
            lambda text=text, known=known: len(
                encode_texts(french, text, vocabulary=known, written=True).ids
            ),
        )
    yield _timed(
        "French side by `encode_batch_fast`", len(french), _by_the_library(french, known)
    )


def _by_the_library(french: pa.Array, known: Vocabulary) -> Callable[[], int]:
    """The library's own way from normalised sentences to the same ids."""
    tokenizer = Tokenizer(
        BPE({piece: i for i, piece in enumerate(known.words)}, list(known.merges))
    )
    words = r" ?\p{N}| ?[^\p{L}\p{M}\p{N} ][^\p{L}\p{N} ]*| ?[\p{L}\p{M}]+"
    tokenizer.pre_tokenizer = Sequence(
        [Split(Regex(words), "isolated"), ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    sentences = [f" {text}" for text in normalised(french, PIECES).to_pylist()]

    def library() -> int:
        encodings = tokenizer.encode_batch_fast(sentences, add_special_tokens=False)
        ids = np.concatenate([encoding.ids for encoding in encodings])
        found.append(ids)
        return len(ids)

    found: list[np.ndarray] = []
    library()
    ours = encode_texts(french, PIECES, vocabulary=known)
    if not np.array_equal(found.pop(), ours.ids):
        raise RuntimeError("the library's ids and ours differ: its time says nothing")
    return library


def _timed(what: str, sentences: int, work: Callable[[], int]) -> tuple[str, ...]:
    seconds = []
    for _ in range(TIMES):
        began = time.perf_counter()
        tokens = work()
        seconds.append(time.perf_counter() - began)
    median = statistics.median(seconds)
    return (
        what,
        f"{sentences:,}",
        f"{median:.2f}",
        f"{sentences / median:,.0f}",
        f"{tokens:,}",
    )


if __name__ == "__main__":
    main()
