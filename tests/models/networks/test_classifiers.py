import math

import pytest
import torch
from torch import Tensor

from configs.networks import RecurrentClassifierConfig
from models.networks.build import ClassifierSizes, build_network
from models.networks.classifiers import RecurrentClassifier

SIZES = ClassifierSizes(vocabulary=12, classes=3)
PLAIN = {
    "embedding_dim": 5,
    "embedding_deviation": 1.0,
    "hidden_dim": 6,
    "dense_dim": 4,
    "dropout": 0.0,
}
KINDS = [
    {"cell": cell, "bidirectional": both, "layers": layers, "pooling": pooling}
    for cell, both, layers, pooling in [
        ("lstm", True, 1, "last"),
        ("gru", False, 2, "last"),
        ("lstm", True, 2, "max"),
        ("gru", True, 1, "mean"),
        ("lstm", False, 1, "max_mean"),
    ]
]
every_kind = pytest.mark.parametrize(
    "kind", KINDS, ids=lambda kind: "-".join(map(str, kind.values()))
)


def network_of(**settings: object) -> RecurrentClassifier:
    torch.manual_seed(1)
    config = RecurrentClassifierConfig.model_validate({**PLAIN, **settings})
    network = build_network(config, SIZES)
    if network.ngrams is not None:  # they start at 0, which would hide what they do
        torch.nn.init.normal_(network.ngrams.weight)
    return network


def score(network: torch.nn.Module, *rows: list[int], fill: int = 0) -> Tensor:
    lengths = torch.tensor([len(row) for row in rows])
    ids = torch.full((len(rows), int(lengths.max())), fill)
    for i, row in enumerate(rows):
        ids[i, : len(row)] = torch.tensor(row)
    return network(ids, lengths)


@every_kind
def test_classifier_is_blind_to_padding(kind: dict[str, object]):
    network = network_of(**kind, ngram_buckets=50)
    alone = score(network, [4, 5])
    padded = score(network, [4, 5], [6, 7, 8, 9, 10], fill=11)
    torch.testing.assert_close(padded[:1], alone)


@every_kind
def test_rows_do_not_look_at_each_other(kind: dict[str, object]):
    network = network_of(**kind, ngram_buckets=50)
    rows = [[4, 5], [6, 7, 8, 9], [10], [4, 4, 4]]
    there, back = score(network, *rows), score(network, *rows[::-1])
    torch.testing.assert_close(there, back.flip(0))


@every_kind
def test_every_parameter_learns(kind: dict[str, object]):
    network = network_of(**kind, ngram_buckets=50)
    score(network, [4, 5, 6], [7, 8]).square().sum().backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().sum() > 0, name


@every_kind
def test_word_order_matters(kind: dict[str, object]):
    network = network_of(**kind)
    assert not torch.allclose(score(network, [4, 5, 6]), score(network, [6, 5, 4]))


def test_padding_vector_gets_no_gradient():
    network = network_of()
    score(network, [4, 5, 6], [7]).sum().backward()
    gradient = network.encoder.embedding.weight.grad
    assert gradient is not None
    assert gradient[0].abs().sum() == 0
    assert gradient[4].abs().sum() > 0


def test_mean_and_max_go_over_real_tokens_only():
    torch.manual_seed(0)
    network = network_of(pooling="max_mean", bidirectional=False, dense_dim=0)
    read = network.encoder(torch.tensor([[4, 5, 0]]), torch.tensor([2]))
    states = read.states[0, :2]  # (2, H), the real tokens'
    pooled = torch.cat([states.amax(dim=0), states.mean(dim=0)])
    torch.testing.assert_close(score(network, [4, 5])[0], network.scores(pooled))


def test_last_pooling_joins_the_ends_of_both_directions():
    network = network_of(pooling="last", dense_dim=0)
    ids, lengths = torch.tensor([[4, 5, 6]]), torch.tensor([3])
    states = network.encoder(ids, lengths).states  # (1, T, 2 H)
    ends = torch.cat([states[0, -1, :6], states[0, 0, 6:]])
    torch.testing.assert_close(network(ids, lengths)[0], network.scores(ends))


def test_the_sentiment_network_has_the_parameters_that_its_sizes_say():
    config = RecurrentClassifierConfig(embedding_dim=64, hidden_dim=64, dense_dim=64)
    network = build_network(config, ClassifierSizes(vocabulary=1000, classes=2))
    embedding = 1000 * 64
    direction = 4 * 64 * (64 + 64 + 2)  # four gates, two biases
    dense = (2 * 64 + 1) * 64
    scores = (64 + 1) * 2
    assert sum(p.numel() for p in network.parameters()) == (
        embedding + 2 * direction + dense + scores
    )


def test_dropouts_are_silent_in_evaluation():
    network = network_of(
        dropout=0.5,
        embedding_dropout=0.5,
        word_dropout=0.5,
        layers=2,
        ngram_buckets=9,
        ngram_dropout=0.5,
    ).eval()
    torch.testing.assert_close(score(network, [4, 5, 6]), score(network, [4, 5, 6]))


@pytest.mark.parametrize("name", ["dropout", "embedding_dropout", "word_dropout"])
def test_each_dropout_acts_in_training(name: str):
    network = network_of(**{name: 0.5})
    rows = [[4, 5, 6, 7, 8, 9]] * 8
    assert not torch.allclose(score(network, *rows), score(network, *rows))


def test_word_dropout_reads_unknown_words_instead():
    network = network_of(word_dropout=0.999999)
    unknown = score(network.eval(), [1, 1, 1])
    torch.testing.assert_close(score(network.train(), [4, 5, 6]), unknown)


def test_word_dropout_leaves_the_ngrams_their_words():
    network = network_of(word_dropout=0.999999, ngram_buckets=50)
    assert network.ngrams is not None
    unknown = score(network.eval(), [1, 1, 1]) - score(network.ngrams, [1, 1, 1])
    expected = unknown + score(network.ngrams, [4, 5, 6])
    torch.testing.assert_close(score(network.train(), [4, 5, 6]), expected)


def test_ngram_dropout_leaves_the_network_alone_with_a_text():
    network = network_of(ngram_dropout=0.999999, ngram_buckets=50)
    with_ngrams = score(network.eval(), [4, 5, 6])
    assert network.ngrams is not None
    alone = with_ngrams - score(network.ngrams, [4, 5, 6])
    torch.testing.assert_close(score(network.train(), [4, 5, 6]), alone)


def test_word_vectors_start_with_the_deviation_asked():
    config = RecurrentClassifierConfig(embedding_dim=64, embedding_deviation=0.25)
    network = build_network(config, ClassifierSizes(vocabulary=1000, classes=2))
    assert network.encoder.embedding.weight.std().item() == pytest.approx(0.25, rel=0.02)


def test_embedding_dropout_drops_whole_channels_of_a_text():
    network = network_of(embedding_dropout=0.5)
    seen = []
    network.encoder.recurrence.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    torch.nn.init.ones_(network.encoder.embedding.weight)
    score(network, [4, 5, 6], [7, 8, 9], [4, 4, 4])
    vectors = seen[0]  # (3, 3, E)
    assert (vectors == vectors[:, :1]).all()  # one draw for all words of a text
    assert len(vectors[:, 0].unique(dim=0)) > 1  # another for another text
    assert not (vectors == vectors[:, :, :1]).all()  # and for each channel
    assert set(vectors.unique().tolist()) <= {0.0, 2.0}


def test_a_text_without_tokens_is_refused():
    with pytest.raises(ValueError, match="0 tokens has no state; give it one unknown word"):
        network_of()(torch.tensor([[4]]), torch.tensor([0]))


def test_scores_start_near_even_odds():
    network = network_of(ngram_buckets=9)
    torch.nn.init.zeros_(network.ngrams.weight)  # type: ignore[union-attr]
    entropy = torch.distributions.Categorical(logits=score(network, [4, 5, 6])).entropy()
    assert entropy.item() > 0.9 * math.log(3)
