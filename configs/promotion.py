"""What a person may set about promotion: when a challenger becomes the champion."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from configs.base import Config
from configs.data import Problem

METRICS: Mapping[Problem, tuple[str, ...]] = {
    "classification": ("accuracy", "macro_f1"),
    "events": ("accuracy", "macro_f1"),
    "tagging": ("accuracy", "sentence_accuracy"),
    "language_modelling": ("bits_per_character", "perplexity"),
    "translation": ("bleu", "chrf"),
}
"""Metrics that a promotion can go by, the problem's headline first."""
_FALLING = frozenset({"bits_per_character", "perplexity", "loss"})
_MARGINS: Mapping[str, float] = {
    "bleu": 1.0,
    "chrf": 1.0,
    "bits_per_character": 0.02,
    "perplexity": 0.05,
}
_POINT = 0.01


def sign_of(metric: str) -> int:
    """1 where more of the metric is better, -1 where less is."""
    return -1 if metric in _FALLING else 1


class PromotionConfig(Config):
    """The rule of promotion; both models answer the same test rows, which are drawn in pairs.

    Units are the metric's own: 0.01 is a point of accuracy or F1, 1.0 a point of BLEU or chrF.
    A gain is what is better: fewer bits per character are one.
    """

    metric: (
        Literal[
            "accuracy",
            "macro_f1",
            "sentence_accuracy",
            "bits_per_character",
            "perplexity",
            "bleu",
            "chrf",
        ]
        | None
    ) = Field(None, description="What is compared; None: the problem's headline metric.")
    minimum_effect: float = Field(
        0.0,
        ge=0,
        description="The gain must be shown to exceed this, in the metric's own unit. 0: any "
        "gain counts; set it to what a change of model costs you.",
    )
    significance: float = Field(
        0.05,
        gt=0,
        lt=1,
        description="Largest one-sided p-value that convinces: the share of equal models that "
        "would be promoted by chance. Slices together get as much again, by Holm.",
    )
    non_inferiority_margin: float | None = Field(
        None,
        ge=0,
        description="Largest loss to rule out where drift asked for the training: a model that "
        "knows today's data need only be no worse. None: one point, that is 0.01 of accuracy "
        "or F1, 1.0 of BLEU or chrF; 0.02 bits per character, 0.05 of perplexity.",
    )
    critical_slices: tuple[str, ...] | None = Field(
        None,
        description="Parts of the test rows that may not get significantly worse, as "
        "`slice/longest` or `class/negative`. None: every quarter by length and every class "
        "with enough rows; an empty list: none.",
    )
    minimum_slice_rows: int = Field(
        50,
        ge=1,
        description="Rows that a slice must have to be watched unasked; of fewer, nothing "
        "short of a collapse could be told from chance.",
    )

    def margin(self, metric: str) -> float:
        """The non-inferiority margin in the unit of the metric."""
        if self.non_inferiority_margin is not None:
            return self.non_inferiority_margin
        return _MARGINS.get(metric, _POINT)
