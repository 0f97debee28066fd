"""The strict base of every config: frozen, no unknown keys."""

from pydantic import BaseModel, ConfigDict


class Config(BaseModel):
    """A pydantic model that a person fills in; a misspelt key is an error, never ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)
