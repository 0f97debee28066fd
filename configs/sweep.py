"""What a person may set about a sweep: which settings are searched, between what, and how."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any, Literal, Self

from pydantic import Field, ValidationError, field_validator, model_validator

from configs.base import Config

Scalar = bool | int | float | str | None
SECTIONS = ("network", "training", "text")
"""Where searched settings may stand: elsewhere they would change what is compared."""
_UNSEARCHABLE = {
    "network.kind": "is another network; sweep each by itself",
    "text.vectors": "is a file",
    "training.seed": "would let luck win; see --seeds of `seqflow train`",
    "training.monitor": "is what the trials are compared by",
    **dict.fromkeys(
        (
            "training.device",
            "training.precision",
            "training.threads",
            "training.checkpoint_seconds",
            "training.checkpoint_batches",
        ),
        "is no property of the model",
    ),
}


class Range(Config):
    """Where one setting is searched: between two ends, or among choices."""

    low: int | float | None = Field(None, description="Smallest value.")
    high: int | float | None = Field(None, description="Largest value.")
    log: bool = Field(False, description="Search the logarithm: for values over magnitudes.")
    step: int | float | None = Field(
        None, gt=0, description="Only low, low + step, …; None: everything between the ends."
    )
    choices: tuple[Scalar, ...] | None = Field(None, description="The values to choose from.")

    @model_validator(mode="after")
    def _is_one_or_the_other(self) -> Self:
        if self.choices is not None:
            if (self.low, self.high, self.log, self.step) != (None, None, False, None):
                raise ValueError(
                    "choices go without low, high, log and step; null takes away what a "
                    "preset has of them"
                )
            if len(set(map(repr, self.choices))) < max(2, len(self.choices)):
                raise ValueError("choices are at least two different values")
            return self
        if self.low is None or self.high is None:
            raise ValueError("give low and high, or choices")
        if not self.low < self.high:
            raise ValueError(f"low ({self.low}) must be below high ({self.high})")
        if self.log and (self.low <= 0 or self.step is not None):
            raise ValueError("log goes with a low above 0, and without step")
        if self.step is not None and not _on_grid(self.high, self.low, self.step):
            raise ValueError(f"high ({self.high}) is not low plus a multiple of {self.step}")
        return self

    @property
    def ends(self) -> tuple[Scalar, ...]:
        """The values that decide whether all others can be used."""
        return (self.low, self.high) if self.choices is None else self.choices

    def __contains__(self, value: object) -> bool:
        if self.choices is not None:
            return any(type(value) is type(each) and value == each for each in self.choices)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        assert self.low is not None
        assert self.high is not None
        within = self.low <= value <= self.high
        return within and (self.step is None or _on_grid(value, self.low, self.step))

    def __str__(self) -> str:
        if self.choices is not None:
            return ", ".join(map(str, self.choices))
        steps = " by logarithm" if self.log else f" by {self.step}" if self.step else ""
        return f"{self.low} to {self.high}{steps}"


class SweepConfig(Config):
    """A search over settings; its trials are judged on the validation split alone."""

    trials: int = Field(
        20, ge=1, le=10_000, description="Trials in all; those done before count."
    )
    parallel: int = Field(1, ge=1, le=1024, description="Trials at a time.")
    sampler_seed: int = Field(0, ge=0, le=2**31 - 1, description="Which settings are drawn.")
    pruner: Literal["median", "asha", "none"] = Field(
        "median",
        description="Which trials end early. median: those worse than the median of the others "
        "at the same epoch; asha: all but the best third after 1, 3, 9, … epochs.",
    )
    startup_trials: int = Field(
        8,
        ge=1,
        le=10_000,
        description="Trials at random before the search learns and the median prunes.",
    )
    ranges: dict[str, Range | None] = Field(
        default_factory=dict,
        description="By setting, as `training.learning_rate`: {low, high, log?, step?} or "
        "{choices}; None: not searched.",
    )

    @property
    def searched(self) -> dict[str, Range]:
        """The ranges that are searched."""
        return {path: range_ for path, range_ in self.ranges.items() if range_ is not None}

    @field_validator("ranges", mode="before")
    @classmethod
    def _flatten(cls, given: Any) -> Any:
        """Take `a.b: {…}` and `a: {b: {…}}` alike, so that --set reaches into a preset's."""
        if not isinstance(given, Mapping):
            return given
        flat: dict[str, Any] = {}
        for path, range_ in _leaves(given):
            before = flat.get(path)
            if isinstance(before, Mapping) and isinstance(range_, Mapping):
                same_sort = bool(before.get("choices")) == bool(range_.get("choices"))
                range_ = {**before, **range_} if same_sort else range_
            flat[path] = range_
        return flat


def range_problems(sweep: SweepConfig, sections: Mapping[str, Config]) -> Iterator[str]:
    """What is wrong with the ranges, one line for each, given the sections they search in.

    Both ends and every choice are checked as if they had been set by hand.
    """
    for path, range_ in sweep.searched.items():
        section, _, name = path.partition(".")
        problem = _unsearchable(path, sections)
        if problem is not None:
            yield f"sweep.ranges: {path} {problem}"
            continue
        for value in range_.ends:
            try:
                values = sections[section].model_dump(mode="json") | {name: value}
                type(sections[section]).model_validate(values)
            except ValidationError as error:
                message = error.errors()[0]["msg"]
                yield (
                    f"sweep.ranges: {path} cannot be {value!r}: "
                    f"{message[:1].lower()}{message[1:]}"
                )


def _unsearchable(path: str, sections: Mapping[str, Config]) -> str | None:
    """Why the setting cannot be searched; None if it can."""
    section, _, name = path.partition(".")
    if section not in sections:
        return (
            "cannot be searched: it would change what is compared; only settings below "
            f"{', '.join(sections)} can"
        )
    if path in _UNSEARCHABLE:
        return f"cannot be searched: it {_UNSEARCHABLE[path]}"
    known = sorted(type(sections[section]).model_fields)
    if name in known:
        return None
    near = get_close_matches(name, known, n=1)
    hint = f"did you mean '{section}.{near[0]}'?" if near else f"known are {', '.join(known)}"
    return f"is no setting; {hint}"


def _leaves(given: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in given.items():
        # a section that cannot be searched is opened too, so that the setting in it is named
        if not prefix and isinstance(value, Mapping) and _holds_ranges(name, value):
            yield from _leaves(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _holds_ranges(name: str, value: Mapping[str, Any]) -> bool:
    of_mappings = bool(value) and all(isinstance(each, Mapping) for each in value.values())
    return name in SECTIONS or of_mappings


def _on_grid(value: float, low: float, step: float) -> bool:
    steps = (value - low) / step
    return abs(steps - round(steps)) < 1e-9
