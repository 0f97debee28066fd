"""Dropout on words, on embedding channels and on whole texts, for training only."""

import torch
from torch import Tensor


def drop_words(ids: Tensor, *, share: float, unknown_id: int) -> Tensor:
    """Replace each id by the unknown word with probability `share` (Iyyer et al. 2015, 3.2).

    Args:
        ids: Any shape, int64.
        share: From 0 to 1.
        unknown_id: What stands in for a dropped word.
    """
    dropped = torch.rand(ids.shape, device=ids.device) < share
    return ids.masked_fill(dropped, unknown_id)


def drop_texts(scores: Tensor, *, share: float) -> Tensor:
    """(B, K) scores, all 0 for a text with probability `share`, the others as they are."""
    dropped = torch.rand(len(scores), 1, device=scores.device) < share
    return scores.masked_fill(dropped, 0)


def channel_mask(rows: int, channels: int, *, share: float, device: torch.device) -> Tensor:
    """(rows, channels) factors: 0 with probability `share`, else 1 / (1 - share).

    One draw for all the words of a text, as in Gal and Ghahramani 2016, section 4.
    """
    kept = torch.rand(rows, channels, device=device) >= share
    return kept / (1 - share)
