"""Training steps and beam search of translation networks, beside a bare loop and peers.

All work on the same pairs, in turns, so that a busy machine is busy for all of them; only
their ratios say anything about another machine. A peer cuts its own batches, and is timed on
ours too where it could be given them.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

from benchmarks.record import write_page
from benchmarks.translation_work import WARM_UP, Work, work_of
from configs.networks import GRUEncoderDecoderConfig
from models.beam import Beam, beam_search
from models.networks.build import Seq2SeqSizes, build_network
from models.text.vocabulary import BOS_ID, EOS_ID, PAD_ID
from training.device import ResolvedDevice
from training.learner import Learner
from training.problems.translation import TranslationBatch

PEERS = Path(__file__).parent / "peers"
JOEYNMT, KERAS = "JOEYNMT_PYTHON", "KERAS_PYTHON"
"""Name a Python that has JoeyNMT 2.3, and one that has Keras 3.15 on TensorFlow 2.21; a peer
without one is left out."""
BEAM, STEPS = 5, 15
"""Hypotheses, and words that each sentence writes, whoever writes."""
NOTES = """Embedding 256, GRU {hidden}, 64 pairs a batch, {threads} threads, float32; with
attention the encoder reads from both ends. Training counts real tokens of both sides, ends
included. Beam {beam}: sentences, each of {steps} words whoever writes, by untrained networks.
A peer's own batches hold pairs in any order, padded to each batch's longest (JoeyNMT: its
samplers do not sort by length) or to the longest of the timed pairs (Keras, in the notebook's
way, where it is the longest of the whole corpus). JoeyNMT feeds its last attention into the
next step (input feeding), with either attention. Matrix products alone: {recurrent:.0f}
GFLOP/s for a step's states, (64, {hidden}) by ({hidden}, 4 x {hidden}), and {large:.0f} for
2048 by 2048 by 2048."""

MATRIX_SECONDS = 3.0

Timed = Callable[[], float]
"""Gives tokens or sentences per second."""


def main() -> None:
    """Time everyone in turns and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--batches", type=int, default=14)
    parser.add_argument("--hidden", type=int, default=1024)
    parser.add_argument("--threads", type=int, default=2)
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    rows = []
    with tempfile.TemporaryDirectory() as place:
        for attention in ("none", "bahdanau", "luong"):
            folder = Path(place) / attention
            folder.mkdir()
            everyone = _everyone(work_of(attention, asked, folder), attention)
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
        notes=NOTES.replace("\n", " ").format(
            hidden=asked.hidden,
            threads=asked.threads,
            beam=BEAM,
            steps=STEPS,
            recurrent=_matrix_rate(64, asked.hidden, 4 * asked.hidden),
            large=_matrix_rate(2048, 2048, 2048),
        ),
    )
    print(path.read_text(encoding="utf-8"))


def _matrix_rate(rows: int, inner: int, columns: int) -> float:
    """GFLOP/s of a product in float32."""
    left, right = torch.randn(rows, inner), torch.randn(inner, columns)
    products, began = 0, time.perf_counter()
    while time.perf_counter() - began < MATRIX_SECONDS:
        torch.mm(left, right)
        products += 1
    took = time.perf_counter() - began
    return 2e-9 * rows * inner * columns * products / took


def _everyone(work: Work, attention: str) -> Mapping[str, Timed]:
    """What is timed; peers come first in their kind."""
    training: dict[str, Timed] = {}
    searching: dict[str, Timed] = {}
    if attention == "none" and (keras := os.environ.get(KERAS)):
        training["Keras"] = lambda: work.tokens / _peer_seconds(work, keras, "keras")
    if attention != "none" and (joey := os.environ.get(JOEYNMT)):
        training |= {
            "JoeyNMT": lambda: work.tokens / _peer_seconds(work, joey, "joeynmt"),
            "JoeyNMT, our batches": lambda: (
                work.tokens / _peer_seconds(work, joey, "joeynmt", batches=work.alike)
            ),
        }
        searching["JoeyNMT"] = lambda: (
            work.sentences / _peer_seconds(work, joey, "joeynmt", beam=BEAM)
        )
    training |= {
        "bare loop": lambda: work.tokens / _bare_seconds(work),
        "seqflow": lambda: work.tokens / _learner_seconds(work),
    }
    searching["seqflow"] = lambda: work.sentences / _beam_seconds(work)
    return {f"training, {name}": timed for name, timed in training.items()} | {
        f"beam search, {name}": timed for name, timed in searching.items()
    }


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


def _peer_seconds(
    work: Work, python: str, peer: str, *, batches: Path | None = None, beam: int = 0
) -> float:
    """What a peer's script says of its own batches, or of these."""
    network = work.job.network
    if not isinstance(network, GRUEncoderDecoderConfig):
        raise TypeError(f"{peer} is asked for a recurrent network, not {network.kind}")
    asked = {
        "batches": str(batches or work.mixed),
        "words": work.words,
        "embedding": network.embedding_dim,
        "hidden": network.hidden_dim,
        "attention": network.attention,
        "threads": work.threads,
        "warm_up": WARM_UP,
        "beam": beam,
        "max_tokens": STEPS,
    }
    done = subprocess.run(
        [python, PEERS / f"{peer}_speed.py"],
        input=json.dumps(asked),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return float(json.loads(done.stdout.splitlines()[-1])["seconds"])


def _row(attention: str, name: str, found: Mapping[str, list[float]]) -> tuple[str, ...]:
    """The median, and as a share of the same kind's first by turns."""
    kind = name.split(",")[0]
    first = next(each for each in found if each.startswith(kind))
    ratio = np.median(np.array(found[name]) / np.array(found[first]))
    return (attention, name, f"{np.median(found[name]):,.1f}", f"{ratio:.2f}")


if __name__ == "__main__":
    main()
