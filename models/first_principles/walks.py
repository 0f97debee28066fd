"""What a walk through an example shows: one quantity after the other."""

from dataclasses import dataclass

from torch import Tensor

_MATRIX = 2


@dataclass(frozen=True)
class Shown:
    """One quantity of a walk.

    Attributes:
        name: What it is called.
        value: Its numbers, of at most two axes, or text.
        how: How it came about, or what it tells; may be empty.
    """

    name: str
    value: Tensor | str | int
    how: str

    @property
    def shape(self) -> str:
        """`(2, 4)`, `()` for a number by itself; empty for text."""
        if isinstance(self.value, str):
            return ""
        axes = self.value.shape if isinstance(self.value, Tensor) else ()
        return f"({', '.join(map(str, axes))})"

    @property
    def lines(self) -> list[str]:
        """The value as people read it: four places after the point, a line for each row."""
        if not isinstance(self.value, Tensor):
            return [str(self.value)]
        rows = self.value.reshape(-1, self.value.shape[-1] if self.value.dim() else 1)
        cells = [[_number(value) for value in row] for row in rows.tolist()]
        width = max(len(cell) for row in cells for cell in row)
        if self.value.dim() < _MATRIX:
            width = 0
        return ["  ".join(cell.rjust(width) for cell in row) for row in cells]


def _number(value: float) -> str:
    if not isinstance(value, float):
        return str(value)
    return f"{round(value, 4) + 0.0:.4f}"  # + 0.0: no minus before a zero
