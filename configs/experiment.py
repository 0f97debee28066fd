"""One experiment: everything a run is made of, from a preset plus differences."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from configs.base import Config, any_member
from configs.data import LONGEST_BLOCK, DataConfig, Problem
from configs.monitoring import MonitoringConfig
from configs.networks import (
    BagOfWordsConfig,
    EventClassifierConfig,
    NetworkConfig,
    RecurrentTaggerConfig,
    settings_of,
)
from configs.promotion import METRICS, PromotionConfig
from configs.shipped import merged, preset, preset_names
from configs.sweep import Scalar, SweepConfig, range_problems
from configs.text import TextConfig
from configs.training import DecodingConfig, TrainingConfig

_KINDS_OF: dict[Problem, tuple[str, ...]] = {
    "classification": ("recurrent_classifier", "bag_of_words"),
    "events": ("event_classifier",),
    "tagging": ("recurrent_tagger",),
    "language_modelling": ("recurrent_language_model",),
    "translation": ("gru_encoder_decoder", "transformer"),
}

_TOKENIZERS: dict[Problem, tuple[str, ...]] = {
    "classification": ("words", "bpe", "terms"),
    "events": ("given",),
    "tagging": ("given",),
    "language_modelling": ("characters", "words", "bpe"),
    "translation": ("words", "bpe"),
}


def _for_network(base: dict[str, Any], network: Any) -> dict[str, Any]:
    """The preset, without ranges for settings that a network of another kind does not have."""
    kind = network.get("kind") if isinstance(network, Mapping) else None
    known, sweep = settings_of(kind), base.get("sweep")
    if not sweep or not known or kind == base["network"]["kind"]:
        return base
    ranges = {
        path: range_
        for path, range_ in sweep["ranges"].items()
        if not path.startswith("network.") or path.removeprefix("network.") in known
    }
    return {**base, "sweep": {**sweep, "ranges": ranges}}


class ExperimentConfig(Config):
    """A named experiment, whole or as `{preset: name}` plus differences."""

    preset: Annotated[str, Field(json_schema_extra={"enum": [*preset_names()]})] | None = Field(
        None, description="Shipped preset to start from; what is set below differs from it."
    )
    name: str = Field(
        description="Name of the model in the registry; left out, that of the preset.",
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$",
    )
    data: DataConfig = Field(description="Which data, cleaned, split and checked how.")
    text: TextConfig = Field(default_factory=TextConfig, description="How text becomes ids.")
    network: NetworkConfig = Field(
        description="The network and its sizes.", json_schema_extra=any_member
    )
    training: TrainingConfig = Field(
        default_factory=TrainingConfig, description="How the network is trained."
    )
    decoding: DecodingConfig = Field(
        default_factory=DecodingConfig, description="How output text is written."
    )
    promotion: PromotionConfig = Field(
        default_factory=PromotionConfig, description="The rule of promotion."
    )
    monitoring: MonitoringConfig = Field(
        default_factory=MonitoringConfig, description="When new data has drifted."
    )
    sweep: SweepConfig = Field(
        default_factory=SweepConfig, description="Which settings a sweep searches."
    )

    @model_validator(mode="before")
    @classmethod
    def _preset_first(cls, given: Any) -> Any:
        """Lay the differences over the named preset, unless it is already resolved."""
        if not isinstance(given, dict) or not given.get("preset"):
            return given
        base = _for_network(preset(given["preset"]), given.get("network"))
        return merged({**base, "name": base.get("name", given["preset"])}, given)

    def over_seeds(self, count: int) -> Iterator[Self]:
        """This experiment with the training seeds that follow its own."""
        for offset in range(count):
            seed = self.training.seed + offset
            training = self.training.model_copy(update={"seed": seed})
            yield self.model_copy(update={"training": training})

    def searched_values(self) -> dict[str, Scalar]:
        """This experiment's own values of the settings that a sweep searches."""
        parts = [path.split(".") for path in self.sweep.searched]
        return {
            f"{section}.{name}": getattr(getattr(self, section), name)
            for section, name in parts
        }

    def with_values(self, values: Mapping[str, Scalar]) -> Self:
        """This experiment with other values, by path, of settings in its sections."""
        sections: dict[str, Config] = {}
        for path, value in values.items():
            section, _, name = path.partition(".")
            before: Config = sections.get(section) or getattr(self, section)
            changes = before.model_dump(mode="json") | {name: value}
            sections[section] = type(before).model_validate(changes)
        return self.model_copy(update=sections)

    @model_validator(mode="after")
    def _network_fits_problem(self) -> Self:
        kinds = _KINDS_OF[self.data.problem]
        if self.network.kind not in kinds:
            raise ValueError(
                f"network.kind {self.network.kind!r} does not solve {self.data.problem}; "
                f"use {' or '.join(kinds)}"
            )
        return self

    @model_validator(mode="after")
    def _vocabulary_fits_problem(self) -> Self:
        if self.text.joint_vocabulary and self.data.problem != "translation":
            raise ValueError(
                f"text.joint_vocabulary joins the two sides of pairs, and {self.data.problem} "
                "has one; set it to false"
            )
        return self

    @model_validator(mode="after")
    def _tokenizer_fits_problem(self) -> Self:
        fitting = _TOKENIZERS[self.data.problem]
        if self.text.tokenizer not in fitting:
            raise ValueError(
                f"text.tokenizer {self.text.tokenizer!r} does not go with "
                f"{self.data.problem}; use {' or '.join(fitting)}"
            )
        running = self.data.problem == "language_modelling"
        if running and self.text.max_tokens < LONGEST_BLOCK:
            raise ValueError(
                f"text.max_tokens {self.text.max_tokens} would cut running text, which is "
                f"kept in blocks of up to {LONGEST_BLOCK:,} characters; give at least that"
            )
        return self

    @model_validator(mode="after")
    def _events_fit_network(self) -> Self:
        events, network = self.data.events, self.network
        if events.log and self.text.max_tokens > events.most_events:
            raise ValueError(
                f"text.max_tokens {self.text.max_tokens} would read more events than "
                f"data.events.most_events {events.most_events} keeps of a sequence; set both"
            )
        if (
            isinstance(network, EventClassifierConfig)
            and network.time in ("forget_gate", "decay")
            and events.gaps == "to_last"
        ):
            raise ValueError(
                f"network.time {network.time} lets memory fade with the time since the event "
                "before, but data.events.gaps is to_last; set gaps=since_previous, or "
                "time=concatenated"
            )
        return self

    @model_validator(mode="after")
    def _sampling_fits_problem(self) -> Self:
        if self.training.sampling != "none" and self.data.problem != "translation":
            raise ValueError(
                f"training.sampling {self.training.sampling!r} feeds a decoder its own words, "
                f"but {self.data.problem} writes none; set it to none"
            )
        return self

    @model_validator(mode="after")
    def _smoothing_fits_network(self) -> Self:
        smoothing = self.training.label_smoothing
        if smoothing and isinstance(self.network, RecurrentTaggerConfig) and self.network.crf:
            raise ValueError(
                f"training.label_smoothing {smoothing:g} moves mass between the tags of a "
                "word, but network.crf scores those of a sentence together; set "
                "label_smoothing=0, or crf=false"
            )
        return self

    @model_validator(mode="after")
    def _sparse_gradients_fit_training(self) -> Self:
        if not (isinstance(self.network, BagOfWordsConfig) and self.network.sparse_gradient):
            return self
        training = self.training
        clips = training.clip_norm is not None or training.clip_value is not None
        if training.optimizer not in ("adam", "adamw") or clips or training.weight_decay:
            raise ValueError(
                f"network.sparse_gradient updates the words of a batch alone, which goes with "
                f"optimizer adam or adamw (it is {training.optimizer}), clip_norm null (it is "
                f"{training.clip_norm}), clip_value null ({training.clip_value}) and "
                f"weight_decay 0 ({training.weight_decay:g}); set those, or "
                "sparse_gradient=false"
            )
        return self

    @model_validator(mode="after")
    def _metric_fits_problem(self) -> Self:
        metrics, wanted = METRICS[self.data.problem], self.promotion.metric
        if wanted not in (None, *metrics):
            raise ValueError(
                f"promotion.metric {wanted!r} does not measure {self.data.problem}; "
                f"use {' or '.join(metrics)}"
            )
        return self

    @model_validator(mode="after")
    def _ranges_can_be_searched(self) -> Self:
        sections = {"network": self.network, "training": self.training, "text": self.text}
        problems = list(range_problems(self.sweep, sections))
        if self.training.monitor == "loss" and self.data.problem == "translation":
            problems += [
                f"sweep.ranges: {path} decides what a word is, so losses cannot be compared; "
                "set training.monitor=headline, or leave it out"
                for path in self.sweep.searched
                if path.startswith("text.")
            ]
        if problems:
            raise ValueError("\n  ".join(problems))
        return self
