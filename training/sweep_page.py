"""What a sweep came to, in words: a page that begins with its verdict, and a table."""

import csv
import io
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from configs.sweep import Range, Scalar
from training.markdown import quoted, table
from training.search import Attempt, Goal

_LISTED = 10


@dataclass(frozen=True)
class SweepResults:
    """All that a sweep's page tells.

    Attributes:
        name: Of the experiment.
        goal: What trials were compared by.
        ranges: What was searched.
        attempts: All trials by number; the first has the experiment's own settings.
        best: The best of them.
        importance: Share of the variation that each setting explains; may be empty.
        validation_rows: Rows that each value was measured on.
        command: What trains the best settings.
    """

    name: str
    goal: Goal
    ranges: Mapping[str, Range]
    attempts: Sequence[Attempt]
    best: Attempt
    importance: Mapping[str, float]
    validation_rows: int
    command: str

    def count(self, state: str) -> int:
        """How many trials ended so."""
        return sum(each.state == state for each in self.attempts)

    def ranked(self) -> list[Attempt]:
        """Finished trials, the best first."""
        done = [each for each in self.attempts if each.state == "finished"]
        sign = -1 if self.goal.maximise else 1
        return sorted(done, key=lambda each: (sign * (each.value or 0.0), each.number))


def figure(value: float | None) -> str:
    """A metric's value as people compare it: four figures, or a dash."""
    return "–" if value is None else f"{value:.4g}"


def named_values(values: Mapping[str, Scalar]) -> str:
    """Settings by their last names: `learning_rate 0.00312, hidden_dim 64`."""
    return ", ".join(
        f"{path.rpartition('.')[2]} {shown(value)}" for path, value in values.items()
    )


def shown(value: Scalar) -> str:
    """A setting's value, three figures of it."""
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def sentence(results: SweepResults) -> str:
    """The verdict in one sentence."""
    best, own = results.best, results.attempts[0]
    counted = f"{len(results.attempts)} trials"
    metric = f"validation {results.goal.metric}"
    if best.number == own.number:
        return (
            f"none of {counted} is better than {results.name}'s own settings, {metric} "
            f"{figure(own.value)}"
        )
    before = (
        f"{figure(own.value)} with {results.name}'s own settings"
        if own.state == "finished"
        else f"{results.name}'s own settings, which {own.state}"
    )
    return (
        f"trial {best.number} of {counted} is best: {metric} {figure(best.value)}, "
        f"against {before}"
    )


def sweep_page(results: SweepResults) -> str:
    """The page as Markdown: verdict, what to make of it, the best trials, what matters."""
    lines = [
        f"# {quoted(sentence(results), longest=400)}",
        "",
        *_settings(results),
        "",
        *_caution(results),
        "",
        *_tried(results),
        "",
        *_importance(results),
        "## Train it",
        "",
        f"    {results.command}",
    ]
    return "\n".join(lines) + "\n"


def trials_csv(results: SweepResults) -> str:
    """Every trial a line: number, state, value, epochs, seconds, settings, run, message."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    facts = ("seconds", "run", "message")
    writer.writerow(["trial", "state", results.goal.metric, "epochs", *results.ranges, *facts])
    for each in results.attempts:
        value = "" if each.value is None else repr(each.value)
        settings = [each.settings[path] for path in results.ranges]
        told = [each.facts.get(name, "") for name in facts]
        writer.writerow([each.number, each.state, value, each.epochs, *settings, *told])
    return text.getvalue()


def _settings(results: SweepResults) -> Iterator[str]:
    own = results.attempts[0].settings
    rows = [
        [f"`{path}`", shown(own[path]), shown(value), str(results.ranges[path])]
        for path, value in results.best.settings.items()
    ]
    yield from table(["setting", "own", "best", "searched"], rows)


def _caution(results: SweepResults) -> Iterator[str]:
    yield (
        f"The value of the best is optimistic: it is the best of {results.count('finished')}, "
        "so part of its lead is luck on these validation rows. No trial saw the test split; "
        "the best alone is scored on it, afterwards, and that score is the one to quote."
    )
    noise = _noise(results)
    if noise is not None:
        yield (
            f"On {results.validation_rows:,} validation rows two equally good models differ by "
            f"more than {noise:.2g} in one case of twenty."
        )


def _noise(results: SweepResults) -> float | None:
    """Half-width of the 95 % interval of a difference of two accuracies; None for others.

    As if their errors were independent; on the same rows they rarely are, so it is less.
    """
    value = results.best.value
    if results.goal.metric != "accuracy" or value is None:
        return None
    return 1.96 * math.sqrt(2 * value * (1 - value) / results.validation_rows)


def _tried(results: SweepResults) -> Iterator[str]:
    ranked, metric = results.ranked(), results.goal.metric
    yield f"## The best {len(ranked[:_LISTED])} of {len(results.attempts)} trials"
    yield ""
    names = [f"`{path}`" for path in results.ranges]
    rows = [
        [
            f"{each.number}{' (own settings)' * (each.number == 0)}",
            figure(each.value),
            str(each.epochs),
            *(shown(each.settings[path]) for path in results.ranges),
        ]
        for each in ranked[:_LISTED]
    ]
    yield from table(["trial", metric, "epochs", *names], rows)
    yield ""
    yield (
        f"{results.count('finished')} finished, {results.count('pruned')} were ended early "
        f"because they lagged behind, {results.count('failed')} failed."
    )
    failed = [each for each in results.attempts if each.state == "failed"]
    for each in failed[:_LISTED]:
        yield f"- trial {each.number}: {quoted(str(each.facts.get('message')), longest=300)}"


def _importance(results: SweepResults) -> Iterator[str]:
    if not results.importance:
        return
    yield "## What matters"
    yield ""
    rows = [[f"`{path}`", f"{share:.0%}"] for path, share in results.importance.items()]
    yield from table(["setting", "share of the variation"], rows)
    yield ""
    yield (
        "By fANOVA over the finished trials; an estimate that few trials make rough, and that "
        "speaks of these ranges alone."
    )
    yield ""
