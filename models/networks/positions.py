"""Where a word stands, as a vector."""

import torch
from torch import Tensor


def sinusoids(places: int, size: int, *, first: int, device: torch.device) -> Tensor:
    """(places, size) sines and cosines of the places from `first` on.

    Vaswani et al. 2017, section 3.5, sines in the first half.
    """
    numbers = torch.arange(first, first + places, device=device, dtype=torch.float32)
    powers = torch.arange(0, size, 2, device=device, dtype=torch.float32) / size
    angles = numbers.unsqueeze(1) / 10_000**powers  # (places, size / 2)
    return torch.cat([angles.sin(), angles.cos()], dim=1)
