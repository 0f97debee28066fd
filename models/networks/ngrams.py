"""Hashed bigrams scored by a linear layer, without a row of weights per bigram seen."""

import torch
from torch import Tensor, nn


class HashedBigrams(nn.Module):
    """Class scores from hashed bigrams, as the features of Joulin et al. 2017, section 2.2.

    The score of a text is the mean over its bigrams; begin and end of text count as words,
    so that a text of one word has two. Weights start at 0: the network beside it is not
    disturbed at first.

    Axes: B batch, T time, K classes.

    Args:
        buckets: Rows of weights that all bigrams share.
        classes: K.
        edge_ids: Ids of begin and end of a text.
    """

    def __init__(self, buckets: int, classes: int, *, edge_ids: tuple[int, int]) -> None:
        super().__init__()
        self.buckets = buckets
        self.begin_id, self.end_id = edge_ids
        self.weights = nn.EmbeddingBag(buckets, classes, mode="mean")
        nn.init.zeros_(self.weights.weight)

    def forward(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """Score a batch.

        Args:
            ids: (B, T) int64; what stands behind a text's length has no influence.
            lengths: (B,) int64 on the CPU, each at least 1.

        Returns:
            (B, K) scores.
        """
        counts = (lengths + 1).to(ids.device)  # bigrams of each text
        edge = torch.full_like(ids[:, :1], self.begin_id)
        left = torch.cat([edge, ids], dim=1)  # (B, T + 1)
        right = torch.cat([ids, edge], dim=1)
        right = right.scatter(1, lengths.to(ids.device).unsqueeze(1), self.end_id)
        real = torch.arange(left.shape[1], device=ids.device) < counts.unsqueeze(1)
        hashed = self.bucket_of(left[real], right[real])
        offsets = counts.cumsum(0) - counts
        scores: Tensor = self.weights(hashed, offsets)
        return scores

    def bucket_of(self, left: Tensor, right: Tensor) -> Tensor:
        """Bucket of each pair of ids; products wrap at 64 bits, the same on every device."""
        mixed = (left * _PRIMES[0] + right) * _PRIMES[1]
        mixed = (mixed ^ (mixed >> 29)) * _PRIMES[2]
        return (mixed ^ (mixed >> 32)).remainder(self.buckets)


_PRIMES = (0x9E3779B1, 0x27D4EB2F165667C5, 0x165667B19E3779F9)  # those of xxHash
