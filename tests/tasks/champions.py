"""A champion of generated reviews in a store; its network is untrained, but real."""

from pathlib import Path

import pandas as pd
import torch

from configs.experiment import ExperimentConfig
from configs.networks import RecurrentClassifierConfig
from configs.settings import Settings
from configs.training import DecodingConfig
from corpora.tables import read_table
from data_checks.profiling import profile_training
from models.bundle import BundleConfig, write_bundle
from models.classifying import ClassificationPredictor
from models.networks.build import ClassifierSizes, build_network
from models.predictors import load_predictor
from storage.audit import AuditLog
from storage.files import write_json
from storage.journal import Journal
from tests.data_checks.drifting import TEXT, Reference, drawn, reference
from tracking.registry import Decision, move_champion, version
from tracking.replay import Replay
from tracking.runs import record_model
from tracking.store import TrackingStore

LABELS = ("negative", "positive")


def crown(settings: Settings, folder: Path) -> pd.DataFrame:
    """Make version 1 of `demo` the champion; returns the reviews it knows."""
    frame = drawn(2_000, seed=1)
    data = reference(folder, frame)
    bundle = folder / "bundle"
    _write_network(bundle, data)
    _write_answers(data, bundle, folder / "predictions.parquet")
    profile_training(
        data.tables, data.tokens, folder / "predictions.parquet", problem="classification"
    ).write(folder / "profile")
    groups = read_table(data.tables / "train", ["group"]).assign(split="train")
    (folder / "lineage").mkdir()
    groups.to_parquet(folder / "lineage/groups.parquet", index=False)
    experiment = ExperimentConfig.model_validate({"preset": "demo"})
    write_json(folder / "config.json", experiment.model_dump(mode="json"))
    journal = Journal.create(settings.home, experiment="demo", name="demo", key="k")
    for name, to in {
        "profile": "profile",
        "lineage": "lineage",
        "config.json": "config",
        "predictions.parquet": "evaluation",
    }.items():
        journal.artifact(folder / name, to)
    record_model(journal, bundle, name="demo", verdict="untrained")
    journal.end("FINISHED")
    store = TrackingStore.from_settings(settings)
    assert Replay(journal.folder, store).advance(seconds=60) == "shipped"
    first, audit = version(store, "demo", 1), AuditLog(settings.home)
    move_champion(store, first, lambda _: Decision(True, "the only one"), audit=audit)
    return frame


def _write_network(bundle: Path, data: Reference) -> None:
    torch.manual_seed(0)
    network = RecurrentClassifierConfig(embedding_dim=4, hidden_dim=4, dense_dim=0)
    sizes = ClassifierSizes(vocabulary=len(data.vocabulary), classes=2)
    config = BundleConfig(
        problem="classification",
        text=TEXT,
        network=network,
        decoding=DecodingConfig(),
        labels=LABELS,
    )
    built = build_network(network, sizes)
    write_bundle(bundle, built, config=config, vocabularies={"vocabulary": data.vocabulary})


def _write_answers(data: Reference, bundle: Path, path: Path) -> None:
    test = read_table(data.tables / "test")
    predictor = load_predictor(bundle)
    assert isinstance(predictor, ClassificationPredictor)
    found = predictor.predict_columns(test["text"].tolist())
    test.assign(
        predicted=[LABELS[place] for place in found.classes],
        probability=found.probabilities.max(axis=1),
    ).to_parquet(path, index=False)
