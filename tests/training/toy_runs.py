"""Toy corpora taken through tables, tokens and a short training, for tests of what follows."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from configs.data import DataConfig
from configs.networks import GRUEncoderDecoderConfig, NetworkConfig, RecurrentClassifierConfig
from configs.text import TextConfig
from configs.training import DecodingConfig, TrainingConfig
from corpora.tables import write_parts
from models.networks.seq2seq import AttentionName
from training.encoding import encode
from training.job import TrainingJob
from training.loop import train

AS_WRITTEN = TextConfig(lowercase=False)
NOUNS = ("film", "plot", "cast", "score", "end", "start", "joke", "song")
GOOD, BAD = ("fine", "great", "lovely"), ("dull", "poor", "awful")
FRENCH = {
    "the": "le", "a": "un", "dog": "chien", "cat": "chat", "bird": "oiseau",
    "sees": "voit", "hears": "entend", "likes": "aime",
}  # fmt: skip


@dataclass(frozen=True)
class ToyRun:
    """The folders that evaluation reads, and what was trained."""

    tables: Path
    tokens: Path
    trained: Path
    job: TrainingJob

    @property
    def bundle(self) -> Path:
        return self.trained / "bundle"


def reviews() -> pd.DataFrame:
    """Two opinions; the label is that of the second, one row in eleven excepted."""
    rows = [
        (f"{first} {noun} but {second} {other}", second in GOOD)
        for noun in NOUNS
        for other in NOUNS
        for first in (*GOOD, *BAD)
        for second in (*GOOD, *BAD)
    ]
    frame = pd.DataFrame(rows, columns=["text", "positive"])
    positive = frame["positive"] ^ (frame.index % 11 == 0)
    label = positive.map({True: "positive", False: "negative"})
    return pd.DataFrame({"text": frame["text"], "label": label}, dtype="str")


def pairs() -> pd.DataFrame:
    """Short sentences word for word; each source with two targets, in one group."""
    sources = [
        f"{one} {subject} {verb} {other} {thing} ."
        for one in ("the", "a")
        for subject in ("dog", "cat", "bird")
        for verb in ("sees", "hears", "likes")
        for other in ("the", "a")
        for thing in ("dog", "cat", "bird")
    ]
    rows = [
        (source, " ".join(FRENCH.get(word, word) for word in source.split()) + more)
        for source in sources
        for more in ("", " oui !")
    ]
    return pd.DataFrame(rows, columns=["source", "target"], dtype="str")


def classification_run(folder: Path, *, epochs: int = 2) -> ToyRun:
    """A classifier of toy reviews."""
    network = RecurrentClassifierConfig(embedding_dim=16, hidden_dim=16, dense_dim=0)
    return _run(folder, _with_groups(reviews(), "text"), network, epochs=epochs)


def translation_run(
    folder: Path,
    *,
    epochs: int = 2,
    attention: AttentionName = "none",
    text: TextConfig = AS_WRITTEN,
) -> ToyRun:
    """A translator of toy sentences."""
    network = GRUEncoderDecoderConfig(embedding_dim=16, hidden_dim=24, attention=attention)
    frame = _with_groups(pairs(), "source")
    return _run(folder, frame, network, epochs=epochs, text=text)


def _with_groups(frame: pd.DataFrame, column: str) -> pd.DataFrame:
    codes, _ = pd.factorize(frame[column])
    groups = pd.Series([f"{code:016x}" for code in codes], dtype="str")
    return frame.assign(id=range(len(frame)), group=groups)[["id", "group", *frame.columns]]


def _run(
    folder: Path,
    frame: pd.DataFrame,
    network: NetworkConfig,
    *,
    epochs: int,
    text: TextConfig = AS_WRITTEN,
) -> ToyRun:
    place = frame["group"].map(lambda group: int(group, 16) * 7919 % 10)
    splits = {"train": place < 6, "validation": place.isin([6, 7]), "test": place >= 8}
    for name, chosen in splits.items():
        write_parts(folder / "tables" / name, [frame[chosen]])
    problem = "classification" if "label" in frame else "translation"
    job = TrainingJob(
        problem=problem,
        text=text,
        network=network,
        training=TrainingConfig(
            epochs=epochs, batch_size=32, learning_rate=0.01, device="cpu", threads=1
        ),
        decoding=DecodingConfig(max_tokens=12),
    )
    data = DataConfig(dataset="toy", problem=problem)
    encode(folder / "tables", folder / "tokens", data=data, text=job.text)
    train(folder / "tokens", folder / "trained", job, journal=None)
    return ToyRun(folder / "tables", folder / "tokens", folder / "trained", job)
