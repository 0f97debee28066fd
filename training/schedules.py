"""What changes with the steps of a training: its step size, and the share of own words.

Pure functions of the step and of validation so far: a resumed training needs no state of them.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from configs.training import TrainingConfig


@dataclass(frozen=True)
class Schedules:
    """The schedules of a config over a training of so many steps; they are counted from 1.

    Attributes:
        training: The config.
        steps: Steps of the whole training, if no early stop ends it.
    """

    training: TrainingConfig
    steps: int

    def rate(self, step: int, *, reductions: int = 0) -> float:
        """Step size of a step.

        Args:
            step: Which one.
            reductions: How often the plateau schedule has lowered the step size by then.
        """
        warmup = self.training.warmup_steps
        risen = min(1.0, step / warmup) if warmup else 1.0
        return self.training.learning_rate * risen * self._decay(step, reductions)

    def _decay(self, step: int, reductions: int) -> float:
        """What remains of the step size after warming up, 0 to 1."""
        warmup = self.training.warmup_steps
        match self.training.schedule:
            case "constant":
                return 1.0
            case "inverse_sqrt":  # Vaswani et al. 2017, eq. 3, with its peak at 1
                return math.sqrt(max(1, warmup) / max(step, warmup, 1))
            case "cosine":  # Loshchilov & Hutter 2017, eq. 5, without restarts
                since = max(0, step - 1 - warmup) / max(1, self.steps - warmup)
                return (1 + math.cos(math.pi * min(1.0, since))) / 2
            case "plateau":
                return self.training.plateau_factor**reductions
            case _:
                assert_never(self.training.schedule)

    def own_words(self, step: int) -> float:
        """Chance that the decoder reads a word of its own in a step: scheduled sampling.

        Bengio et al. 2015, section 2.4: one minus their epsilon after the steps before.
        """
        share, done = self.training.sampling_share, step - 1
        steps = self.training.sampling_steps
        match self.training.sampling:
            case "none":
                return 0.0
            case "constant":
                return share
            case "linear":
                return share * min(1.0, done / steps)
            case "inverse_sigmoid":  # 1 - k / (k + exp(i / k)), written so as not to overflow
                return min(share, 1 / (1 + steps * math.exp(-done / steps)))
            case _:
                assert_never(self.training.sampling)


def reductions(scores: Sequence[float], *, epochs: int) -> int:
    """How often a step size is lowered that is so after epochs without a best score.

    Args:
        scores: Of the epochs so far; higher is better.
        epochs: Without a best one, counted anew after each time.
    """
    best, stale, count = -math.inf, 0, 0
    for score in scores:
        stale = 0 if score > best else stale + 1
        best = max(best, score)
        if stale == epochs:
            stale, count = 0, count + 1
    return count
