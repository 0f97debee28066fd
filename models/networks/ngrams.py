"""Hashed words and word pairs scored by a linear layer beside a network."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.networks.dropouts import drop_texts


class HashedNgrams(nn.Module):
    """Class scores from a text's words and bigrams, as in Wang and Manning 2012, section 2.

    The score of a text is the sum over its n-grams, divided by the root of their number:
    the length of a vector of so many ones. Begin and end of text count as words of bigrams.
    N-grams share rows of weights by their hash, so that none needs a row of its own. The
    rows start at 0, and do not disturb the network beside them at first.

    Axes: B batch, T time, N n-grams of the whole batch, K classes.

    Args:
        buckets: Rows of weights.
        classes: K.
        edge_ids: Ids of begin and end of a text.
        pad_id: Id that no word has.
        text_dropout: Texts that get no scores in training, share 0 to 1. Scores that start
            from naive Bayes know nearly all training labels, and would leave the network
            beside them nothing to learn. Kept scores are not scaled up: at prediction the
            network and its n-grams shall add up.
    """

    def __init__(
        self,
        buckets: int,
        classes: int,
        *,
        edge_ids: tuple[int, int],
        pad_id: int,
        text_dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.buckets = buckets
        self.begin_id, self.end_id = edge_ids
        self.pad_id = pad_id
        self.text_dropout = text_dropout
        self.weight = nn.Parameter(torch.zeros(buckets, classes))

    def forward(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """Score a batch.

        Args:
            ids: (B, T) int64; what stands behind a text's length has no influence.
            lengths: (B,) int64 on the CPU, each at least 1.

        Returns:
            (B, K) scores.
        """
        hashed, counts = self.hashed(ids, lengths)
        offsets = counts.cumsum(0) - counts
        sums = F.embedding_bag(hashed, self.weight, offsets, mode="sum")  # (B, K)
        scores = sums / counts.sqrt().unsqueeze(1)
        if not self.training or self.text_dropout == 0:
            return scores
        return drop_texts(scores, share=self.text_dropout)

    def hashed(self, ids: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """Buckets of all n-grams (N,), text after text, and how many each text has (B,)."""
        lengths = lengths.to(ids.device).unsqueeze(1)  # (B, 1)
        edge = torch.full_like(ids[:, :1], self.begin_id)
        left = torch.cat([edge, ids], dim=1)  # (B, T + 1)
        right = torch.cat([ids, edge], dim=1).scatter(1, lengths, self.end_id)
        words = self.bucket_of(torch.full_like(ids, self.pad_id), ids)
        both = torch.cat([words, self.bucket_of(left, right)], dim=1)  # (B, 2 T + 1)
        places = torch.arange(left.shape[1], device=ids.device)
        real = torch.cat([places[:-1] < lengths, places <= lengths], dim=1)
        return both[real], real.sum(dim=1)

    def bucket_of(self, left: Tensor, right: Tensor) -> Tensor:
        """Bucket of each pair of ids; products wrap at 64 bits, the same on every device."""
        mixed = (left * _PRIMES[0] + right) * _PRIMES[1]
        mixed = (mixed ^ (mixed >> 29)) * _PRIMES[2]
        return (mixed ^ (mixed >> 32)).remainder(self.buckets)


_PRIMES = (0x9E3779B1, 0x27D4EB2F165667C5, 0x165667B19E3779F9)  # those of xxHash
