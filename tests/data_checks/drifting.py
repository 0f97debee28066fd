"""Reviews for tests of drift: a champion's data on disk, and new rows drifted or not."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from configs.data import DataConfig
from configs.text import TextConfig
from corpora.columns import text_column
from corpora.grouping import as_hex, group_key, hash_of
from corpora.phrases.grammar import Draw
from corpora.phrases.reviews import GOOD, OPINIONS, POOR, reviews
from corpora.preprocess import tables_of
from corpora.rejected import SCHEMA
from corpora.rows import RawChunk
from corpora.tables import read_table
from data_checks.profile import Profile
from data_checks.profiling import profile_new, profile_training
from models.text.encoding import encode_texts
from models.text.vocabulary import Vocabulary
from training.encoding import encode

TEXT = TextConfig(min_frequency=2, max_tokens=64)
DATA = DataConfig(dataset="generated-reviews", problem="classification")


def drawn(rows: int, *, seed: int) -> pd.DataFrame:
    """Reviews that no other seed gives, nor the catalogue."""
    generator = np.random.default_rng([seed, 7_000_000])
    return reviews(Draw(rows, generator)).to_pandas()


def answers(texts: "pd.Series[str]") -> pd.DataFrame:
    """What a simple rule says of texts: counts words of praise and of blame."""
    column = pc.utf8_lower(pa.array(texts, pa.large_string()))
    good, poor = (
        pc.count_substring_regex(column, "|".join(OPINIONS[i].english for i in places))
        for places in (GOOD, POOR)
    )
    lead = np.asarray(good) - np.asarray(poor)
    surer = 1 + np.asarray(pc.utf8_length(column)) / 100
    probability = 1 / (1 + np.exp(-surer * (np.abs(lead) + 0.1)))
    predicted = np.where(lead >= 0, "positive", "negative")
    return pd.DataFrame({"predicted": predicted, "probability": probability})


@dataclass(frozen=True)
class Reference:
    """A champion's profile, and what new rows are counted with."""

    profile: Profile
    vocabulary: Vocabulary
    tables: Path
    tokens: Path
    text: TextConfig

    def counted(self, frame: pd.DataFrame, folder: Path, *, known: bool = False) -> Profile:
        """The profile of new rows, by way of the table that monitoring writes."""
        texts = text_column(frame["text"])
        encoded = encode_texts(texts, self.text, vocabulary=self.vocabulary)
        table = frame.assign(
            group=as_hex(hash_of(group_key(texts))).to_pylist(),
            tokens=encoded.tokens,
            unknown=encoded.unknown,
            known=known,
        )
        for name, column in answers(frame["text"]).items():
            if name not in table:
                table[name] = column.to_numpy()
        folder.mkdir(parents=True, exist_ok=True)
        table.to_parquet(folder / "part-00000.parquet", index=False)
        return profile_new(folder, reference=self.profile, text=self.text)


def reference(folder: Path, frame: pd.DataFrame, *, text: TextConfig = TEXT) -> Reference:
    """Split and tokenize reviews as the steps do, and profile them."""
    tables, tokens = folder / "tables", folder / "tokens"
    located = frame.assign(file="reviews", line=np.arange(1, len(frame) + 1))
    tables_of([RawChunk(located, SCHEMA.empty_table())], tables, DATA)
    tokens.mkdir()
    encode(tables, tokens, data=DATA, text=text)
    test = read_table(tables / "test")
    path = folder / "predictions.parquet"
    pd.concat([test, answers(test["text"])], axis=1).to_parquet(path, index=False)
    profile = profile_training(tables, tokens, path, problem="classification")
    vocabulary = Vocabulary.load(tokens / "vocabulary.txt")
    return Reference(profile, vocabulary, tables, tokens, text)
