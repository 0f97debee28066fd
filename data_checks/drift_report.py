"""The drift report: one page for anywhere, the verdict on top, the worst column first."""

from base64 import b64encode
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path

from data_checks.drift import ColumnDrift, Drift, Outcome, p_text
from data_checks.drift_figures import draw_overlay
from data_checks.profile import Profile
from storage.files import write_text

FILE = "report.html"
_WORDS: dict[Outcome, str] = {
    "drifted": "drifted",
    "small": "small",
    "same": "no drift",
    "unchecked": "too few rows",
}
_STYLE = """
:root { color-scheme: light; }
body { font: 15px/1.5 system-ui, sans-serif; color: #1d2433; margin: 0 auto; max-width: 68rem;
  padding: 1.2rem; }
h1 { font-size: 1.35rem; line-height: 1.3; margin: 0; }
.verdict { border-left: .4rem solid #2e7d4f; background: #eef7f1; padding: .9rem 1.1rem;
  border-radius: .3rem; }
.verdict.drifted { border-color: #b3261e; background: #fcefee; }
.verdict.unchecked { border-color: #8a6d00; background: #fbf6e3; }
.facts { color: #566074; margin: .7rem 0 1rem; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th { color: #566074; font-weight: 500; text-align: left; }
td, th { border-bottom: 1px solid #e3e6ec; padding: .3rem .6rem .3rem 0; vertical-align: top; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.tag { border-radius: .8rem; padding: .05rem .6rem; font-size: .8rem; background: #eceff4;
  white-space: nowrap; }
.tag.drifted { background: #b3261e; color: #fff; }
.tag.small { background: #f3e3a7; }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(29rem, 1fr)); gap: 1rem;
  margin-top: 1.3rem; }
.card { border: 1px solid #e3e6ec; border-radius: .4rem; padding: .7rem .9rem; }
.card.drifted { border-color: #d99a96; }
.card h2 { font-size: 1rem; margin: 0; display: flex; justify-content: space-between; }
.card p { margin: .1rem 0 .4rem; color: #566074; font-size: .88rem; }
.card img { width: 100%; }
.key { display: inline-block; width: .8rem; height: .8rem; border-radius: .15rem;
  vertical-align: -.05rem; margin: 0 .3rem 0 .8rem; }
small { color: #566074; }
"""


def write_report(
    folder: Path,
    drift: Drift,
    reference: Profile,
    new: Profile,
    *,
    verdict: str,
    notes: Sequence[str] = (),
) -> Path:
    """Write `report.html`, which loads nothing from elsewhere, and say where it is.

    Args:
        folder: Where it goes.
        drift: What was found.
        reference: The champion's profile.
        new: The new rows' profile.
        verdict: One sentence, the page's title.
        notes: What else to know, such as rows left out.
    """
    path = folder / FILE
    standing = "drifted" if drift.drifted else "" if drift.concluded else "unchecked"
    cards = "\n".join(_cards(drift, reference, new))
    remarks = "".join(f"<li>{escape(note)}</li>" for note in notes)
    page = f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Drift</title>
<style>{_STYLE}</style></head><body>
<div class="verdict {standing}"><h1>{escape(verdict)}</h1></div>
<p class="facts">{drift.distinct:,} different new rows beside {drift.reference_rows:,} that the
champion learnt from; {drift.tested} columns tested.
<span class="key" style="background:#9bb3cc"></span>champion's data
<span class="key" style="background:#d95f0e"></span>new data</p>
{_table(drift)}
<div class="cards">
{cards}
</div>
<ul>{remarks}</ul>
<p><small>Numbers: Kolmogorov-Smirnov test and distance. Shares: chi-square, corrected for units
that come in clusters (Rao and Scott 1984), and Jensen-Shannon distance. p-values are corrected
for all columns by Holm's method; a column has drifted where p is below
{drift.false_alarm_rate:g} and the effect reaches its floor. Dotted: medians.</small></p>
</body></html>
"""
    write_text(path, page)
    return path


def _table(drift: Drift) -> str:
    rows = "\n".join(
        f"<tr><td>{_tag(each)}</td><td>{escape(each.name)}</td><td>{escape(each.change)}</td>"
        + _figures(each)
        + "</tr>"
        for each in drift.columns
    )
    return (
        '<table><tr><th></th><th>column</th><th>change</th><th class="n">effect</th>'
        '<th class="n">floor</th><th class="n">p, corrected</th><th class="n">new rows</th>'
        f"</tr>\n{rows}\n</table>"
    )


def _figures(column: ColumnDrift) -> str:
    if column.outcome == "unchecked":
        cells = ["", f"{column.floor:g}", "", f"{column.rows:,}"]
    else:
        p_value = p_text(column.corrected).removeprefix("p=").removeprefix("p")
        cells = [f"{column.effect:.3f}", f"{column.floor:g}", p_value, f"{column.rows:,}"]
    return "".join(f'<td class="n">{escape(cell)}</td>' for cell in cells)


def _cards(drift: Drift, reference: Profile, new: Profile) -> Iterator[str]:
    for each in drift.columns:
        before, after = reference.column(each.name), new.column(each.name)
        if each.outcome == "unchecked" or before is None or after is None:
            continue
        picture = b64encode(draw_overlay(before, after)).decode("ascii")
        yield (
            f'<div class="card {each.outcome}"><h2>{escape(each.name)}{_tag(each)}</h2>'
            f"<p>{escape(each.change)}; {each.effect_name} {each.effect:.3f}, "
            f"{escape(p_text(each.corrected))}; champion's {escape(before.counted_on)} rows</p>"
            f'<img alt="{escape(each.name)}" src="data:image/png;base64,{picture}"></div>'
        )


def _tag(column: ColumnDrift) -> str:
    return f'<span class="tag {column.outcome}">{_WORDS[column.outcome]}</span>'
