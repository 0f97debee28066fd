"""Vectors of words made from their characters, so that unknown words say something too."""

from typing import Literal, NamedTuple, TypeAlias

import torch
from torch import Tensor, nn

from models.networks.cells import Recurrence

SpellingName: TypeAlias = Literal["cnn", "gru"]


class Spellings(NamedTuple):
    """How the words of a batch are spelt; a word that stands twice is spelt once.

    Attributes:
        characters: (U, C) int64, padded.
        lengths: (U,) int64 on the CPU, each at least 1.
        places: (B, T) int64, which of the U spellings a token has; 0 behind a row's end.
    """

    characters: Tensor
    lengths: Tensor
    places: Tensor

    def to(self, device: torch.device) -> "Spellings":
        """The same on the device; lengths stay."""
        return Spellings(
            self.characters.to(device, non_blocking=True),
            self.lengths,
            self.places.to(device, non_blocking=True),
        )


class SpellingEncoder(nn.Module):
    """Characters of a word, embedded and read to one vector.

    `cnn`: windows of three characters, the largest of each filter over the word (Ma and Hovy
    2016, section 2.1); `gru`: the final states of both directions (Lample et al. 2016, section
    4.1, with their LSTM replaced).

    Axes: U words, C characters, E a character's vector, D a word's.

    Args:
        characters: Number of character ids.
        kind: How they are read.
        embedding_dim: E.
        output_dim: D; even for `gru`.
    """

    def __init__(
        self, characters: int, *, kind: SpellingName, embedding_dim: int, output_dim: int
    ) -> None:
        super().__init__()
        self.embedding = nn.Embedding(characters, embedding_dim)
        self.windows: nn.Conv1d | None = None
        self.recurrence: Recurrence | None = None
        if kind == "cnn":
            self.windows = nn.Conv1d(embedding_dim, output_dim, kernel_size=3, padding=1)
        else:
            self.recurrence = Recurrence(
                "gru",
                embedding_dim,
                hidden_dim=output_dim // 2,
                layers=1,
                bidirectional=True,
                dropout=0.0,
            )

    def forward(self, characters: Tensor, lengths: Tensor) -> Tensor:
        """(U, D) vectors.

        Args:
            characters: (U, C) int64; what stands behind a length has no influence.
            lengths: (U,) int64 on the CPU, each at least 1.
        """
        lengths = lengths.to(characters.device)
        embedded: Tensor = self.embedding(characters)  # (U, C, E)
        if self.recurrence is not None:
            final: Tensor = self.recurrence(embedded, lengths).final  # (2, U, D / 2)
            return torch.cat(tuple(final), dim=1)
        places = torch.arange(characters.shape[1], device=characters.device)
        padding = (places >= lengths.unsqueeze(1)).unsqueeze(2)  # (U, C, 1)
        embedded = embedded.masked_fill(padding, 0)
        if self.windows is None:
            raise RuntimeError("a spelling encoder has windows or a recurrence")
        seen: Tensor = self.windows(embedded.transpose(1, 2)).transpose(1, 2)  # (U, C, D)
        return seen.masked_fill(padding, float("-inf")).amax(dim=1)
