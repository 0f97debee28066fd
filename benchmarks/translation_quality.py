"""BLEU of translation systems on real pairs, under a protocol that does not flatter.

Each system is trained until it has not been better on validation for as many epochs as its
preset's patience says, and is then scored once by each width of beam. Protocol a: 30,000
pairs, words without case and accents, as the notebooks had them but split by source, and drawn
at random; a-first: the file's first pairs, which are its shortest and have the most references.
Protocol b: all pairs, parts of words, true case and accents. Pairs, ids and trainings stay in
the place, and a training that was stopped goes on from there.
"""

import argparse
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import mean, stdev

import pandas as pd

from benchmarks.record import write_page
from benchmarks.translation_systems import BEAMS, BLEU, PROTOCOLS, Trained, predictor, trained
from corpora.tables import read_table
from training.batching import training_order
from training.history import History
from training.problems.translation import Translation
from training.scores import TITLES, Scores

TIMED_SENTENCES = 1_000
LATEST = 3
"""Evaluations over which the last rise of validation BLEU is told."""


def main() -> None:
    """Train and score what is not trained yet, and write the page once all are."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("protocol", choices=PROTOCOLS)
    parser.add_argument("--place", type=Path, required=True)
    parser.add_argument("--train", metavar="SYSTEM", help="train this one and write no page")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--hidden", type=int, help="other size of recurrent states")
    parser.add_argument("--batch-tokens", type=int, help="other size of batches")
    parser.add_argument("--epochs", type=int, help="other limit")
    parser.add_argument("--threads", type=int)
    asked = parser.parse_args()
    protocol = PROTOCOLS[asked.protocol]
    names = list(protocol.systems) if asked.train is None else [asked.train]
    systems = {name: [trained(name, seed, asked) for seed in asked.seeds] for name in names}
    if asked.train is None:
        page = _write(asked.protocol, protocol.title, systems)
        print(page.read_text(encoding="utf-8"))


def _sentences_per_second(system: Trained, beam: int) -> float:
    """On the first thousand different test sources, batched as the predictor does."""
    test = read_table(system.place / "tables" / "test", ["source"])
    texts: pd.Series[str] = test["source"].drop_duplicates()[:TIMED_SENTENCES]
    translator = predictor(system.folder, system.facts["device"], beam)
    translator.predict(texts)
    began = time.perf_counter()
    translator.predict(texts)
    return len(texts) / (time.perf_counter() - began)


def _write(protocol: str, title: str, systems: Mapping[str, Sequence[Trained]]) -> Path:
    equal = min(one.minutes[-1] for seeds in systems.values() for one in seeds)
    rows = [
        _row(
            f"{name}, beam {beam}",
            seeds[0].scores[beam],
            over_seeds=_spread([one.bleu(beam) for one in seeds]),
            speed=f"{_sentences_per_second(seeds[0], beam):.1f}",
        )
        for name, seeds in systems.items()
        for beam in BEAMS
    ]
    notes = [_course(name, seeds, equal) for name, seeds in systems.items()]
    first = next(iter(systems.values()))[0]
    rows += _baselines(first.scores[BEAMS[0]])
    notes.append(_told(first, first.scores[BEAMS[0]]))
    return write_page(
        f"translation_protocol_{protocol.replace('-', '_')}",
        title,
        head=(
            "system", "BLEU, all references", "over seeds", "BLEU, one reference", "chrF",
            "exact", "sentences a second",
        ),
        rows=rows,
        notes="\n\n".join(notes),
        module="translation_quality",
    )  # fmt: skip


def _spread(values: Sequence[float]) -> str:
    """Mean and standard deviation; of one value, nothing."""
    if len(values) == 1:
        return ""
    return f"{mean(values):.1f} ± {stdev(values):.1f}"


def _row(name: str, scores: Scores, *, over_seeds: str, speed: str) -> tuple[str, ...]:
    test, single = scores.test, scores.details["single_reference_bleu"]
    return (
        name,
        test["bleu"].text(decimals=1),
        over_seeds,
        f"{single:.1f}",
        test["chrf"].text(decimals=1),
        test["exact_match"].text(decimals=3),
        speed,
    )


def _baselines(scores: Scores) -> list[tuple[str, ...]]:
    return [
        (
            name.replace("_", " "),
            beside.metrics["bleu"].text(decimals=1),
            "",
            "",
            beside.metrics["chrf"].text(decimals=1),
            beside.metrics["exact_match"].text(decimals=3),
            "",
        )
        for name, beside in scores.baselines.items()
    ]


def _course(name: str, seeds: Sequence[Trained], equal: float) -> str:
    """How the trainings of a system went, in a paragraph."""
    system = seeds[0]
    sizes = ", ".join(
        f"{key} {value}"
        for key, value in system.job.network.model_dump(mode="json").items()
        if value
    )
    head = (
        f"**{name}** ({sizes}; {system.facts['parameters']:,} parameters), "
        f"{system.facts['device']}, {system.facts['precision']}."
    )
    return " ".join([head, *(_one_course(one, equal) for one in seeds)])


def _one_course(system: Trained, equal: float) -> str:
    history, minutes = History.read(system.folder), system.minutes
    course = [epoch[BLEU] for epoch in history.epochs]
    until = [bleu for bleu, at in zip(course, minutes, strict=True) if at <= equal * 1.001]
    rise = max(course[-LATEST:]) - max(course[:-LATEST], default=0.0)
    return (
        f"Seed {system.job.training.seed}: {len(course)} epochs in {minutes[-1]:.1f} minutes "
        f"of training; the best is epoch {history.best_epoch}, after "
        f"{minutes[history.best_epoch - 1]:.1f} minutes. Greedy BLEU on 500 validation pairs "
        f"after each: {', '.join(f'{bleu:.1f}' for bleu in course)}; in the last {LATEST} the "
        f"best rose by {max(rise, 0.0):.1f}. After {equal:.1f} minutes, which all had: "
        f"{max(until, default=0.0):.1f}."
    )


def _told(system: Trained, scores: Scores) -> str:
    tokens = system.place / "tokens"
    split = Translation(tokens, system.job).split("train")
    order = training_order(split.lengths, system.job.training, epoch=0)
    signatures = ", ".join(
        f"{TITLES[name]} `{words}`" for name, words in scores.signatures.items()
    )
    return (
        f"{len(split.lengths):,} training pairs in {len(order):,} batches; {scores.rows:,} "
        f"different test sources, none of which stands in training up to case and signs. All "
        f"targets of a source are its references; one reference: every test pair by itself. "
        f"{signatures}."
    )


if __name__ == "__main__":
    main()
