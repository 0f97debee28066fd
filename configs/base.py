"""The strict base of every config: frozen, no unknown keys, and a form of differences."""

import re
from typing import Any

from pydantic import BaseModel, ConfigDict
from pydantic.config import JsonDict


def _differences_suffice(schema: JsonDict) -> None:
    """Let the JSON schema accept differences alone; the class still checks the whole.

    A form sends every default that its schema names as if a person had chosen it, which
    would replace the preset's own value; so the help text tells the default instead.
    """
    schema.pop("required", None)
    properties = schema.get("properties")
    assert isinstance(properties, dict)
    for field in properties.values():
        assert isinstance(field, dict)
        default = field.pop("default", None)
        if default is not None and not isinstance(default, list) and "const" not in field:
            shown = f"{default:g}" if isinstance(default, float) else str(default).lower()
            field["description"] = f"{field['description']} Usually {shown}."
        if field.get("type") == "boolean":
            # a switch would send false where nothing is chosen; a list can stay empty
            del field["type"]
            field["enum"] = [True, False]


def _title(name: str, _: Any) -> str:
    """`max_tokens` as a form shows it: Max tokens."""
    return name.replace("_", " ").capitalize()


def _class_title(config: type[Any]) -> str:
    """`GRUEncoderDecoderConfig` as a form shows it: GRU encoder decoder."""
    words = re.findall(r"[A-Z]+(?=[A-Z][a-z]|$)|[A-Z][a-z]+", config.__name__)
    first, *others = [word for word in words if word != "Config"]
    return " ".join([first, *map(str.lower, others)])


class Config(BaseModel):
    """A pydantic model that a person fills in; a misspelt key is an error, never ignored."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        validate_default=True,
        json_schema_extra=_differences_suffice,
        field_title_generator=_title,
        model_title_generator=_class_title,
    )


def any_member(schema: JsonDict) -> None:
    """Let the schema of a union accept differences that do not name the member."""
    schema.pop("discriminator", None)
    if "oneOf" in schema:
        schema["anyOf"] = schema.pop("oneOf")
