"""Tiny untrained bundles: real ones, written by the code that writes all bundles."""

from pathlib import Path

import torch

from configs.networks import (
    EventClassifierConfig,
    GRUEncoderDecoderConfig,
    RecurrentClassifierConfig,
    RecurrentLanguageModelConfig,
    RecurrentTaggerConfig,
)
from configs.text import TextConfig
from configs.training import DecodingConfig
from models.bundle import BundleConfig, write_bundle
from models.networks.build import (
    ClassifierSizes,
    LanguageModelSizes,
    Seq2SeqSizes,
    TaggerSizes,
    build_network,
)
from models.text.vocabulary import SPECIALS, Vocabulary

WORDS = Vocabulary((*SPECIALS, "a", "bad", "film", "good", "very"))
LETTERS = Vocabulary((*SPECIALS, *"abdfgilmory"))


def tiny_classifier(folder: Path, *, labels: tuple[str, ...], seed: int = 0) -> Path:
    torch.manual_seed(seed)
    network = RecurrentClassifierConfig(embedding_dim=4, hidden_dim=4, dense_dim=0)
    sizes = ClassifierSizes(vocabulary=len(WORDS), classes=len(labels))
    config = BundleConfig(
        problem="classification",
        text=TextConfig(),
        network=network,
        decoding=DecodingConfig(),
        labels=labels,
    )
    built = build_network(network, sizes)
    write_bundle(folder, built, config=config, vocabularies={"vocabulary": WORDS})
    return folder


def tiny_event_classifier(folder: Path) -> Path:
    torch.manual_seed(0)
    network = EventClassifierConfig(embedding_dim=4, hidden_dim=4, dense_dim=4)
    labels = ("fault", "well")
    config = BundleConfig(
        problem="events",
        text=TextConfig(tokenizer="given", lowercase=False, max_tokens=6, keep="end"),
        network=network,
        decoding=DecodingConfig(),
        labels=labels,
    )
    built = build_network(network, ClassifierSizes(vocabulary=len(WORDS), classes=2))
    write_bundle(folder, built, config=config, vocabularies={"vocabulary": WORDS})
    return folder


def tiny_tagger(folder: Path) -> Path:
    torch.manual_seed(0)
    network = RecurrentTaggerConfig(
        embedding_dim=4, character_dim=3, spelling_dim=4, hidden_dim=4
    )
    tags = ("ADJ", "DET", "NOUN")
    sizes = TaggerSizes(vocabulary=len(WORDS), characters=len(LETTERS), tags=len(tags))
    config = BundleConfig(
        problem="tagging",
        text=TextConfig(tokenizer="given"),
        network=network,
        decoding=DecodingConfig(),
        labels=tags,
    )
    vocabularies = {"vocabulary": WORDS, "characters": LETTERS}
    write_bundle(
        folder, build_network(network, sizes), config=config, vocabularies=vocabularies
    )
    return folder


def tiny_language_model(folder: Path) -> Path:
    torch.manual_seed(0)
    network = RecurrentLanguageModelConfig(embedding_dim=4, hidden_dim=4)
    letters = Vocabulary((*SPECIALS, *"abdfgilmory ", "\\n"))
    config = BundleConfig(
        problem="language_modelling",
        text=TextConfig(tokenizer="characters", lowercase=False, max_tokens=100_000),
        network=network,
        decoding=DecodingConfig(max_tokens=5),
    )
    built = build_network(network, LanguageModelSizes(vocabulary=len(letters)))
    write_bundle(folder, built, config=config, vocabularies={"vocabulary": letters})
    return folder


def tiny_translator(folder: Path) -> Path:
    torch.manual_seed(0)
    network = GRUEncoderDecoderConfig(embedding_dim=4, hidden_dim=4)
    sizes = Seq2SeqSizes(source_vocabulary=len(WORDS), target_vocabulary=len(WORDS))
    config = BundleConfig(
        problem="translation",
        text=TextConfig(),
        network=network,
        decoding=DecodingConfig(max_tokens=5),
    )
    vocabularies = {"source_vocabulary": WORDS, "target_vocabulary": WORDS}
    write_bundle(
        folder, build_network(network, sizes), config=config, vocabularies=vocabularies
    )
    return folder
