"""What a person may ask of a trained model's decoding, in place of the model's own settings."""

from dataclasses import dataclass
from numbers import Integral
from typing import cast

from configs.training import LONGEST_OUTPUT, WIDEST_BEAM, DecodingConfig
from storage.errors import InputError


@dataclass(frozen=True)
class AskedDecoding:
    """Settings for some texts; None keeps the model's own.

    Attributes:
        beam: Hypotheses kept while writing.
        max_tokens: Longest output, in tokens.
        n_best: Answers to each text.

    Raises:
        InputError: If a value is none that decoding can use.
    """

    beam: int | None = None
    max_tokens: int | None = None
    n_best: int = 1

    def __post_init__(self) -> None:
        _require("beam", self.beam, WIDEST_BEAM)
        _require("max_tokens", self.max_tokens, LONGEST_OUTPUT)
        _require("n_best", self.n_best, WIDEST_BEAM)

    def over(self, own: DecodingConfig) -> DecodingConfig:
        """The model's settings, with what was asked in place of them.

        Raises:
            InputError: If the beam is too narrow for so many answers.
        """
        beam = own.beam_size if self.beam is None else int(self.beam)
        longest = own.max_tokens if self.max_tokens is None else int(self.max_tokens)
        if self.n_best > beam:
            raise InputError(
                f"n_best is {self.n_best}, but a beam of {beam} has no more than {beam}; ask "
                f"for a beam of {self.n_best} or more"
            )
        return own.model_copy(update={"beam_size": beam, "max_tokens": longest})


def _require(name: str, value: object, most: int) -> None:
    if value is None:
        return
    whole = isinstance(value, Integral) and not isinstance(value, bool)
    if not whole or not 1 <= cast(int, value) <= most:
        raise InputError(
            f"{name} is a whole number from 1 to {most}, not {value!r}; leave it out to have "
            f"the model's own setting"
        )


OWN_SETTINGS = AskedDecoding()
