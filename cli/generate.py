"""The generate command: a language model writes on from a prompt, while one watches."""

import sys
from collections.abc import Iterator, Mapping, Sequence

from cli.console import console, print_json
from cli.registered import device_of, registered
from configs.settings import Settings
from models.writing import AskedText
from storage.errors import InputError

_MOST_TOLD = 20
_TEMPERATURE = 0.8
"""Where none is asked for."""


def asked_text(
    length: int, beam: int | None, drawing: Mapping[str, float | int | None]
) -> AskedText:
    """What the options ask for.

    Args:
        length: Tokens to write.
        beam: Hypotheses; None draws.
        drawing: How is drawn, by the names of :class:`AskedText`; None where it is not said.

    Raises:
        InputError: If a number is out of its range, or they do not go together.
    """
    given = {name: value for name, value in drawing.items() if value is not None}
    if beam is not None and beam > 1:
        if given:
            named = ", ".join(f"--{name.replace('_', '-')}" for name in given)
            raise InputError(
                f"--beam {beam} searches the likeliest text, and {named} tell how one is "
                "drawn; leave out one or the other"
            )
        return AskedText(length, beam=beam)
    return AskedText(length, beam=beam or 1, **{"temperature": _TEMPERATURE, **given})  # type: ignore[arg-type]


def run_generate(
    model: str, prompt: str, asked: AskedText, *, version: str, as_json: bool
) -> None:
    """Write the prompt and what follows it to standard output, as it comes.

    Raises:
        InputError: If the model does not write on from a text.
    """
    from models.language_modelling import LanguagePredictor
    from models.predictors import load_predictor

    settings = Settings.from_environment()
    found = registered(settings, model, version)
    predictor = load_predictor(found.folder, device_of(settings))
    name, number = found.version.name, found.version.version
    if not isinstance(predictor, LanguagePredictor):
        raise InputError(
            f"{name}/{number} is no language model; answers of other models come from "
            f"`seqflow predict {model}`"
        )
    unknown = predictor.unknown(prompt)
    if unknown:
        console(as_json=True).print(_told(unknown), markup=False)
    pieces = predictor.write(prompt, asked)
    if as_json:
        text = "".join(pieces)
        listed = {"prompt": prompt, "skipped": list(unknown), "text": text}
        print_json({**listed, "model": name, "version": number})
        return
    _stream(prompt, pieces)


def _stream(prompt: str, pieces: Iterator[str]) -> None:
    sys.stdout.write(prompt)
    for piece in pieces:
        sys.stdout.write(piece)
        sys.stdout.flush()
    sys.stdout.write("\n")


def _told(unknown: Sequence[str]) -> str:
    shown = " ".join(repr(each) for each in unknown[:_MOST_TOLD])
    more = " …" if len(unknown) > _MOST_TOLD else ""
    return f"the model has not seen {shown}{more} in training and skips it"
