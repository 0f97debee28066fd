"""Networks that give a tag to each word of a sentence."""

from typing import Literal, TypeAlias

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.networks.cells import CellName, Recurrence
from models.networks.crf import LinearChainCRF
from models.networks.dropouts import channel_mask, drop_words
from models.networks.spellings import SpellingEncoder, SpellingName, Spellings

SpellingChoice: TypeAlias = SpellingName | Literal["none"]


class RecurrentTagger(nn.Module):
    """Word vectors and spellings, read by recurrent layers, and scores of each word's tags.

    Axes: B batch, T time, N real words of the batch, E a word's vector, K tags.

    Args:
        vocabulary: Number of word ids.
        characters: Number of character ids.
        tags: K.
        cell: Kind of the recurrent layers.
        bidirectional: Read from both ends.
        layers: Recurrent layers.
        embedding_dim: Size of a word's own vector.
        spelling: How characters are read; none: words without a vector are all the same.
        character_dim: Size of a character's vector.
        spelling_dim: Size of what a spelling adds to a word's vector.
        hidden_dim: State size of one direction.
        crf: Score the tags of a sentence together; else each by itself.
        dropout: On word vectors, between layers and before the scores.
        embedding_dropout: Whole channels of all of a sentence's vectors.
        word_dropout: Words read as the unknown one in training; their spelling stays.
        unknown_id: Id of the unknown word.
    """

    def __init__(  # noqa: PLR0913 - networks take plain numbers; the config stops at the builder
        self,
        vocabulary: int,
        characters: int,
        tags: int,
        *,
        cell: CellName,
        bidirectional: bool,
        layers: int,
        embedding_dim: int,
        spelling: SpellingChoice,
        character_dim: int,
        spelling_dim: int,
        hidden_dim: int,
        crf: bool,
        dropout: float,
        embedding_dropout: float,
        word_dropout: float,
        unknown_id: int,
    ) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, embedding_dim)
        nn.init.normal_(self.embedding.weight, std=0.1)
        self.spelling: SpellingEncoder | None = None
        if spelling != "none":
            self.spelling = SpellingEncoder(
                characters, kind=spelling, embedding_dim=character_dim, output_dim=spelling_dim
            )
        self.recurrence = Recurrence(
            cell,
            embedding_dim + (spelling_dim if self.spelling else 0),
            hidden_dim=hidden_dim,
            layers=layers,
            bidirectional=bidirectional,
            dropout=dropout,
        )
        self.scores = nn.Linear(self.recurrence.output_dim, tags)
        self.crf = LinearChainCRF(tags) if crf else None
        self.dropout = nn.Dropout(dropout)
        self.embedding_dropout = embedding_dropout
        self.word_dropout = word_dropout
        self.unknown_id = unknown_id

    def forward(self, ids: Tensor, lengths: Tensor, spellings: Spellings | None) -> Tensor:
        """Score each word's tags, not looking at its neighbours' tags.

        Args:
            ids: (B, T) int64; what stands behind a length has no influence.
            lengths: (B,) int64 on the CPU, each at least 1.
            spellings: Of the words; None where the network reads none.

        Returns:
            (N, K) scores of the real words only, row after row.
        """
        if self.training and self.word_dropout > 0:
            ids = drop_words(ids, share=self.word_dropout, unknown_id=self.unknown_id)
        vectors: Tensor = self.embedding(ids)  # (B, T, E)
        if self.spelling is not None and spellings is not None:
            spelt = self.spelling(spellings.characters, spellings.lengths)  # (U, D)
            vectors = torch.cat([vectors, spelt[spellings.places]], dim=2)  # (B, T, E + D)
        vectors = self.dropout(vectors)
        if self.training and self.embedding_dropout > 0:
            vectors = vectors * channel_mask(
                *vectors.shape[::2], share=self.embedding_dropout, device=vectors.device
            ).unsqueeze(1)
        states = self.recurrence(vectors, lengths.to(ids.device)).states
        scores: Tensor = self.scores(self.dropout(states[real(lengths, ids)]))  # (N, K)
        return scores

    def loss(
        self, scores: Tensor, tags: Tensor, lengths: Tensor, *, smoothing: float = 0.0
    ) -> Tensor:
        """() summed negative log-likelihood, natural log, of the right tags.

        Args:
            scores: (N, K), of :meth:`forward`.
            tags: (N,) int64.
            lengths: (B,) int64 on the CPU.
            smoothing: Share of the mass moved to all tags; without CRF only.
        """
        if self.crf is None:
            return F.cross_entropy(scores, tags, reduction="sum", label_smoothing=smoothing)
        lengths = lengths.to(scores.device)
        likelihood: Tensor = self.crf(_spread(scores, lengths), _spread(tags, lengths), lengths)
        return -likelihood.sum()

    def best(self, scores: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """The likeliest tags (N,) int64, and the natural log of each sentence's probability.

        Args:
            scores: (N, K), of :meth:`forward`.
            lengths: (B,) int64 on the CPU.
        """
        lengths = lengths.to(scores.device)
        padded = _spread(scores, lengths)  # (B, T, K)
        mask = real(lengths, padded)
        if self.crf is None:
            values, tags = padded.log_softmax(dim=2).max(dim=2)
            return tags[mask], values.masked_fill(~mask, 0).sum(dim=1)
        tags = self.crf.best(padded, lengths)
        return tags[mask], self.crf(padded, tags, lengths)


def real(lengths: Tensor, padded: Tensor) -> Tensor:
    """(B, T) bool, True on real words; on the device of what is padded to (B, T, ...)."""
    places = torch.arange(padded.shape[1], device=padded.device)
    return places < lengths.to(padded.device).unsqueeze(1)


def _spread(flat: Tensor, lengths: Tensor) -> Tensor:
    """(B, T, ...) of (N, ...) values of real words, 0 behind each row's end."""
    padded = flat.new_zeros(len(lengths), int(lengths.max()), *flat.shape[1:])
    padded[real(lengths, padded)] = flat
    return padded
