"""Training steps of a tagger and of a character model, beside bare loops and Keras.

All work in turns, so that a busy machine is busy for all of them; only their ratios say
anything about another machine. Real tokens are counted, whatever is padded.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from benchmarks.prepared import prepare
from benchmarks.record import write_page
from configs.experiment import ExperimentConfig
from configs.messages import read_experiment
from models.networks.language_models import RecurrentLanguageModel
from models.networks.taggers import RecurrentTagger
from training.device import ResolvedDevice
from training.job import TrainingJob
from training.learner import Learner
from training.problems.build import open_problem

KERAS = "KERAS_PYTHON"
"""Names a Python that has Keras 3.15 on TensorFlow 2.21; without one Keras is left out."""
PEER = Path(__file__).parent / "peers" / "keras_sequences_speed.py"
PRESETS = {"tags": "pos-tagging-notebook", "characters": "alice-notebook"}
WARM_UP = 2
NOTES = """{threads} threads, float32, the notebooks' sizes: tagger of embedding 128 and BiGRU
256 with 128 sentences a batch, character model of embedding 256 and GRU 100 with 64 streams of
100. Keras pads every sentence to the longest of the corpus (271 words), as the notebook does,
or, where it says so, each batch to its own longest. Bare loops: the same steps of the same
network without learner, checks and clipping; `nn.GRU` alone is the loop one writes first
(tagger: both directions by torch's own layer over padded batches of like length; characters:
embedding, layer, scores)."""

Timed = Callable[[], float]
"""Gives real tokens per second."""


@dataclass(frozen=True)
class _Work:
    """What everyone does.

    Attributes:
        what: `tags` or `characters`.
        job: The training.
        tokens: Folder of token ids.
        batches: The first batches of an epoch.
        threads: Processor threads.
        place: Where files for a peer go.
    """

    what: str
    job: TrainingJob
    tokens: Path
    batches: list[Any]
    threads: int
    place: Path

    @property
    def timed(self) -> list[Any]:
        """The batches after those that warm up."""
        return self.batches[WARM_UP:]

    @property
    def real(self) -> int:
        """Real tokens of the timed batches."""
        return sum(batch.tokens for batch in self.timed)


def main() -> None:
    """Time everyone in turns and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--batches", type=int, default=12)
    parser.add_argument("--threads", type=int, default=2)
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    rows = []
    with tempfile.TemporaryDirectory() as made:
        for what in PRESETS:
            work = _work(what, asked, Path(made) / what)
            everyone = _everyone(work)
            found: dict[str, list[float]] = {name: [] for name in everyone}
            for turn in range(asked.rounds):
                for name, timed in everyone.items():
                    found[name].append(timed())
                    print(f"{what} {turn} {name}: {found[name][-1]:,.0f}", file=sys.stderr)
            rows += [_row(what, name, found) for name in found]
    path = write_page(
        "sequence_speed",
        "Speed of training a tagger and a character model",
        head=("what", "who", "real tokens a second, median", "of the first, median of turns"),
        rows=rows,
        notes=NOTES.replace("\n", " ").format(threads=asked.threads),
    )
    print(path.read_text(encoding="utf-8"))


def _work(what: str, asked: argparse.Namespace, place: Path) -> _Work:
    place.mkdir()
    experiment: ExperimentConfig = read_experiment({"preset": PRESETS[what]})
    _, tokens = prepare(experiment, place)
    job = TrainingJob.of(experiment)
    split = open_problem(tokens, job).split("train")
    order = split.training_order(job.training, epoch=0)
    count = min(len(order), WARM_UP + asked.batches)
    batches = [split.batch(order[number]) for number in range(count)]
    return _Work(what, job, tokens, batches, asked.threads, place)


def _everyone(work: _Work) -> Mapping[str, Timed]:
    """What is timed, a peer first."""
    everyone: dict[str, Timed] = {}
    if keras := os.environ.get(KERAS):
        everyone["Keras"] = lambda: work.real / _keras_seconds(work, keras, longest=271)
        if work.what == "tags":
            everyone["Keras, trimmed"] = lambda: (
                work.real / _keras_seconds(work, keras, longest=None)
            )
    everyone["nn.GRU alone"] = lambda: work.real / _naive_seconds(work)
    everyone["bare loop"] = lambda: work.real / _bare_seconds(work)
    everyone["seqflow"] = lambda: work.real / _learner_seconds(work)
    return everyone


def _learner_seconds(work: _Work) -> float:
    """What the training loop does with a batch."""
    torch.manual_seed(0)
    problem = open_problem(work.tokens, work.job)
    device = ResolvedDevice("cpu", "float32", work.threads)
    learner: Learner[Any] = Learner(cast(Any, problem), work.job.training, device=device)
    learner.network.train()
    return _timed(lambda batch: float(learner.learn(batch).total), work)


def _bare_seconds(work: _Work) -> float:
    """The same network alone: forward, loss, backward, step."""
    torch.manual_seed(0)
    network = open_problem(work.tokens, work.job).build_network().train()
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3, fused=True)

    def step(batch: Any) -> None:
        optimizer.zero_grad()
        if isinstance(network, RecurrentLanguageModel):
            logits, _ = network(batch.inputs, network.start(len(batch.inputs)))
            F.cross_entropy(logits.flatten(0, 1), batch.targets.flatten()).backward()
        else:
            scores = cast(RecurrentTagger, network)(batch.ids, batch.lengths, batch.spellings)
            F.cross_entropy(scores, batch.tags).backward()
        optimizer.step()

    return _timed(step, work)


class _Naive(nn.Module):
    """Embedding, torch's recurrent layer, scores at every place."""

    def __init__(self, words: int, classes: int, embedding: int, hidden: int, *, both: bool):
        super().__init__()
        self.embedding = nn.Embedding(words, embedding)
        self.layer = nn.GRU(embedding, hidden, batch_first=True, bidirectional=both)
        self.scores = nn.Linear(hidden * (1 + both), classes)

    def forward(self, ids: Tensor) -> Tensor:
        states, _ = self.layer(self.embedding(ids))
        logits: Tensor = self.scores(states)
        return logits


def _naive_seconds(work: _Work) -> float:
    torch.manual_seed(0)
    words, classes = _sizes(work)
    network = cast(Any, work.job.network)
    model = _Naive(
        words, classes, network.embedding_dim, network.hidden_dim, both=work.what == "tags"
    )
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)

    def step(batch: Any) -> None:
        optimizer.zero_grad()
        if work.what == "tags":
            mask = torch.arange(batch.ids.shape[1]) < batch.lengths.unsqueeze(1)
            F.cross_entropy(model(batch.ids)[mask], batch.tags).backward()
        else:
            logits = model(batch.inputs)
            F.cross_entropy(logits.flatten(0, 1), batch.targets.flatten()).backward()
        optimizer.step()

    return _timed(step, work)


def _timed(step: Callable[[Any], object], work: _Work) -> float:
    for batch in work.batches[:WARM_UP]:
        step(batch)
    began = time.perf_counter()
    for batch in work.timed:
        step(batch)
    return time.perf_counter() - began


def _sizes(work: _Work) -> tuple[int, int]:
    """Words and classes of the network."""
    network = open_problem(work.tokens, work.job).build_network()
    scores = cast(nn.Linear, network.scores)
    return cast(nn.Embedding, network.embedding).num_embeddings, scores.out_features


def _keras_seconds(work: _Work, python: str, *, longest: int | None) -> float:
    words, classes = _sizes(work)
    arrays: dict[str, Any] = {"count": len(work.batches)}
    for number, batch in enumerate(work.batches):
        inputs, targets = (
            _padded(batch, classes, longest)
            if work.what == "tags"
            else (
                batch.inputs.numpy(),
                batch.targets.numpy(),
            )
        )
        arrays |= {f"inputs{number}": inputs, f"targets{number}": targets}
    path = work.place / f"keras-{longest}.npz"
    np.savez(path, **arrays)
    network = cast(Any, work.job.network)
    asked = {
        "batches": str(path),
        "what": work.what,
        "words": words,
        "classes": classes + 1,
        "embedding": network.embedding_dim,
        "hidden": network.hidden_dim,
        "threads": work.threads,
        "warm_up": WARM_UP,
    }
    done = subprocess.run(
        [python, PEER], input=json.dumps(asked), stdout=subprocess.PIPE, text=True, check=True
    )
    return float(json.loads(done.stdout.splitlines()[-1])["seconds"])


def _padded(
    batch: Any, classes: int, longest: int | None
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Words and tags at every place; padding is a word and a class of its own."""
    width = longest or batch.ids.shape[1]
    ids = np.zeros((len(batch.ids), width), np.int64)
    ids[:, : batch.ids.shape[1]] = batch.ids.numpy()
    tags = np.full(ids.shape, classes)
    tags[np.arange(width) < batch.lengths.numpy()[:, None]] = batch.tags.numpy()
    return ids, tags


def _row(what: str, name: str, found: Mapping[str, list[float]]) -> tuple[str, ...]:
    """The median, and as a share of the first by turns."""
    first = next(iter(found))
    ratio = np.median(np.array(found[name]) / np.array(found[first]))
    return (what, name, f"{np.median(found[name]):,.0f}", f"{ratio:.2f}")


if __name__ == "__main__":
    main()
