"""How surprised a network is by the test rows, token by token."""

import math
from pathlib import Path

import torch
from torch import nn

from training.job import TrainingJob
from training.problems.translation import Translation


@torch.inference_mode()
def perplexity(network: nn.Module, tokens: Path, job: TrainingJob) -> float:
    """Exponential of the mean cross-entropy of the test split's targets, ends included.

    Args:
        network: In evaluation mode, on any device.
        tokens: The folder that `tokenize` wrote.
        job: What was trained.
    """
    problem = Translation(tokens, job)
    split = problem.split("test")
    order = split.scoring_order(job.training)
    device = next(network.parameters()).device
    batches = (split.batch(order[place]).to(device) for place in range(len(order)))
    losses = [problem.loss(network, batch) for batch in batches]
    total = sum(float(loss.total) for loss in losses)
    return math.exp(total / sum(loss.count for loss in losses))
