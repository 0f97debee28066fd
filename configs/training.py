"""What a person may set about optimisation and decoding."""

from typing import Literal

from pydantic import Field

from configs.base import Config


class TrainingConfig(Config):
    """The loop: optimiser, schedule of epochs, stopping, device."""

    seed: int = Field(0, ge=0, le=2**31 - 1, description="Initialisation, order and dropout.")
    epochs: int = Field(10, ge=1, le=100_000, description="Passes over the training rows.")
    batch_size: int = Field(64, ge=1, le=65_536, description="Rows in a batch.")
    optimizer: Literal["adam", "adamw", "rmsprop", "sgd"] = Field(
        "adamw", description="Update rule."
    )
    learning_rate: float = Field(1e-3, gt=0, le=100, description="Step size.")
    weight_decay: float = Field(0.0, ge=0, le=10, description="Pull of the weights to zero.")
    clip_norm: float | None = Field(
        1.0, gt=0, description="Largest norm of the whole gradient."
    )
    clip_value: float | None = Field(None, gt=0, description="Largest entry of the gradient.")
    label_smoothing: float = Field(0.0, ge=0, lt=1, description="Mass moved to other classes.")
    patience: int | None = Field(
        3, ge=1, description="Stop after this many epochs without a better monitored value."
    )
    monitor: Literal["loss", "headline"] = Field(
        "headline", description="Validation value that picks the best epoch."
    )
    average: float = Field(
        0.0,
        ge=0,
        lt=1,
        description="Decay of the moving average of weights that is scored; 0: off.",
    )
    device: Literal["auto", "cpu", "cuda"] = Field("auto", description="Where to train.")
    precision: Literal["auto", "float32", "bf16"] = Field(
        "auto", description="auto: bf16 autocast where the device gains from it."
    )
    threads: int | None = Field(
        None,
        ge=1,
        le=1024,
        description="Processor threads; None: one for narrow networks, else every core.",
    )
    checkpoint_seconds: float = Field(
        60.0, gt=0, description="Work lost by a kill, at most, in seconds."
    )
    checkpoint_batches: int | None = Field(
        None, ge=1, description="Also write a checkpoint every so many batches."
    )


class DecodingConfig(Config):
    """How a translation is written out."""

    max_tokens: int = Field(60, ge=1, le=10_000, description="Longest output, in tokens.")
