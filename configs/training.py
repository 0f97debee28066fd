"""What a person may set about optimisation and decoding."""

from typing import Literal, Self

from pydantic import Field, model_validator

from configs.base import Config

LONGEST_OUTPUT, WIDEST_BEAM = 10_000, 64


class TrainingConfig(Config):
    """The loop: optimiser, schedule of epochs, stopping, device."""

    seed: int = Field(0, ge=0, le=2**31 - 1, description="Initialisation, order and dropout.")
    epochs: int = Field(10, ge=1, le=100_000, description="Passes over the training rows.")
    batch_size: int = Field(64, ge=1, le=65_536, description="Rows in a batch.")
    batch_tokens: int | None = Field(
        None,
        ge=1,
        le=10_000_000,
        description="Cut batches at so many real tokens instead, in place of batch_size.",
    )
    chunk_tokens: int = Field(
        100,
        ge=1,
        le=100_000,
        description="Running text: tokens read before the gradient is cut (truncated "
        "back-propagation through time); batch_size is the number of streams read in parallel.",
    )
    stateful: bool = Field(
        True,
        description="Running text: each chunk goes on from the state that the chunk before "
        "left; false: every chunk begins anew, in random order.",
    )
    sample_epochs: int = Field(
        1, ge=1, description="Running text: a sample is written every so many epochs."
    )
    accumulate: int = Field(
        1, ge=1, le=65_536, description="Batches whose gradients make one step together."
    )
    optimizer: Literal["adam", "adamw", "rmsprop", "sgd"] = Field(
        "adamw", description="Update rule."
    )
    learning_rate: float = Field(1e-3, gt=0, le=100, description="Step size.")
    schedule: Literal["constant", "inverse_sqrt", "cosine", "plateau"] = Field(
        "constant",
        description="Step size over time. inverse_sqrt: as one over the root of the steps. "
        "cosine: down to 0 at the last epoch. plateau: smaller when validation stands still.",
    )
    warmup_steps: int = Field(
        0, ge=0, le=10_000_000, description="Steps in which the step size rises from 0."
    )
    plateau_factor: float = Field(
        0.5, gt=0, lt=1, description="plateau: what the step size is multiplied by."
    )
    plateau_epochs: int = Field(
        1, ge=1, description="plateau: epochs without a better monitored value until then."
    )
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
    average_last: int = Field(
        0,
        ge=0,
        le=100,
        description="Score the mean of the weights after the last so many epochs; 0: off.",
    )
    sampling: Literal["none", "constant", "linear", "inverse_sigmoid"] = Field(
        "none",
        description="Scheduled sampling: how the chance grows that the decoder is fed its own "
        "word in training, not the target's (Bengio et al. 2015). none: always the target's.",
    )
    sampling_share: float = Field(
        0.25, ge=0, le=1, description="Sampling: that chance in the end."
    )
    sampling_steps: int = Field(
        10_000,
        ge=1,
        description="Sampling: steps until linear has risen, or the constant k "
        "of inverse_sigmoid.",
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

    @model_validator(mode="after")
    def _one_average(self) -> Self:
        if self.average and self.average_last:
            raise ValueError(
                f"average {self.average:g} and average_last {self.average_last} are two "
                "averages of weights; set one of them to 0"
            )
        return self


class DecodingConfig(Config):
    """How text is written: translations, and what goes on from a prompt."""

    max_tokens: int = Field(
        60, ge=1, le=LONGEST_OUTPUT, description="Longest output, in tokens."
    )
    max_ratio: float | None = Field(
        None,
        gt=0,
        description="Longest output of a text, as tokens of its source times this, plus ten; "
        "None: max_tokens alone.",
    )
    beam_size: int = Field(
        1,
        ge=1,
        le=WIDEST_BEAM,
        description="Hypotheses kept while writing; 1 takes the best word each.",
    )
    length_penalty: float = Field(
        1.0,
        ge=0,
        le=5,
        description="Hypotheses are compared by score over their length to this power; 0: by "
        "the score alone, which favours short ones.",
    )
    copy_unknown: bool = Field(
        False,
        description="Write the source word that attention looks at for an unknown word.",
    )
    temperature: float = Field(
        0.8,
        gt=0,
        le=100,
        description="Writing on: scores are divided by it; below 1, likely tokens gain.",
    )
    top_k: int | None = Field(
        None, ge=1, description="Writing on: draw from so many best tokens; None: from all."
    )
    top_p: float = Field(
        0.95,
        gt=0,
        le=1,
        description="Writing on: draw from the fewest best tokens that are together so likely.",
    )
    prompt: str = Field(
        "", max_length=1_000, description="Running text: what samples of a training go on from."
    )
