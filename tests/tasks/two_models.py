"""Two tiny classifiers with evaluations and versions, by the code that makes all of them."""

import shutil
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from configs.networks import RecurrentClassifierConfig
from configs.text import TextConfig
from configs.training import DecodingConfig
from models.batches import pad
from models.bundle import BundleConfig, write_bundle
from models.networks.build import ClassifierSizes, build_network
from models.text.encoding import encode_texts
from storage.files import write_json
from storage.journal import Journal
from tasks.evaluate import keep_evaluation
from tasks.run import Run
from tests.tracking.bundles import WORDS
from tests.tracking.conftest import copied_store, database_of, settings_in
from tests.training.some_scores import classifier_scores, lead
from tracking.registry import ModelVersion, version
from tracking.replay import Replay
from tracking.runs import record_model
from tracking.shipping import registrations
from tracking.store import TrackingStore
from training.answers import answer
from training.groups import FILE as GROUPS

NAME = "reviews"
LABELS = ("bad", "good")
TEXTS = [
    f"{before}{word}{after}"
    for before, word, after in product(
        ("", "a ", "very ", "a very ", "very very ", "a very very "), LABELS, ("", " film")
    )
]
ROWS = 240


@dataclass(frozen=True)
class TwoModels:
    """A home folder whose registry holds a weak and a strong model, and no champion.

    Attributes:
        home: The folder.
        weak: Number of the version that errs on a third of the rows.
        strong: Number of the version that errs on none.
    """

    home: Path
    weak: int
    strong: int

    @property
    def store(self) -> TrackingStore:
        """The registry in the home folder."""
        return TrackingStore.from_settings(settings_in(self.home))

    def version(self, number: int) -> ModelVersion:
        """The version as the registry has it now."""
        return version(self.store, NAME, number)

    def run(self, number: int) -> Run:
        """The run that made the version."""
        return Run(self.home, self.home / "runs" / self.version(number).run, NAME)

    def copied_to(self, home: Path) -> "TwoModels":
        """The same with a registry, runs and steps of its own; the bundles are shared."""
        shutil.copytree(self.home, home, ignore=shutil.ignore_patterns("artifacts", "*.lock"))
        return TwoModels(home, self.weak, self.strong)


def register_two_models(home: Path, database: Path) -> TwoModels:
    """Teach, evaluate and register both.

    Args:
        home: An empty folder.
        database: Of an empty registry.
    """
    store = copied_store(database, home)
    assert database_of(store).is_file()
    right = ["good" if "good" in text else "bad" for text in TEXTS]
    odd = [
        LABELS[label == "bad"] if "very very" in text else label
        for text, label in zip(TEXTS, right, strict=True)
    ]
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # more only wait for each other over such a network
    weak = _registered(home, store, _taught(home / "weak" / "bundle", odd), group=10_000)
    strong = _registered(home, store, _taught(home / "strong" / "bundle", right), group=20_000)
    torch.set_num_threads(threads)
    return TwoModels(home, weak, strong)


def _taught(folder: Path, labels: list[str]) -> Path:
    """A bundle that answers each of the texts with the label it was taught."""
    torch.manual_seed(0)
    config = BundleConfig(
        problem="classification",
        text=TextConfig(),
        network=RecurrentClassifierConfig(
            embedding_dim=8, hidden_dim=16, dense_dim=0, dropout=0.0
        ),
        decoding=DecodingConfig(),
        labels=LABELS,
    )
    network = build_network(
        config.network, ClassifierSizes(vocabulary=len(WORDS), classes=len(LABELS))
    )
    encoded = encode_texts(TEXTS, config.text, vocabulary=WORDS)
    batch = pad(encoded.ids, encoded.offsets, rows=np.arange(len(TEXTS)))
    targets = torch.tensor([LABELS.index(label) for label in labels])
    weights = list(network.parameters())
    for step in range(60):  # by signs alone: importing torch.optim would cost seconds
        loss = torch.nn.functional.cross_entropy(network(batch.ids, batch.lengths), targets)
        with torch.no_grad():
            for weight, slope in zip(weights, torch.autograd.grad(loss, weights), strict=True):
                weight -= 0.05 * (1 - step / 60) * slope.sign()
    assert loss < 0.1
    write_bundle(folder, network.eval(), config=config, vocabularies={"vocabulary": WORDS})
    return folder


def _registered(home: Path, store: TrackingStore, bundle: Path, *, group: int) -> int:
    """Number of the version that a finished run makes of the bundle."""
    evaluation = bundle.parent / "evaluation"
    _evaluate(bundle, evaluation, group=group)
    journal = Journal.create(home, experiment=NAME, name=bundle.parent.name, key="k")
    write_json(journal.folder / "config.json", {"promotion": {}})
    journal.artifact(journal.folder / "config.json", "config")
    journal.tag("trigger", "manual")
    keep_evaluation(journal, evaluation)
    record_model(journal, bundle, name=NAME, verdict="made up", evaluation=evaluation)
    journal.end("FINISHED")
    Replay(journal.folder, store).advance(seconds=120)
    [made] = registrations(journal.folder, store)
    return made.version


def _evaluate(bundle: Path, folder: Path, *, group: int) -> None:
    """Answers to the same test rows for both, scores that beat the majority, own groups."""
    place = np.arange(ROWS)
    rows = pd.DataFrame(
        {
            "id": place,
            "group": [f"{number:016x}" for number in place],
            "text": [TEXTS[number % len(TEXTS)] for number in place],
            "label": [
                "good" if "good" in TEXTS[number % len(TEXTS)] else "bad" for number in place
            ],
            "tokens": [len(TEXTS[number % len(TEXTS)].split()) for number in place],
        }
    ).astype({"group": "str", "text": "str", "label": "str"})
    learnt = {"group": [f"{group + number:016x}" for number in range(50)], "split": "train"}
    (folder / GROUPS).parent.mkdir(parents=True)
    pd.DataFrame(learnt).to_parquet(folder / GROUPS, index=False)
    rows.to_parquet(folder / "rows.parquet", index=False)
    answer(bundle, folder / "rows.parquet", folder)
    (folder / "rows.parquet").unlink()
    classifier_scores(lead(0.1)).write(folder, verdict="made up")
