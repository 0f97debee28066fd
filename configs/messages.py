"""Config errors as a person reads them: all at once, with path, value and nearest name."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from configs.experiment import ExperimentConfig


class ConfigError(ValueError):
    """One or more settings cannot be used; the message holds one line for each."""


def read_experiment(values: Mapping[str, Any]) -> ExperimentConfig:
    """The experiment that the values describe.

    Raises:
        ConfigError: Naming every setting that is wrong, its value, the limit, and what to use.
    """
    try:
        return ExperimentConfig.model_validate(dict(values))
    except ValidationError as error:
        raise ConfigError(explain(error)) from None


def explain(error: ValidationError) -> str:
    """One line for every error: path, what is wrong with which value, nearest name."""
    lines = [_line(detail) for detail in error.errors(include_url=False)]
    if len(lines) == 1:
        return lines[0]
    return f"{len(lines)} settings cannot be used:\n" + "\n".join(f"  {line}" for line in lines)


def _line(detail: Mapping[str, Any]) -> str:
    location = [str(part) for part in detail["loc"]]
    names, known = _known_names(location)
    path = ".".join(names) or "experiment"
    message = str(detail["msg"]).removeprefix("Value error, ")
    match detail["type"]:
        case "extra_forbidden":
            near = get_close_matches(names[-1], known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known)}"
            return f"{path}: there is no such setting; {hint}"
        case "missing":
            return f"{path}: is missing; name a preset or set it"
        case "value_error":
            return message if path == "experiment" else f"{path}: {message}"
        case _:
            return f"{path}: {message[0].lower()}{message[1:]}, but is {detail['input']!r}"


def _known_names(location: list[str]) -> tuple[list[str], list[str]]:
    """The path without the tags of unions, and the settings known where it ends."""
    models: list[type[BaseModel]] = [ExperimentConfig]
    names: list[str] = []
    known: list[str] = []
    for part in location:
        tagged = [model for model in models if _tag(model) == part]
        if tagged:
            models = tagged
            continue
        names.append(part)
        known = sorted({name for model in models for name in model.model_fields})
        fields = [model.model_fields[part] for model in models if part in model.model_fields]
        models = [model for field in fields for model in _models_in(field.annotation)]
    return names, known


def _tag(model: type[BaseModel]) -> str | None:
    kind = model.model_fields.get("kind")
    return str(kind.default) if kind else None


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in _models_in(part)]
