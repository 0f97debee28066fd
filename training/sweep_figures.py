"""The pictures of a sweep: its trials as parallel coordinates, and what the settings matter."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from configs.sweep import Range, Scalar
from training.figures import new_figure, save_figure, shortened
from training.search import Attempt
from training.sweep_page import SweepResults, figure, shown

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_BEST, _DONE, _PRUNED, _FRAME = "#d98032", "#2f6ca8", "#9a9a9a", "#444444"
_BAND = 0.025
"""Half the height over which lines through one choice are spread, so that each can be seen."""


@dataclass(frozen=True)
class Axis:
    """One upright axis of the picture.

    Attributes:
        title: Its name, above it.
        low: Value at the foot, on its scale.
        high: Value at the head, on its scale.
        log: Whether the scale is logarithmic.
        choices: What it chooses among, from the foot up; None for numbers.
    """

    title: str
    low: float
    high: float
    log: bool = False
    choices: tuple[Scalar, ...] | None = None

    @classmethod
    def of(cls, path: str, range_: Range) -> "Axis":
        """The axis of a searched setting."""
        title = path.rpartition(".")[2]
        if range_.choices is not None:
            choices = tuple(sorted(range_.choices, key=_order))
            return cls(title, 0.0, len(choices) - 1.0, choices=choices)
        assert range_.low is not None
        assert range_.high is not None
        return cls(title, range_.low, range_.high, range_.log)

    def height(self, value: Scalar) -> float:
        """Where the value stands: 0 at the foot, 1 at the head."""
        if self.choices is not None:
            return self.choices.index(value) / self.high
        assert isinstance(value, int | float)
        if self.log:
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low or 1.0)

    def ticks(self) -> list[tuple[float, str]]:
        """Heights that are named, with their names."""
        if self.choices is not None:
            return [(self.height(each), shortened(str(each))) for each in self.choices]
        span = self.high - self.low
        if self.log:
            first, last = math.ceil(math.log10(self.low)), math.floor(math.log10(self.high))
            between = [10.0**exponent for exponent in range(first, last + 1)]
        elif isinstance(span, int):
            between = [self.low + round(span * part / 4) for part in (1, 2, 3)]
        else:
            between = [self.low + span * part / 4 for part in (1, 2, 3)]
        values = [self.low, self.high, *between]
        named: list[tuple[float, str]] = []
        for value in values:
            if all(abs(self.height(value) - other) > 0.05 for other, _ in named):
                named.append((self.height(value), shown(value)))
        return named


def draw_parallel_coordinates(results: SweepResults, path: Path) -> None:
    """A line per trial across the settings to its value; the best bold, pruned ones faint.

    Lines of pruned trials end before the value: theirs is of another epoch than the others'.
    """
    axes_of = [Axis.of(name, range_) for name, range_ in results.ranges.items()]
    valued = [each for each in results.attempts if each.value is not None]
    goal = _goal_axis(results, valued)
    picture = new_figure(width=max(6.0, 1.7 * (len(axes_of) + 1)), height=4.4)
    axes = picture.subplots()
    for attempt in sorted(valued, key=lambda each: _rank(each, results.best)):
        heights = [
            axis.height(attempt.settings[name]) + _spread(axis, attempt, len(results.attempts))
            for axis, name in zip(axes_of, results.ranges, strict=True)
        ]
        if attempt.state == "finished":
            heights.append(goal.height(attempt.value))
        style = _style(attempt, results.best)
        axes.plot(
            range(len(heights)),
            heights,
            color=style.colour,
            linewidth=style.width,
            alpha=style.opacity,
            linestyle=style.line,
        )
    for place, axis in enumerate([*axes_of, goal]):
        _draw_axis(axes, place, axis)
    best = (
        f"best: trial {results.best.number}, {results.goal.metric} {figure(results.best.value)}"
    )
    axes.plot([], [], color=_BEST, linewidth=2.6, label=best)
    axes.plot([], [], color=_DONE, alpha=0.6, label=f"finished ({results.count('finished')})")
    if results.count("pruned"):
        axes.plot(
            [],
            [],
            color=_PRUNED,
            alpha=0.5,
            linestyle="--",
            label=f"ended early ({results.count('pruned')})",
        )
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.02), ncols=3, frameon=False)
    axes.set_xlim(-0.35, len(axes_of) + 0.35)
    axes.set_ylim(-0.04, 1.06)
    axes.axis("off")
    save_figure(picture, path)


def draw_importance(results: SweepResults, path: Path) -> None:
    """A bar for each setting: the share of the variation that it explains."""
    ranked = sorted(results.importance.items(), key=lambda each: each[1])
    picture = new_figure(width=6.4, height=1.0 + 0.4 * len(ranked))
    axes = picture.subplots()
    names = [name for name, _ in ranked]
    shares = [share for _, share in ranked]
    bars = axes.barh(names, shares, color=_DONE, height=0.6)
    axes.bar_label(bars, labels=[f"{share:.0%}" for share in shares], padding=4)
    axes.set_xlim(0, 1.12 * max(shares))
    axes.set_title(f"share of the variation in {results.goal.metric} (fANOVA)")
    axes.xaxis.set_visible(False)
    axes.spines[["top", "right", "bottom"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
    save_figure(picture, path)


@dataclass(frozen=True)
class _Style:
    colour: str
    width: float
    opacity: float
    line: str = "-"


def _style(attempt: Attempt, best: Attempt) -> _Style:
    if attempt.number == best.number:
        return _Style(_BEST, 2.6, 1.0)
    if attempt.state == "pruned":
        return _Style(_PRUNED, 0.9, 0.45, "--")
    return _Style(_DONE, 1.2, 0.6)


def _rank(attempt: Attempt, best: Attempt) -> int:
    """Drawn later lies above."""
    return 2 if attempt.number == best.number else 1 if attempt.state == "finished" else 0


def _goal_axis(results: SweepResults, valued: Sequence[Attempt]) -> Axis:
    values = [each.value for each in valued if each.state == "finished"]
    known = [value for value in values if value is not None]
    title = f"validation\n{results.goal.metric}"
    worst, best = (
        (min(known), max(known)) if results.goal.maximise else (max(known), min(known))
    )
    return Axis(title, worst, best)


def _spread(axis: Axis, attempt: Attempt, attempts: int) -> float:
    """Lets lines through one choice lie side by side, in the order of the trials."""
    if axis.choices is None or attempts < 2:
        return 0.0
    return _BAND * (2 * attempt.number / (attempts - 1) - 1)


def _draw_axis(axes: "Axes", place: int, axis: Axis) -> None:
    axes.plot([place, place], [0, 1], color=_FRAME, linewidth=1.0, zorder=3)
    note = " (log)" if axis.log else ""
    axes.text(place, 1.05, f"{axis.title}{note}", ha="center", va="bottom", fontsize=9)
    for height, name in axis.ticks():
        axes.plot([place - 0.02, place + 0.02], [height, height], color=_FRAME, linewidth=1.0)
        axes.text(
            place + 0.05,
            height,
            name,
            ha="left",
            va="center",
            fontsize=8,
            zorder=4,
            bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.75, "pad": 0.8},
        )


def _order(choice: Scalar) -> tuple[int, float, str]:
    """Numbers by size, then words as they are spelt."""
    if isinstance(choice, int | float):
        return (0, float(choice), "")
    return (1, 0.0, str(choice))
