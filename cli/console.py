"""What a person sees while a flow runs: bars on a terminal, one line a step, one an epoch."""

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn

from storage.files import Json
from storage.progress import Advanced, Event, Finished, Noted, Started, listening


def console(*, as_json: bool = False) -> Console:
    """Where a command prints; with --json standard output is kept for the one object."""
    return Console(stderr=as_json, highlight=False, soft_wrap=True)


def print_json(value: Json) -> None:
    """The one object of --json, on standard output."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, allow_nan=False) + "\n")


class StepLines:
    """Shows the events of a run: one line when a step ends, its advance meanwhile."""

    def __init__(self, out: Console) -> None:
        self._out = out
        self._bars: Progress | None = None
        self._bar: TaskID | None = None
        self._reused: list[str] = []

    def __enter__(self) -> Self:
        if self._out.is_terminal:
            self._bars = Progress(
                SpinnerColumn(),
                TextColumn("{task.description:<12}"),
                BarColumn(),
                TextColumn("{task.fields[note]}"),
                console=self._out,
                transient=True,
            )
            self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._flush_reused()
        if self._bars:
            self._bars.stop()

    def __call__(self, event: Event) -> None:
        """Show one event."""
        match event:
            case Started():
                self._start(event)
            case Advanced():
                self._advance(event)
            case Finished():
                self._finish(event)
            case Noted():
                self._out.print(f"    {event.note}", markup=False)

    def _start(self, event: Started) -> None:
        if self._bars:
            self._bar = self._bars.add_task(event.step, total=None, note="")

    def _advance(self, event: Advanced) -> None:
        if self._bars and self._bar is not None:
            self._bars.update(
                self._bar, completed=event.done, total=event.total or None, note=event.note
            )
        elif event.step == "train":
            self._flush_reused()
            self._out.print(f"    epoch {event.done}/{event.total}   {event.note}")

    def _finish(self, event: Finished) -> None:
        if self._bars and self._bar is not None:
            self._bars.remove_task(self._bar)
            self._bar = None
        if event.reused:
            self._reused.append(event.step)
            return
        self._flush_reused()
        line = f"  {event.step:<12}{event.summary:<40} {duration(event.seconds):>7}"
        self._out.print(line.rstrip() + _why(event.reason))

    def _flush_reused(self) -> None:
        if self._reused:
            self._out.print(f"  {', '.join(self._reused)}: reused")
            self._reused = []


def _why(reason: str) -> str:
    return f"   ({reason})" if reason and reason != "first time" else ""


@contextmanager
def steps_shown(out: Console) -> Iterator[None]:
    """Show the steps of everything that runs in the block."""
    with StepLines(out) as lines, listening(lines):
        yield


def duration(seconds: float) -> str:
    """Seconds as a person reads them: 0.4 s, 21 s, 3 min 05 s."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{int(seconds) // 60} min {int(seconds) % 60:02d} s"


def print_table(out: Console, title: str, columns: tuple[str, ...], rows: object) -> None:
    """A table of strings, for the commands that show lists."""
    from rich.table import Table

    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for column in columns:
        table.add_column(column)
    assert isinstance(rows, list)
    for row in rows:
        table.add_row(*row)
    out.print(table)


def print_mapping(out: Console, values: Mapping[str, object]) -> None:
    """Names and values, one a line, aligned."""
    width = max((len(name) for name in values), default=0)
    for name, value in values.items():
        out.print(f"  {name:<{width}}  {value}")
