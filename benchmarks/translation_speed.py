"""Training steps and beam search of the attention networks, beside a bare loop and JoeyNMT.

All work on the same batches of the same pairs, in turns, so that a busy machine is busy for
all of them; only their ratios say anything about another machine.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

from benchmarks.record import write_page
from benchmarks.sentiment import prepare
from configs.experiment import ExperimentConfig
from configs.messages import read_experiment
from models.beam import Beam, beam_search
from models.networks.build import Seq2SeqSizes, build_network
from models.text.vocabulary import BOS_ID, EOS_ID, PAD_ID, Vocabulary
from training.batching import training_order
from training.device import ResolvedDevice
from training.job import TrainingJob
from training.learner import Learner
from training.problems.translation import Translation, TranslationBatch

PEER = Path(__file__).parent / "peers" / "joeynmt_speed.py"
PEER_VARIABLE = "JOEYNMT_PYTHON"
"""Names a Python that has JoeyNMT 2.3; without it we stand beside a bare loop alone."""
WARM_UP = 2
BEAM, STEPS = 5, 15
"""Hypotheses, and words that each sentence writes, whoever writes."""


@dataclass(frozen=True)
class Work:
    """The same for everyone.

    Attributes:
        problem: The pairs, as the loop sees them.
        job: Network and training.
        batches: Those that are timed, after the first two.
        stored: A file with the ids of the batches.
        words: Size of the larger vocabulary.
        threads: For each.
    """

    problem: Translation
    job: TrainingJob
    batches: Sequence[TranslationBatch]
    stored: Path
    words: int
    threads: int

    @property
    def timed(self) -> Sequence[TranslationBatch]:
        """Without those that warm up."""
        return self.batches[WARM_UP:]


def main() -> None:
    """Time everyone in turns and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--batches", type=int, default=14)
    parser.add_argument("--hidden", type=int, default=1024)
    parser.add_argument("--threads", type=int, default=2)
    asked = parser.parse_args()
    named = os.environ.get(PEER_VARIABLE)
    joeynmt = Path(named) if named else None
    torch.set_num_threads(asked.threads)
    rows = []
    with tempfile.TemporaryDirectory() as place:
        for attention in ("bahdanau", "luong"):
            folder = Path(place) / attention
            folder.mkdir()
            work = work_of(attention, asked, folder)
            everyone = _everyone(work, joeynmt)
            found: dict[str, list[float]] = {name: [] for name in everyone}
            for turn in range(asked.rounds):
                for name, timed in everyone.items():
                    found[name].append(timed())
                    print(f"{attention} {turn} {name}: {found[name][-1]:.1f}", file=sys.stderr)
            rows += [_row(attention, name, found) for name in found]
    path = write_page(
        "translation_speed",
        "Speed of translation: training, and beam search",
        head=("attention", "what", "median a second", "of the first, median of turns"),
        rows=rows,
        notes=f"Embedding 256, GRU {asked.hidden}, encoder both ways, 64 pairs a batch, "
        f"{asked.threads} threads, float32. Training counts real tokens of both sides, ends "
        f"included. Beam {BEAM}: sentences, each of {STEPS} words whoever writes, by untrained "
        "networks. JoeyNMT feeds its last attention into the next step (input feeding), with "
        "either attention.",
    )
    print(path.read_text(encoding="utf-8"))


def work_of(attention: str, asked: argparse.Namespace, folder: Path) -> Work:
    """Twenty thousand pairs, tokenized, and some batches of them."""
    experiment = _experiment(attention, asked.hidden)
    _, tokens = prepare(experiment, folder)
    job = TrainingJob.of(experiment)
    problem = Translation(tokens, job)
    split = problem.split("train")
    order = training_order(split.lengths, job.training, epoch=0)
    batches = [split.batch(order[place]) for place in range(asked.batches + WARM_UP)]
    sizes = [len(Vocabulary.load(tokens / f"{side}_vocabulary.txt")) for side in SIDES]
    stored = folder / "batches.npz"
    np.savez(stored, count=len(batches), **_arrays(batches))
    return Work(problem, job, batches, stored, max(sizes), asked.threads)


SIDES = ("source", "target")


def _experiment(attention: str, hidden: int) -> ExperimentConfig:
    return read_experiment(
        {
            "preset": "translation-attention-ascii",
            "data": {"limit": 20_000},
            "network": {"attention": attention, "hidden_dim": hidden},
        }
    )


def _arrays(batches: Sequence[TranslationBatch]) -> dict[str, np.ndarray]:
    """Ids of the batches, targets with begin and end of sentence."""
    arrays = {}
    for number, batch in enumerate(batches):
        arrays[f"source{number}"] = batch.source.numpy()
        arrays[f"lengths{number}"] = batch.source_lengths.numpy()
        target = F.pad(batch.target_in, (0, 1), value=PAD_ID)
        lengths = batch.mask.sum(dim=1)
        target[torch.arange(len(target)), lengths] = EOS_ID
        arrays[f"target{number}"] = target.numpy()
    return arrays


def _everyone(work: Work, joeynmt: Path | None) -> dict[str, Callable[[], float]]:
    """What is timed; each gives its tokens or sentences per second."""
    everyone = {
        "training, bare loop": lambda: _tokens(work) / _bare_seconds(work),
        "training, seqflow": lambda: _tokens(work) / _learner_seconds(work),
        "beam search, seqflow": lambda: _sentences(work) / _beam_seconds(work),
    }
    if joeynmt is not None:
        everyone |= {
            "training, JoeyNMT": lambda: _tokens(work) / _joey_seconds(work, joeynmt, beam=0),
            "beam search, JoeyNMT": lambda: (
                _sentences(work) / _joey_seconds(work, joeynmt, beam=BEAM)
            ),
        }
    return dict(sorted(everyone.items()))  # JoeyNMT, where it is, before the rest of a kind


def _tokens(work: Work) -> int:
    return sum(batch.tokens for batch in work.timed)


def _sentences(work: Work) -> int:
    return sum(len(batch.rows) for batch in work.timed)


def _bare_seconds(work: Work) -> float:
    """The network alone: forward, loss, backward, step."""
    torch.manual_seed(0)
    network = work.problem.build_network().train()
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)

    def step(batch: TranslationBatch) -> None:
        optimizer.zero_grad()
        logits = network(batch.source, batch.source_lengths, batch.target_in, batch.mask)
        F.cross_entropy(logits, batch.target_out).backward()
        optimizer.step()

    return _timed(step, work)


def _learner_seconds(work: Work) -> float:
    """What the training loop does with a batch."""
    torch.manual_seed(0)
    device = ResolvedDevice("cpu", "float32", work.threads)
    learner = Learner(work.problem, work.job.training, device=device)
    learner.network.train()

    def step(batch: TranslationBatch) -> None:
        learner.learn(batch)

    return _timed(step, work)


@torch.inference_mode()
def _beam_seconds(work: Work) -> float:
    sizes = Seq2SeqSizes(work.words, work.words)
    network = build_network(work.job.network, sizes).eval()

    def translate(batch: TranslationBatch) -> None:
        beam_search(
            network.step,  # type: ignore[union-attr]
            network.start(batch.source, batch.source_lengths),  # type: ignore[union-attr]
            beam=Beam(BEAM, 1.0, 1),
            bos_id=BOS_ID,
            eos_id=EOS_ID,
            max_tokens=torch.full((len(batch.rows),), STEPS),
            never=(PAD_ID, EOS_ID),
        )

    return _timed(translate, work)


def _timed(step: Callable[[TranslationBatch], None], work: Work) -> float:
    for batch in work.batches[:WARM_UP]:
        step(batch)
    began = time.perf_counter()
    for batch in work.timed:
        step(batch)
    return time.perf_counter() - began


def _joey_seconds(work: Work, python: Path, *, beam: int) -> float:
    network = work.job.network
    if network.kind != "gru_encoder_decoder":
        raise TypeError(f"JoeyNMT is asked for a recurrent network, not {network.kind}")
    asked = {
        "batches": str(work.stored),
        "words": work.words,
        "embedding": network.embedding_dim,
        "hidden": network.hidden_dim,
        "attention": network.attention,
        "threads": work.threads,
        "beam": beam,
        "max_tokens": STEPS,
    }
    done = subprocess.run(
        [python, PEER], input=json.dumps(asked), stdout=subprocess.PIPE, text=True, check=True
    )
    return float(json.loads(done.stdout.splitlines()[-1])["seconds"])


def _row(attention: str, name: str, found: dict[str, list[float]]) -> tuple[str, ...]:
    """The median, and as a share of the same kind's first by turns."""
    kind = name.split(",")[0]
    first = next(each for each in found if each.startswith(kind))
    ratio = np.median(np.array(found[name]) / np.array(found[first]))
    return (attention, name, f"{np.median(found[name]):,.1f}", f"{ratio:.2f}")


if __name__ == "__main__":
    main()
