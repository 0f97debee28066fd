"""The compare command: two models on the same test rows, on one screen."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape

from cli.console import console, print_json, print_table, steps_shown
from cli.promotion import registered_model

if TYPE_CHECKING:
    from tasks.deciding import Judgement
    from training.comparison import Flip, PairedComparison

_EXAMPLES = 3


def run_compare(model: str, *, first: str, second: str | None, as_json: bool) -> None:
    """Compare two versions or runs of a model, and say what the rule would say."""
    found, out = registered_model(model), console(as_json=as_json)
    from tasks.contestants import named_contestant, newest_challenger
    from tasks.deciding import compared
    from tasks.run import Run
    from tracking.store import TrackingStore

    store, home = TrackingStore.from_settings(found.settings), found.settings.home
    one = named_contestant(home, store, found.name, first)
    wanted = second or newest_challenger(store, found.name, besides=one)
    other = named_contestant(home, store, found.name, wanted)
    run = Run(home, home / "runs" / (other.run or "unknown"), model)
    with steps_shown(out):
        judgement = compared(run, one, other)
    if as_json:
        _print_json(found.name, judgement)
    else:
        _show(out, found.name, judgement)


def _print_json(name: str, judgement: "Judgement") -> None:
    assert judgement.comparison is not None
    print_json(
        {
            "model": name,
            "would_be_promoted": judgement.decision.promote,
            "reason": judgement.decision.reason,
            "evidence": judgement.decision.evidence,
            "comparison": judgement.comparison.as_json(),
        }
    )


def _show(out: Console, name: str, judgement: "Judgement") -> None:
    from training.comparison_page import score_rows, slice_rows

    comparison, ruling = judgement.comparison, judgement.ruling
    assert comparison is not None
    assert ruling is not None
    first, second = comparison.names
    out.print(
        f"\n  {name}: {second} against {first}, {comparison.rows:,} test rows in "
        f"{comparison.groups:,} groups\n"
    )
    head = (first, second, "difference, 95 %")
    print_table(out, "", ("", *head, "p"), score_rows(comparison))
    out.print()
    slices = [[escape(cell) for cell in row] for row in slice_rows(comparison, ruling)]
    print_table(out, "", ("part", "rows", *head, "worse, p"), slices)
    out.print()
    _show_flips(out, comparison)
    outcome = "would be promoted" if ruling.promote else "would be refused"
    out.print(f"  {second} {outcome}: {judgement.decision.reason}")


def _show_flips(out: Console, comparison: "PairedComparison") -> None:
    first, second = comparison.names
    out.print(
        f"  {comparison.lost:,} answers of {second} are worse than {first}'s, "
        f"{comparison.gained:,} are better"
    )
    _show_examples(out, "worse", comparison.lost_examples)
    _show_examples(out, "better", comparison.gained_examples)
    out.print()


def _show_examples(out: Console, title: str, flips: Sequence["Flip"]) -> None:
    for one in flips[:_EXAMPLES]:
        shown = (one.text, one.first, one.second, one.expected)
        text, before, now, expected = (escape(_short(each)) for each in shown)
        wanted = f"  (expected {expected})" if expected else ""
        out.print(f"    {title:<7}“{text}”  {before} → {now}{wanted}")


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 60 else f"{line[:59]}…"
