"""Tiny bundles with random weights."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from hypothesis import settings

from configs.networks import GRUEncoderDecoderConfig, RecurrentClassifierConfig
from configs.text import TextConfig
from configs.training import DecodingConfig
from models.bundle import BundleConfig, write_bundle
from models.networks.build import ClassifierSizes, Seq2SeqSizes, build_network
from models.text.vocabulary import EOS_ID, SPECIALS, Vocabulary

WORDS = Vocabulary((*SPECIALS, "good", "bad", "film", "not", "a", "."))
FRENCH = Vocabulary((*SPECIALS, "bon", "mauvais", "film", "￭.", "l", "￭'￭"))
settings.register_profile("models", deadline=None)  # the machine may be busy
settings.load_profile("models")

LABELS = ("negative", "neutral", "positive")
CLASSIFIER = RecurrentClassifierConfig(
    embedding_dim=4, hidden_dim=5, dense_dim=6, pooling="max_mean", ngram_buckets=13
)
TRANSLATOR = GRUEncoderDecoderConfig(embedding_dim=4, hidden_dim=5)


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Networks this small only lose by a second thread."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def classifier(tmp_path: Path) -> Path:
    """The folder of a classifier's bundle."""
    folder = tmp_path / "classifier"
    torch.manual_seed(0)
    network = build_network(CLASSIFIER, ClassifierSizes(len(WORDS), len(LABELS)))
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter)
    config = BundleConfig(
        problem="classification",
        text=TextConfig(max_tokens=12),
        network=CLASSIFIER,
        decoding=DecodingConfig(),
        labels=LABELS,
    )
    write_bundle(folder, network, config=config, vocabularies={"vocabulary": WORDS})
    return folder


@pytest.fixture
def translator(tmp_path: Path) -> Path:
    """The folder of a translator's bundle."""
    folder = tmp_path / "translator"
    torch.manual_seed(3)
    network = build_network(TRANSLATOR, Seq2SeqSizes(len(WORDS), len(FRENCH)))
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter)
    torch.nn.init.constant_(network.scores.bias[:EOS_ID], -9.0)  # as training leaves them
    config = BundleConfig(
        problem="translation",
        text=TextConfig(max_tokens=12),
        network=TRANSLATOR,
        decoding=DecodingConfig(max_tokens=7),
    )
    vocabularies = {"source_vocabulary": WORDS, "target_vocabulary": FRENCH}
    write_bundle(folder, network, config=config, vocabularies=vocabularies)
    return folder
