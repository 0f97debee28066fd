"""Small trainings on made-up token ids: seconds long, with every part of the real ones."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from configs.data import DataConfig
from configs.networks import (
    EventClassifierConfig,
    GRUEncoderDecoderConfig,
    RecurrentClassifierConfig,
    RecurrentLanguageModelConfig,
    RecurrentTaggerConfig,
)
from configs.text import TextConfig
from configs.training import DecodingConfig, TrainingConfig
from corpora.tables import write_parts
from models.text.vocabulary import SPECIALS, Vocabulary
from storage.files import write_json
from training.device import ResolvedDevice
from training.encoding import encode
from training.job import TrainingJob

ONE_THREAD = ResolvedDevice("cpu", "float32", 1)
ROWS = {"train": 48, "validation": 20, "test": 20}
BATCH_SIZE = 8
BATCHES_PER_EPOCH = 6
LETTERS = TextConfig(tokenizer="characters", lowercase=False, max_tokens=100_000)
WORDS = [f"word{number}" for number in range(30)]
_FIRST_WORD = len(SPECIALS)


def classification_job(**training: object) -> TrainingJob:
    """Three epochs of a tiny BiLSTM with every kind of randomness on."""
    return TrainingJob(
        problem="classification",
        text=TextConfig(),
        network=RecurrentClassifierConfig(
            embedding_dim=6,
            hidden_dim=5,
            dense_dim=4,
            dropout=0.3,
            word_dropout=0.1,
            ngram_buckets=64,
            ngram_dropout=0.3,
            start="naive_bayes",
        ),
        training=_training(**training),
        decoding=DecodingConfig(),
    )


SEQUENCES = TextConfig(tokenizer="given", lowercase=False, max_tokens=8, keep="end")


def event_job(*, auxiliary_weight: float = 0.2, **training: object) -> TrainingJob:
    """Three epochs of a tiny LSTM over events and gaps, with both outputs."""
    return TrainingJob(
        problem="events",
        text=SEQUENCES,
        network=EventClassifierConfig(
            embedding_dim=6,
            hidden_dim=8,
            dense_dim=6,
            dropout=0.1,
            auxiliary_weight=auxiliary_weight,
        ),
        training=_training(**training),
        decoding=DecodingConfig(),
    )


def tagging_job(**training: object) -> TrainingJob:
    """Three epochs of a tiny tagger that reads spellings and scores tags together."""
    return TrainingJob(
        problem="tagging",
        text=TextConfig(tokenizer="given"),
        network=RecurrentTaggerConfig(
            embedding_dim=6,
            character_dim=3,
            spelling_dim=4,
            hidden_dim=5,
            dropout=0.3,
            embedding_dropout=0.2,
            word_dropout=0.1,
        ),
        training=_training(**training),
        decoding=DecodingConfig(),
    )


def language_job(**training: object) -> TrainingJob:
    """Three epochs of a tiny GRU over characters, with its dropouts on."""
    return TrainingJob(
        problem="language_modelling",
        text=LETTERS,
        network=RecurrentLanguageModelConfig(
            embedding_dim=6, hidden_dim=8, dropout=0.1, recurrent_dropout=0.1
        ),
        training=_training(**{"batch_size": 4, "chunk_tokens": 20, **training}),
        decoding=DecodingConfig(prompt="wo", max_tokens=12),
    )


def translation_job(**training: object) -> TrainingJob:
    """Three epochs of a tiny encoder-decoder."""
    return TrainingJob(
        problem="translation",
        text=TextConfig(),
        network=GRUEncoderDecoderConfig(embedding_dim=6, hidden_dim=8, dropout=0.1),
        training=_training(**training),
        decoding=DecodingConfig(max_tokens=12),
    )


def _training(**settings: object) -> TrainingConfig:
    defaults = {"epochs": 3, "batch_size": BATCH_SIZE, "learning_rate": 0.01, "average": 0.5}
    return TrainingConfig.model_validate(defaults | settings)


def write_classification_tokens(folder: Path) -> Path:
    """Texts whose label says whether the first word comes early in the vocabulary."""
    Vocabulary(SPECIALS + tuple(WORDS)).save(folder / "vocabulary.txt")
    write_json(folder / "labels.json", ["early", "late"])
    for split, lists in _texts_of_splits():
        write_column(folder / split, lists)
        late = np.array([ids[0] >= _FIRST_WORD + len(WORDS) // 2 for ids in lists])
        np.save(folder / split / "labels.npy", late.astype(np.int64))
    return folder


def write_translation_tokens(folder: Path) -> Path:
    """Pairs whose target is the source backwards."""
    for side in ("source", "target"):
        Vocabulary(SPECIALS + tuple(WORDS)).save(folder / f"{side}_vocabulary.txt")
    for split, lists in _texts_of_splits():
        write_column(folder / split, lists, prefix="source_")
        write_column(folder / split, [ids[::-1] for ids in lists], prefix="target_")
    return folder


def write_events_tokens(folder: Path) -> Path:
    """Sequences that are slow, for one of their gaps is long, or quick."""
    random, start = np.random.default_rng(2), 100
    for split, lists in _texts_of_splits():
        rows = range(start, start + len(lists))
        start += len(lists)
        gaps = [[0.1] * len(ids) for ids in lists]
        for row in gaps[::2]:
            row[random.integers(len(row))] = 40.0
        frame = pd.DataFrame(
            {
                "id": rows,
                "group": [f"{row:016x}" for row in rows],
                "case": [str(row) for row in rows],
                "events": [" ".join(WORDS[n - _FIRST_WORD] for n in ids) for ids in lists],
                "gaps": [" ".join(map(str, each)) for each in gaps],
                "label": ["slow" if sum(each) > 30 else "quick" for each in gaps],
            }
        )
        write_parts(folder / "tables" / split, [frame])
    data = DataConfig(dataset="small", problem="events")
    encode(folder / "tables", folder, data=data, text=SEQUENCES)
    return folder


def write_tagging_tokens(folder: Path) -> Path:
    """Sentences whose tags say whether a word comes early in the vocabulary."""
    start, half = 100, _FIRST_WORD + len(WORDS) // 2
    for split, lists in _texts_of_splits():
        rows = range(start, start + len(lists))
        start += len(lists)
        words = [[WORDS[number - _FIRST_WORD] for number in ids] for ids in lists]
        tags = [["late" if number >= half else "early" for number in ids] for ids in lists]
        frame = pd.DataFrame(
            {
                "id": rows,
                "group": [f"{row:016x}" for row in rows],
                "tokens": [" ".join(each) for each in words],
                "tags": [" ".join(each) for each in tags],
            }
        )
        write_parts(folder / "tables" / split, [frame])
    data = DataConfig(dataset="small", problem="tagging")
    encode(folder / "tables", folder, data=data, text=TextConfig(tokenizer="given"))
    return folder


def write_language_modelling_tokens(folder: Path) -> Path:
    """Running text of words in one order over and over."""
    start = 100
    for split, rows in ROWS.items():
        texts = [" ".join(WORDS[:10]) + "\n"] * (rows // 4)
        ids = range(start, start + len(texts))
        start += len(texts)
        groups = [f"{row:016x}" for row in ids]
        frame = pd.DataFrame({"id": ids, "group": groups, "text": texts})
        write_parts(folder / "tables" / split, [frame])
    data = DataConfig.model_validate(
        {
            "dataset": "small",
            "problem": "language_modelling",
            "split": "position",
            "cleaning": {"drop_duplicates": False},
        }
    )
    encode(folder / "tables", folder, data=data, text=LETTERS)
    return folder


def _texts_of_splits() -> Iterator[tuple[str, list[list[int]]]]:
    random = np.random.default_rng(1)
    for split, rows in ROWS.items():
        lengths = random.integers(1, 9, rows)
        last = _FIRST_WORD + len(WORDS)
        yield split, [random.integers(_FIRST_WORD, last, n).tolist() for n in lengths]


def write_column(folder: Path, lists: list[list[int]], *, prefix: str = "") -> None:
    """Write ids, offsets and row ids; row i of the split is row 100 + i of the table."""
    folder.mkdir(parents=True, exist_ok=True)
    lengths = [len(ids) for ids in lists]
    np.save(folder / f"{prefix}ids.npy", np.concatenate(lists).astype(np.int32))
    np.save(folder / f"{prefix}offsets.npy", np.cumsum([0, *lengths]).astype(np.int64))
    np.save(folder / "rows.npy", np.arange(len(lists), dtype=np.int64) + 100)


def texts_of(split: Path) -> tuple[list[str], list[str]]:
    """Texts and labels behind a classification split's ids."""
    ids, offsets = np.load(split / "ids.npy"), np.load(split / "offsets.npy")
    words = np.array(WORDS)[ids - _FIRST_WORD]
    texts = [" ".join(words[a:b]) for a, b in zip(offsets[:-1], offsets[1:], strict=True)]
    return texts, np.array(["early", "late"])[np.load(split / "labels.npy")].tolist()


class Notebook:
    """A metric sink that remembers all it is told."""

    def __init__(self) -> None:
        self.metrics: dict[tuple[str, int | None], float] = {}
        self.files: dict[str, str] = {}

    def metric(self, key: str, value: float, *, step: int | None = None) -> None:
        self.metrics[key, step] = value

    def artifact(self, path: Path, to: str) -> None:
        self.files[f"{to}/{path.name}"] = path.read_text(encoding="utf-8")

    @property
    def results(self) -> dict[tuple[str, int | None], float]:
        """All but the times."""
        return {
            at: value for at, value in self.metrics.items() if not at[0].startswith("system/")
        }
