"""The walks by name, and each as a page.

`python -m models.first_principles.pages docs/first-principles` writes the pages anew.
"""

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from inspect import cleandoc
from pathlib import Path
from types import ModuleType

from models.first_principles import (
    attention,
    gru,
    losses,
    masks,
    mlp,
    parameters,
    word_index,
)
from models.first_principles.walks import Shown
from storage.errors import InputError
from storage.files import write_text


@dataclass(frozen=True)
class Principle:
    """A walk and what it is about.

    Attributes:
        walk: Its quantities, one after the other.
        subject: What the module says of itself.
        example: What the walk says of itself.
        seen_in: Where the fast form is that tests hold against this one.
    """

    walk: Callable[[], Iterator[Shown]]
    subject: str
    example: str
    seen_in: str

    @property
    def title(self) -> str:
        """The first line of the subject."""
        return self.subject.partition("\n")[0].rstrip(".")


def _principle(module: ModuleType, seen_in: str) -> Principle:
    walk: Callable[[], Iterator[Shown]] = module.walk
    return Principle(
        walk, cleandoc(module.__doc__ or ""), cleandoc(walk.__doc__ or ""), seen_in
    )


PRINCIPLES: Mapping[str, Principle] = {
    "losses": _principle(losses, "`torch.nn.functional.cross_entropy`, which training uses"),
    "word-index": _principle(
        word_index, "`models/text/tokenizers.py`, `models/text/vocabulary.py`"
    ),
    "gru": _principle(
        gru, "`models/networks/layers.py` (`gru_reset_before`) and `torch.nn.GRU`"
    ),
    "mlp": _principle(mlp, "autograd, to 1e-10"),
    "attention": _principle(attention, "`models/networks/attention.py`"),
    "masks": _principle(masks, "`models/networks/dropouts.py`"),
    "parameters": _principle(parameters, "the parameters of `torch.nn` layers"),
}


def principle(name: str) -> Principle:
    """The walk of that name.

    Raises:
        InputError: If there is none.
    """
    if name not in PRINCIPLES:
        raise InputError(f"there is no principle {name!r}; there are {', '.join(PRINCIPLES)}")
    return PRINCIPLES[name]


def page(name: str) -> str:
    """The walk as Markdown."""
    found = principle(name)
    rest = found.subject.partition("\n")[2].strip()
    parts = [
        f"# {found.title}",
        *([rest] if rest else []),
        f"{found.example} The code is `models/first_principles/{name.replace('-', '_')}.py`; "
        f"`seqflow inspect principles {name}` prints the same numbers. Tests hold it against "
        f"{found.seen_in}.",
    ]
    for shown in found.walk():
        shape = f" `{shown.shape}`" if shown.shape else ""
        how = f": {shown.how}" if shown.how else ""
        parts.append(
            f"**{shown.name}**{shape}{how}\n\n```\n" + "\n".join(shown.lines) + "\n```"
        )
    return "\n\n".join(parts) + "\n"


def main() -> None:
    """Write every page into the folder."""
    folder = Path(sys.argv[1])
    for name in PRINCIPLES:
        write_text(folder / f"{name}.md", page(name))


if __name__ == "__main__":
    main()
