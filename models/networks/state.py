"""What a decoder carries from one word to the next, whatever the network."""

from dataclasses import dataclass, replace
from typing import Self

import torch
from torch import Tensor


@dataclass(frozen=True)
class DecoderState:
    """A row for each sentence that is being written.

    Axes: R rows, S source.

    Attributes:
        written: (R, ...) each, what the words written so far left behind: recurrent states, or
            keys and values.
        read: (R, ...) each, what the encoder made of the source.
        mask: (R, S) bool, True on real source tokens.
        attention: (R, S) weights with which the last word looked at the source; None where
            the network does not look, or nothing is written yet.
    """

    written: tuple[Tensor, ...]
    read: tuple[Tensor, ...]
    mask: Tensor
    attention: Tensor | None = None

    @property
    def rows(self) -> int:
        """R."""
        return len(self.mask)

    @property
    def device(self) -> torch.device:
        """Where the next tokens are wanted."""
        return self.mask.device

    def after(self, *written: Tensor, attention: Tensor | None) -> Self:
        """The state when one more word is written."""
        return replace(self, written=written, attention=attention)

    def select(self, rows: Tensor) -> Self:
        """The named rows, in that order; a row may come several times.

        Args:
            rows: (R',) int64 places.
        """
        return replace(
            self.reorder(rows),
            read=tuple(each.index_select(0, rows) for each in self.read),
            mask=self.mask.index_select(0, rows),
        )

    def reorder(self, rows: Tensor) -> Self:
        """The same, if each row takes the place of one that reads the same source.

        So only what was written moves: the hypotheses of a sentence change places in a beam.

        Args:
            rows: (R,) int64 places.
        """
        attention = self.attention
        return replace(
            self,
            written=tuple(each.index_select(0, rows) for each in self.written),
            attention=None if attention is None else attention.index_select(0, rows),
        )
