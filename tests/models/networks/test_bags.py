"""Bags of words: what scikit-learn counts, in a network that sees no padding and no order."""

from typing import Literal

import numpy as np
import pytest
import torch
from sklearn.feature_extraction.text import TfidfVectorizer
from torch import Tensor

from models.networks.bags import Activation, Bag, BagOfWords, bags_of

SPECIALS, WORDS = 4, 12
IDS = torch.tensor([[5, 5, 9, 1, 6, 0], [7, 9, 0, 0, 0, 0], [1, 1, 1, 0, 0, 0]])
LENGTHS = torch.tensor([5, 2, 3])


def network(
    bag: Bag = "tfidf",
    *,
    hidden: tuple[int, ...] = (8,),
    activation: Activation = "relu",
    initial: Literal["he", "normal"] = "normal",
    sparse: bool = False,
) -> BagOfWords:
    torch.manual_seed(0)
    return BagOfWords(
        WORDS,
        3,
        bag=bag,
        hidden_dims=hidden,
        activation=activation,
        initial=initial,
        initial_deviation=0.1,
        dropout=0.5,
        word_dropout=0.5,
        sparse_gradient=sparse,
        specials=SPECIALS,
    ).eval()


def weights(bag: Bag) -> list[dict[int, float]]:
    """By text, what each word counts."""
    model = network(bag)
    model.weigh_words(torch.tensor([0, 0, 0, 0, 0, 1, 1, 1, 0, 2, 0, 0]), 3)
    bags = model.bags(IDS, LENGTHS)
    values = model.weights(bags, texts=len(IDS))
    found: list[dict[int, float]] = [{} for _ in IDS]
    for row, word, value in zip(
        bags.rows.tolist(), bags.words.tolist(), values.tolist(), strict=True
    ):
        found[row][word] = value
    return found


def test_a_bag_holds_known_words_with_their_counts() -> None:
    bags = bags_of(IDS, LENGTHS, vocabulary=WORDS, specials=SPECIALS)
    assert bags.words.tolist() == [5, 6, 9, 7, 9]
    assert bags.counts.tolist() == [2, 1, 1, 1, 1]
    assert bags.rows.tolist() == [0, 0, 0, 1, 1]


def test_ways_to_count() -> None:
    assert weights("binary")[0] == {5: 1, 6: 1, 9: 1}
    assert weights("count")[0] == {5: 2, 6: 1, 9: 1}
    assert weights("frequency")[0] == {5: 0.5, 6: 0.25, 9: 0.25}
    assert weights("frequency")[2] == {}


def test_tfidf_is_scikit_learns() -> None:
    texts = ["five five nine six", "seven nine", ""]
    names = {"five": 5, "six": 6, "seven": 7, "nine": 9}
    vectorizer = TfidfVectorizer(sublinear_tf=True, vocabulary=list(names))
    expected = vectorizer.fit_transform(texts).toarray()
    for row, found in enumerate(weights("tfidf")):
        for column, name in enumerate(names):
            assert found.get(names[name], 0.0) == pytest.approx(expected[row, column], abs=1e-6)


@pytest.mark.parametrize("activation", ["relu", "tanh", "selu"])
def test_scores_know_nothing_of_padding_order_and_neighbours(activation: Activation) -> None:
    model = network(hidden=(8, 6), activation=activation)
    scores = model(IDS, LENGTHS)
    turned = torch.tensor([[6, 1, 9, 5, 5]])
    torch.testing.assert_close(model(turned, torch.tensor([5]))[0], scores[0])
    other_padding = IDS.masked_fill(torch.arange(6) >= LENGTHS.unsqueeze(1), 7)
    torch.testing.assert_close(model(other_padding, LENGTHS), scores)
    assert scores.isfinite().all()


def test_scores_are_those_of_dense_layers() -> None:
    model = network("count", hidden=(8, 6))
    dense = torch.zeros(3, WORDS)
    for row, bag in enumerate(weights("count")):
        for word, value in bag.items():
            dense[row, word] = value
    states = torch.relu(dense @ model.words.weight + model.bias)
    expected = model.scores(torch.relu(model.layers[0](states)))
    torch.testing.assert_close(model(IDS, LENGTHS), expected)


@pytest.mark.parametrize("bag", ["count", "tfidf"])
def test_sparse_and_dense_gradients_are_the_same(bag: Bag) -> None:
    def gradient(*, sparse: bool) -> Tensor:
        model = network(bag, sparse=sparse)
        model(IDS, LENGTHS).square().sum().backward()
        found = model.words.weight.grad
        assert found is not None
        assert found.is_sparse == sparse
        return found.to_dense()

    torch.testing.assert_close(gradient(sparse=True), gradient(sparse=False))


def test_words_are_dropped_in_training_alone() -> None:
    model = network()
    assert torch.equal(model(IDS, LENGTHS), model(IDS, LENGTHS))
    model.train()
    drawn = [model(IDS, LENGTHS) for _ in range(2)]
    assert not torch.equal(*drawn)


def test_he_draws_by_the_inputs_of_a_layer() -> None:
    torch.manual_seed(0)
    wide = BagOfWords(
        5_000,
        3,
        bag="count",
        hidden_dims=(64, 400),
        activation="relu",
        initial="he",
        initial_deviation=0.1,
        dropout=0.0,
        word_dropout=0.0,
        sparse_gradient=False,
        specials=SPECIALS,
    )
    found = [float(layer.weight.detach().std()) for layer in (wide.words, *wide.layers)]
    assert found == pytest.approx(list(np.sqrt([2 / 5_000, 2 / 64])), rel=0.05)
