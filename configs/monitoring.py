"""What a person may set about drift: how often it may cry wolf, and how much is too much."""

from typing import Literal, get_args

from pydantic import Field

from configs.base import Config

DriftCheck = Literal[
    "length", "gaps", "labels", "unknown_words", "words", "characters", "scripts",
    "predictions", "accuracy",
]  # fmt: skip
DRIFT_CHECKS: tuple[DriftCheck, ...] = get_args(DriftCheck)


class MonitoringConfig(Config):
    """When new data has drifted from the champion's so far that it matters."""

    checks: tuple[DriftCheck, ...] = Field(
        DRIFT_CHECKS,
        min_length=1,
        description="What is compared; accuracy, and labels, where the new data has labels.",
    )
    false_alarm_rate: float = Field(
        0.01,
        gt=0,
        le=0.2,
        description="Chance that undrifted data raises an alarm, all columns together.",
    )
    number_floor: float = Field(
        0.1,
        ge=0,
        le=1,
        description="Least Kolmogorov-Smirnov distance of numbers (length, confidence) that "
        "matters: the share of rows by which the two distributions part at most.",
    )
    category_floor: float = Field(
        0.1,
        ge=0,
        le=1,
        description="Least Jensen-Shannon distance of shares (labels, words, characters) that "
        "matters; 0.1 is 50 % becoming 62 %, or 1 % becoming 5 %.",
    )
    accuracy_floor: float = Field(
        0.03, ge=0, le=1, description="Least loss of accuracy that matters, as a share."
    )
    minimum_rows: int = Field(
        100, ge=20, description="With fewer different new rows nothing is concluded."
    )
