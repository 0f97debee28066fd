"""The strict base of every config: frozen, no unknown keys."""

from pydantic import BaseModel, ConfigDict
from pydantic.config import JsonDict


def _differences_suffice(schema: JsonDict) -> None:
    """Let the JSON schema accept differences alone; the class still checks the whole."""
    schema.pop("required", None)


class Config(BaseModel):
    """A pydantic model that a person fills in; a misspelt key is an error, never ignored."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        validate_default=True,
        json_schema_extra=_differences_suffice,
    )


def any_member(schema: JsonDict) -> None:
    """Let the schema of a union accept differences that do not name the member."""
    schema.pop("discriminator", None)
    if "oneOf" in schema:
        schema["anyOf"] = schema.pop("oneOf")
