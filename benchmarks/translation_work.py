"""The same pairs for everyone whose translation is timed, in our batches and in a peer's."""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

from benchmarks.prepared import prepare
from configs.experiment import ExperimentConfig
from configs.messages import read_experiment
from models.text.vocabulary import EOS_ID, PAD_ID, Vocabulary
from training.batching import Ids, training_order
from training.job import TrainingJob
from training.problems.translation import Translation, TranslationBatch

WARM_UP = 2
SIDES = ("source", "target")


@dataclass(frozen=True)
class Work:
    """The same for everyone.

    Attributes:
        problem: The pairs, as the loop sees them.
        job: Network and training.
        batches: Pairs of like length, as our loop cuts them; timed after the first two.
        alike: A file with the ids of those batches.
        mixed: A file with the same pairs in batches of any length: the order of the timed
            ones is chance's, as a peer has it that does not sort by length.
        words: Size of the larger vocabulary.
        threads: For each.
    """

    problem: Translation
    job: TrainingJob
    batches: Sequence[TranslationBatch]
    alike: Path
    mixed: Path
    words: int
    threads: int

    @property
    def timed(self) -> Sequence[TranslationBatch]:
        """Without those that warm up."""
        return self.batches[WARM_UP:]

    @property
    def tokens(self) -> int:
        """Real tokens of both sides that are timed, targets' ends included."""
        return sum(batch.tokens for batch in self.timed)

    @property
    def sentences(self) -> int:
        """Pairs that are timed."""
        return sum(len(batch.rows) for batch in self.timed)


def work_of(attention: str, asked: argparse.Namespace, folder: Path) -> Work:
    """Twenty thousand pairs, tokenized, and some batches of them.

    Args:
        attention: Of the network; without any, its encoder reads from one end alone.
        asked: `hidden`, `batches` and `threads`.
        folder: Where tables, ids and files go.
    """
    experiment = _experiment(attention, asked.hidden)
    _, tokens = prepare(experiment, folder)
    job = TrainingJob.of(experiment)
    problem = Translation(tokens, job)
    split = problem.split("train")
    order = training_order(split.lengths, job.training, epoch=0)
    alike = [order[place] for place in range(asked.batches + WARM_UP)]
    batches = [split.batch(each) for each in alike]
    sizes = [len(Vocabulary.load(tokens / f"{side}_vocabulary.txt")) for side in SIDES]
    return Work(
        problem,
        job,
        batches,
        alike=_stored(folder / "alike.npz", batches),
        mixed=_stored(folder / "mixed.npz", [split.batch(each) for each in _mixed(alike)]),
        words=max(sizes),
        threads=asked.threads,
    )


def _experiment(attention: str, hidden: int) -> ExperimentConfig:
    plain = attention == "none"
    network = {"hidden_dim": hidden} | ({} if plain else {"attention": attention})
    preset = "translation-plain" if plain else "translation-attention-ascii"
    return read_experiment({"preset": preset, "data": {"limit": 20_000}, "network": network})


def _mixed(alike: Sequence[Ids]) -> Iterator[Ids]:
    """The first two batches as they are, then the pairs of the others in any order."""
    yield from alike[:WARM_UP]
    timed = np.random.default_rng(0).permutation(np.concatenate(alike[WARM_UP:]))
    yield from np.array_split(timed, len(alike) - WARM_UP)


def _stored(path: Path, batches: Sequence[TranslationBatch]) -> Path:
    """Ids of the batches, targets with begin and end of sentence."""
    arrays = {}
    for number, batch in enumerate(batches):
        arrays[f"source{number}"] = batch.source.numpy()
        arrays[f"lengths{number}"] = batch.source_lengths.numpy()
        target = F.pad(batch.target_in, (0, 1), value=PAD_ID)
        target[torch.arange(len(target)), batch.mask.sum(dim=1)] = EOS_ID
        arrays[f"target{number}"] = target.numpy()
    np.savez(path, count=len(batches), **arrays)
    return path
