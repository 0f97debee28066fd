from typing import get_args

import pytest

from configs.networks import (
    BagOfWordsConfig,
    EventClassifierConfig,
    GRUEncoderDecoderConfig,
    NetworkConfig,
    RecurrentClassifierConfig,
    RecurrentLanguageModelConfig,
    RecurrentTaggerConfig,
)
from models.networks.build import (
    ClassifierSizes,
    LanguageModelSizes,
    Seq2SeqSizes,
    Sizes,
    TaggerSizes,
    build_network,
)

CLASSIFIER = ClassifierSizes(vocabulary=9, classes=2)
TAGGER = TaggerSizes(vocabulary=9, characters=8, tags=3)
SEQ2SEQ = Seq2SeqSizes(source_vocabulary=9, target_vocabulary=8)


@pytest.mark.parametrize("config_class", get_args(get_args(NetworkConfig)[0]))
def test_every_config_builds_a_network_of_its_defaults(config_class: type[NetworkConfig]):
    config = config_class()
    sizes: Sizes = SEQ2SEQ
    if isinstance(config, RecurrentClassifierConfig | BagOfWordsConfig | EventClassifierConfig):
        sizes = CLASSIFIER
    if isinstance(config, RecurrentTaggerConfig):
        sizes = TAGGER
    if isinstance(config, RecurrentLanguageModelConfig):
        sizes = LanguageModelSizes(vocabulary=9)
    assert sum(parameter.numel() for parameter in build_network(config, sizes).parameters())


def test_settings_reach_the_network():
    config = RecurrentClassifierConfig(
        cell="gru", bidirectional=False, layers=3, embedding_dim=7, hidden_dim=5, dense_dim=0,
        pooling="max", dropout=0.25, embedding_dropout=0.125, word_dropout=0.0625,
        ngram_buckets=31, ngram_dropout=0.5,
    )  # fmt: skip
    network = build_network(config, CLASSIFIER)
    recurrence = network.encoder.recurrence
    assert [type(layer).__name__ for layer in recurrence.forwards] == ["GRU"] * 3
    assert len(recurrence.backwards) == 0
    assert (recurrence.forwards[0].input_size, recurrence.forwards[0].hidden_size) == (7, 5)
    rates = (recurrence.dropout.p, network.dropout.p, network.encoder.dropout.p)
    assert rates == (0.25, 0.25, 0.25)
    assert (network.encoder.embedding_dropout, network.word_dropout) == (0.125, 0.0625)
    assert network.ngrams is not None
    assert (network.ngrams.buckets, network.ngrams.text_dropout) == (31, 0.5)
    assert (network.pooling, network.dense) == ("max", None)


def test_one_layer_has_nothing_to_drop_between_layers(recwarn: pytest.WarningsRecorder):
    build_network(RecurrentClassifierConfig(layers=1, dropout=0.5), CLASSIFIER)
    assert not recwarn.list


def test_sizes_of_another_problem_are_refused():
    with pytest.raises(TypeError, match="ClassifierSizes, not Seq2SeqSizes"):
        build_network(RecurrentClassifierConfig(), SEQ2SEQ)
    with pytest.raises(TypeError, match="Seq2SeqSizes, not ClassifierSizes"):
        build_network(GRUEncoderDecoderConfig(), CLASSIFIER)
