"""A network over bags of words: which words a text holds and how often, in no order."""

import math
from collections.abc import Callable
from typing import Literal, NamedTuple, TypeAlias

import torch
from torch import Tensor, nn
from torch.nn import functional as F

Bag: TypeAlias = Literal["binary", "count", "frequency", "tfidf"]
Activation: TypeAlias = Literal["relu", "tanh", "selu"]
_ACTIVATIONS: dict[Activation, Callable[[Tensor], Tensor]] = {
    "relu": F.relu,
    "tanh": torch.tanh,
    "selu": F.selu,
}


class Bags(NamedTuple):
    """The bags of a batch, one after the other.

    Attributes:
        words: (N,) int64, the different words of each text.
        counts: (N,) float32, how often each stands in its text.
        rows: (N,) int64, which text each belongs to.
    """

    words: Tensor
    counts: Tensor
    rows: Tensor


def bags_of(ids: Tensor, lengths: Tensor, *, vocabulary: int, specials: int) -> Bags:
    """The different words of each text, and how often each occurs.

    Args:
        ids: (B, T) int64; what stands behind a text's length has no influence.
        lengths: (B,) int64, on any device.
        vocabulary: Number of ids.
        specials: Ids below it are no words: padding, unknown words, begin and end.
    """
    places = torch.arange(ids.shape[1], device=ids.device)
    real = (places < lengths.to(ids.device).unsqueeze(1)) & (ids >= specials)  # (B, T)
    rows = torch.arange(len(ids), device=ids.device).unsqueeze(1).expand_as(ids)[real]
    pairs, counts = torch.unique(rows * vocabulary + ids[real], return_counts=True)
    return Bags(pairs % vocabulary, counts.float(), pairs // vocabulary)


class BagOfWords(nn.Module):
    """Layers over the sum of the vectors of a text's words, each weighted as the bag says.

    No matrix of texts by words is ever made: a text costs as much as it has different words.

    Axes: B batch, T time, N words of all bags, H first layer, K classes.

    Args:
        vocabulary: Number of ids.
        classes: K.
        bag: What a word counts. binary: 1. count: its occurrences n. frequency: n over the
            text's known words. tfidf: (1 + ln n) times the idf, of unit length in each text.
        hidden_dims: Sizes of the layers, the first of which the words are summed in.
        activation: Between layers.
        initial: Of weights. he: normal, variance 2 over the layer's inputs (He et al. 2015).
            normal: `initial_deviation` for the words' vectors, else as torch has it.
        initial_deviation: See there.
        dropout: Before each layer but the first, share 0 to 1.
        word_dropout: Words left out of a bag in training; the others are scaled up.
        sparse_gradient: Let only the words of a batch have a gradient.
        specials: Ids below it are no words.
    """

    idf: Tensor

    def __init__(  # noqa: PLR0913 - networks take plain numbers; the config stops at the builder
        self,
        vocabulary: int,
        classes: int,
        *,
        bag: Bag,
        hidden_dims: tuple[int, ...],
        activation: Activation,
        initial: Literal["he", "normal"],
        initial_deviation: float,
        dropout: float,
        word_dropout: float,
        sparse_gradient: bool,
        specials: int,
    ) -> None:
        super().__init__()
        first, *others = hidden_dims
        self.words = nn.EmbeddingBag(vocabulary, first, mode="sum", sparse=sparse_gradient)
        self.bias = nn.Parameter(torch.zeros(first))
        sizes = [first, *others]
        self.layers = nn.ModuleList(
            nn.Linear(below, above) for below, above in zip(sizes, others, strict=False)
        )
        self.scores = nn.Linear(sizes[-1], classes)
        self.dropout = nn.Dropout(dropout)
        self.bag: Bag = bag
        self.activation: Activation = activation
        self.word_dropout = word_dropout
        self.specials = specials
        self.register_buffer("idf", torch.ones(vocabulary))
        deviation = math.sqrt(2 / vocabulary) if initial == "he" else initial_deviation
        nn.init.normal_(self.words.weight, std=deviation)
        if initial == "he":
            for layer in (*self.layers, self.scores):
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
                nn.init.zeros_(layer.bias)

    def forward(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """Score a batch.

        Args:
            ids: (B, T) int64; what stands behind a text's length has no influence.
            lengths: (B,) int64, each at least 1.

        Returns:
            (B, K) logits.
        """
        bags = self.bags(ids, lengths)
        weights = self.weights(bags, texts=len(ids))
        if self.training and self.word_dropout > 0:
            weights = F.dropout(weights, self.word_dropout)
        starts = torch.searchsorted(bags.rows, torch.arange(len(ids), device=ids.device))
        activation = _ACTIVATIONS[self.activation]
        summed = self.words(bags.words, starts, per_sample_weights=weights)  # (B, H)
        states = activation(summed + self.bias)
        for layer in self.layers:
            states = activation(layer(self.dropout(states)))
        logits: Tensor = self.scores(self.dropout(states))  # (B, K)
        return logits

    def bags(self, ids: Tensor, lengths: Tensor) -> Bags:
        """The bags of a batch; see :func:`bags_of`."""
        vocabulary = self.words.num_embeddings
        return bags_of(ids, lengths, vocabulary=vocabulary, specials=self.specials)

    def weights(self, bags: Bags, *, texts: int) -> Tensor:
        """(N,) float32, what each word counts in its text."""
        match self.bag:
            case "binary":
                return torch.ones_like(bags.counts)
            case "count":
                return bags.counts
            case "frequency":
                whole = bags.counts.new_zeros(texts).index_add(0, bags.rows, bags.counts)
                return bags.counts / whole[bags.rows]
            case "tfidf":
                weights = (1 + bags.counts.log()) * self.idf[bags.words]
                squares = weights.new_zeros(texts).index_add(0, bags.rows, weights**2)
                return weights / squares.sqrt()[bags.rows]

    @torch.no_grad()
    def weigh_words(self, texts_with: Tensor, texts: int) -> None:
        """Set the idf, ln((1 + texts) / (1 + texts with the word)) + 1, as scikit-learn has it.

        Args:
            texts_with: (V,) int64, training texts that hold each word.
            texts: All training texts.
        """
        self.idf.copy_(((1 + texts) / (1 + texts_with)).log() + 1)
