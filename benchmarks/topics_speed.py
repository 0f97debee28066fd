"""Speed and memory of training on bags of words, beside dense rows in torch and in Keras.

And what it takes from the archive to ids, with and without dictionary forms. All work in turns,
each in a process of its own, so that a busy machine is busy for all of them and nobody's memory
is another's; only the ratios say anything about another machine.
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
from typing import Any, cast

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from benchmarks.peers.dense_bags import dense_bags, peak_mib
from benchmarks.prepared import prepare
from benchmarks.record import write_page
from configs.messages import read_experiment
from configs.settings import Settings
from corpora.download import fetch
from corpora.preprocess import build_tables
from training.device import ResolvedDevice
from training.encoding import encode
from training.job import TrainingJob
from training.learner import Learner
from training.own_bags import own_bags
from training.problems.build import open_problem

KERAS = "KERAS_PYTHON"
"""Names a Python that has Keras 3.15 on TensorFlow 2.21; without one Keras is left out."""
PEER = Path(__file__).parent / "peers" / "keras_bags_speed.py"
PRESET = "newsgroups-notebook"
WARM_UP = 10
ADAM: Mapping[str, Any] = {
    "network": {"sparse_gradient": True},
    "training": {"optimizer": "adam"},
}
OURS: Mapping[str, Mapping[str, Any]] = {
    "seqflow, the preset: RMSprop on all words": {},
    "seqflow, Adam on the words of a batch": ADAM,
}
DENSE = "dense rows, torch"
LEMMAS = ("none", "spacy")
NOTES = """
20 newsgroups, {rows:,} training posts, {words:,} words, layers of {hidden}, batches
of {batch_size}, threads: {threads}, float32: one epoch after {warm_up} batches. Dense rows: all
texts in one matrix of zeros and ones, as notebooks have them, made before the clock starts.
seqflow: from ids on the disk, batches made while the clock runs. Peak memory is that of the
whole process, its packages included.

From the archive in a mirror folder to ids, all 18,846 posts, seconds and MiB:

| `text.lemmas` | download | preprocess | tokenize | together | peak memory |
|---|---|---|---|---|---|
{prepared}"""


def main() -> None:
    """Time everyone in turns and write the page; or time one, which a turn asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--place", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        torch.set_num_threads(asked.threads)
        one = (
            _preparing(asked.one, asked.place)
            if asked.one in LEMMAS
            else _one(asked.one, asked.place, asked.threads)
        )
        json.dump(one, sys.stdout)
        return
    with tempfile.TemporaryDirectory() as made:
        place = Path(made)
        facts = _prepared(place, asked.threads)
        facts["prepared"] = "\n".join(_prepared_row(lemmas, place) for lemmas in LEMMAS)
        everyone = _everyone(place, facts)
        found: dict[str, list[Mapping[str, float]]] = {name: [] for name in everyone}
        for turn in range(asked.rounds):
            for name, command in everyone.items():
                found[name].append(_answer(command, facts))
                print(f"{turn} {name}: {found[name][-1]}", file=sys.stderr)
    path = write_page(
        "topics_speed",
        "Speed and memory of training on bags of words",
        head=(
            "who",
            "documents a second, median",
            *(f"times {name}, median of turns" for name in _measures(found)),
            "peak memory, MiB",
        ),
        rows=[_row(name, found) for name in found],
        notes=NOTES.strip().format(**facts),
    )
    print(path.read_text(encoding="utf-8"))


def _prepared(place: Path, threads: int) -> dict[str, Any]:
    """Ids for seqflow, arrays for the others, and what to tell these."""
    experiment = read_experiment({"preset": PRESET})
    _, tokens = prepare(experiment, place)
    bags = own_bags(tokens).train
    labels = np.load(tokens / "train" / "labels.npy")
    np.savez(place / "bags.npz", indptr=bags.indptr, indices=bags.indices, shape=bags.shape)
    np.save(place / "labels.npy", labels)
    network = cast(Any, experiment.network)
    return {
        "bags": str(place / "bags.npz"),
        "labels": str(place / "labels.npy"),
        "rows": bags.shape[0],
        "words": bags.shape[1],
        "classes": int(labels.max()) + 1,
        "hidden": list(network.hidden_dims),
        "batch_size": experiment.training.batch_size,
        "threads": threads,
        "warm_up": WARM_UP,
    }


def _prepared_row(lemmas: str, place: Path) -> str:
    """A row of the table on what comes before training."""
    command = [*_own_command(place / f"lemmas {lemmas}"), "--one", lemmas]
    answer = _answer(command, {})
    print(f"lemmas {lemmas}: {answer}", file=sys.stderr)
    steps = [answer[step] for step in ("download", "preprocess", "tokenize")]
    seconds = " | ".join(f"{one:.1f}" for one in (*steps, sum(steps)))
    return f"| {lemmas} | {seconds} | {answer['peak_mib']:,.0f} |"


def _preparing(lemmas: str, place: Path) -> dict[str, float]:
    """Seconds of each step, and the most memory held."""
    experiment = read_experiment({"preset": PRESET, "text": {"lemmas": lemmas}})
    raw, tables, tokens, cache = (place / n for n in ("raw", "tables", "tokens", "cache"))
    for folder in (raw, tables, tokens):
        folder.mkdir(parents=True)
    data, mirror = experiment.data, Settings.from_environment().mirror
    steps: Mapping[str, Callable[[], object]] = {
        "download": lambda: fetch(data, raw, cache=cache, mirror=mirror),
        "preprocess": lambda: build_tables(raw, tables, data),
        "tokenize": lambda: encode(tables, tokens, data=data, text=experiment.text),
    }
    found = {}
    for name, work in steps.items():
        began = time.perf_counter()
        work()
        found[name] = time.perf_counter() - began
    return {**found, "peak_mib": peak_mib()}


def _own_command(place: Path) -> list[str]:
    return [sys.executable, "-m", "benchmarks.topics_speed", "--place", str(place)]


def _everyone(place: Path, facts: Mapping[str, Any]) -> Mapping[str, list[str]]:
    """The commands, peers first."""
    ours = [*_own_command(place), "--threads", str(facts["threads"]), "--one"]
    everyone = {name: [*ours, name] for name in (DENSE, *OURS)}
    keras = os.environ.get(KERAS)
    return {"dense rows, Keras": [keras, str(PEER)], **everyone} if keras else everyone


def _answer(command: list[str], facts: Mapping[str, Any]) -> Mapping[str, float]:
    done = subprocess.run(
        command, input=json.dumps(facts), stdout=subprocess.PIPE, text=True, check=True
    )
    answer: Mapping[str, float] = json.loads(done.stdout.splitlines()[-1])
    return answer


def _one(name: str, place: Path, threads: int) -> dict[str, float]:
    """Documents a second of one epoch, and the most memory held."""
    torch.manual_seed(0)
    facts = json.load(sys.stdin)
    step, batches = (
        _dense(facts) if name == DENSE else _learner(OURS[name], place / "tokens", threads)
    )
    for batch in batches[:WARM_UP]:
        step(batch)
    began = time.perf_counter()
    for batch in batches:
        step(batch)
    seconds = time.perf_counter() - began
    return {"documents_per_second": facts["rows"] / seconds, "peak_mib": peak_mib()}


def _learner(
    changes: Mapping[str, Any], tokens: Path, threads: int
) -> tuple[Callable[[Any], object], list[Any]]:
    """What the training loop does with a batch, from the ids on the disk."""
    job = TrainingJob.of(read_experiment({"preset": PRESET, **changes}))
    problem = open_problem(tokens, job)
    device = ResolvedDevice("cpu", "float32", threads)
    learner: Learner[Any] = Learner(cast(Any, problem), job.training, device=device)
    learner.network.train()
    split = problem.split("train")
    order = split.training_order(job.training, epoch=0)
    positions = [order[number] for number in range(len(order))]
    return lambda rows: float(learner.learn(split.batch(rows)).total), positions


def _dense(facts: Mapping[str, Any]) -> tuple[Callable[[Any], object], list[Any]]:
    """The loop one writes first: rows as wide as the vocabulary."""
    texts, labels = dense_bags(facts["bags"]), np.load(facts["labels"])
    sizes = [texts.shape[1], *facts["hidden"]]
    layers: list[nn.Module] = []
    for below, above in zip(sizes, sizes[1:], strict=False):
        layers += [nn.Linear(below, above), nn.ReLU()]
    network = nn.Sequential(*layers, nn.Linear(sizes[-1], facts["classes"]))
    optimizer = torch.optim.RMSprop(network.parameters(), lr=1e-3)

    def step(rows: Any) -> None:
        optimizer.zero_grad()
        inputs, targets = torch.from_numpy(texts[rows]), torch.from_numpy(labels[rows])
        F.cross_entropy(network(inputs), targets).backward()
        optimizer.step()

    order = np.random.default_rng(0).permutation(len(labels))
    return step, np.split(order, range(facts["batch_size"], len(order), facts["batch_size"]))


def _measures(found: Mapping[str, Any]) -> list[str]:
    """Those whom the others are compared with."""
    return [name for name in found if name not in OURS]


def _row(name: str, found: Mapping[str, list[Mapping[str, float]]]) -> tuple[str, ...]:
    speeds = {
        who: np.array([one["documents_per_second"] for one in found[who]]) for who in found
    }
    ratios = [f"{np.median(speeds[name] / speeds[who]):.2f}" for who in _measures(found)]
    peak = max(one["peak_mib"] for one in found[name])
    return (name, f"{np.median(speeds[name]):,.0f}", *ratios, f"{peak:,.0f}")


if __name__ == "__main__":
    main()
