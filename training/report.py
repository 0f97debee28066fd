"""The report of a run: what a person reads first, on one screen, the verdict above all."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, repeat
from pathlib import Path

import pandas as pd

from storage.files import write_text
from training.classification_evaluation import confused_pairs, confusion, timed
from training.markdown import capitalised, quoted, table
from training.provenance import Provenance
from training.scores import REFERENCE_NEW, TITLES, Comparison, Metrics, Scores, Slice
from training.scoring import Evaluated
from training.verdict import p_text, spoken, verdict

FILE = "report.md"
_WORST = 8
_MOST_CLASSES = 30
_FEW, _MOST_PAIRS = 2, 10
_OF_A_CLASS = 3


def write_report(
    folder: Path, evaluated: Evaluated, provenance: Provenance, *, figures: Sequence[str]
) -> None:
    """Write `report.md`.

    Args:
        folder: Where it goes.
        evaluated: Scores and answers.
        provenance: What the data was.
        figures: Pictures to show, relative to the folder.
    """
    scores = evaluated.scores
    sections = [
        [f"# {capitalised(verdict(scores))}"],
        comparison_table(scores),
        _class_section(scores),
        _confusion_section(evaluated),
        _slice_section("By length", "tokens", scores.slices, scores, sizes=True),
        _slice_section("By part", "sources", scores.parts, scores, sizes=False),
        _details_section(scores),
        _mistakes_section(evaluated),
        _shown_section(evaluated),
        ["## Data", "", *(f"- {line}" for line in provenance.lines())],
        _baseline_section(scores),
        [f"![{Path(name).stem.replace('_', ' ')}]({name})" for name in figures],
        _class_mistakes_section(evaluated),
        [f"All answers: `predictions.parquet`. All figures: `scores.json`.{_note(scores)}"],
    ]
    text = "\n\n".join("\n".join(section) for section in sections if section)
    write_text(folder / FILE, f"{text}\n")


def comparison_table(scores: Scores) -> list[str]:
    """The network above its baselines, the best first, with its lead over each."""
    metrics = list(scores.test)
    head = ["on the test split", *(TITLES[name] for name in metrics), "network's lead", "p"]
    rows = [["**network**", *_cells(scores.test, metrics, bold=True), "", ""]]
    for name in scores.ranked_baselines:
        baseline = scores.baselines[name]
        lead = _lead_cell(baseline.lead, decimals=_decimals(scores.headline))
        p_value = p_text(baseline.lead.p_value).lstrip("p=")
        rows.append([spoken(name), *_cells(baseline.metrics, metrics), lead, p_value])
    return table(head, rows)


def _class_section(scores: Scores) -> list[str]:
    if not scores.classes:
        return []
    weakest_first = _weakest_first(scores)
    shown = weakest_first[:_MOST_CLASSES]
    rows = [
        [
            quoted(name, longest=40),
            f"{scores.class_rows[name]:,}",
            *_cells(scores.classes[name], ["precision", "recall", "f1"]),
        ]
        for name in shown
    ]
    hidden = len(weakest_first) - len(shown)
    title = "## Classes, the weakest first" + (f" ({hidden} more left out)" if hidden else "")
    return [title, "", *table(["class", "rows", "precision", "recall", "F1"], rows)]


def _weakest_first(scores: Scores) -> list[str]:
    return sorted(scores.classes, key=lambda name: scores.classes[name]["f1"].value)


def _has_many_classes(scores: Scores) -> bool:
    return scores.problem in ("classification", "events") and len(scores.classes) > _FEW


def _with_gaps(rows: pd.DataFrame, scores: Scores) -> pd.DataFrame:
    """Events with their gaps, as `open close@2.5`; other rows as they are."""
    return rows.assign(events=timed(rows)) if scores.problem == "events" else rows


def _asked(scores: Scores) -> str:
    """Name of the column that was given a class."""
    return "events" if scores.problem == "events" else "text"


def _confusion_section(evaluated: Evaluated) -> list[str]:
    """Which classes are taken for which others, where there are more than a few."""
    if not _has_many_classes(evaluated.scores):
        return []
    matrix, classes = confusion(evaluated.predictions)
    rows = [
        [quoted(actual, longest=40), quoted(predicted, longest=40), f"{count:,}"]
        for actual, predicted, count in confused_pairs(matrix, classes, most=_MOST_PAIRS)
    ]
    head = ["class", "taken for", "rows"]
    return ["## Most confused", "", *table(head, rows, left=2)] if rows else []


def _slice_section(
    title: str, head: str, slices: Mapping[str, Slice], scores: Scores, *, sizes: bool
) -> list[str]:
    """Scores of parts of the test rows, with the range of their lengths where it is told."""
    if not slices:
        return []
    metrics = list(scores.test)
    rows = [
        [
            f"{name}: {part.shortest:,} to {part.longest:,}" if sizes else name,
            f"{part.rows:,}",
            *_cells(part.metrics, metrics),
        ]
        for name, part in slices.items()
    ]
    return [
        f"## {title}",
        "",
        *table([head, "rows", *(TITLES[name] for name in metrics)], rows),
    ]


_DETAILS = {
    "perplexity": "perplexity per token {:.2f}",
    "calibration_error": "chances are off by {:.3f} on the mean (expected calibration error)",
    "characters": "{:,.0f} characters were read in their order",
    "spelling_bits_per_character": "{:.3f} of the bits per character spell unknown words",
    "entity_f1": "F1 of whole entities {:.3f}",
    "single_reference_bleu": "BLEU {:.1f} over pairs, each scored by its own target alone",
    "sentence_bleu": "mean smoothed sentence BLEU over pairs {:.1f}",
    "length_ratio": "{:.2f} words written per word of the nearest reference",
    "too_short": "{:.1%} have under half the words of the nearest reference",
    "too_long": "{:.1%} have over twice the words of the nearest reference",
    "repeating": "{:.1%} repeat three words in a row where no reference does",
    "unfinished": "{:.1%} stop at the limit",
}


def details_lines(scores: Scores) -> list[str]:
    """The further figures of a network as short sentences; none where there are none."""
    told = [
        text.format(scores.details[name])
        for name, text in _DETAILS.items()
        if name in scores.details
    ]
    new = scores.parts.get(REFERENCE_NEW)
    if new is not None and new.rows < scores.rows:
        title, score = TITLES[scores.headline], new.metrics[scores.headline]
        text = score.text(decimals=_decimals(scores.headline))
        told.append(f"{title} {text} on sources none of whose references stand in training")
    return told


def _details_section(scores: Scores) -> list[str]:
    lines = details_lines(scores)
    title = "How it writes" if scores.problem == "translation" else "Further figures"
    return [f"## {title}", "", *(f"- {line}" for line in lines)] if lines else []


def _mistakes_section(evaluated: Evaluated) -> list[str]:
    worst = evaluated.mistakes.head(_WORST)
    if worst.empty:
        return ["## Worst mistakes", "", "None: every test row is right."]
    if evaluated.scores.problem in ("classification", "events"):
        count, rows = len(evaluated.mistakes), evaluated.scores.rows
        title = f"## Worst mistakes, the surest first ({count:,} of {rows:,} are wrong)"
        text = _asked(evaluated.scores)
        head, left = [text, "is", "predicted", "probability"], 3
        worst = _with_gaps(worst, evaluated.scores)
        columns = [text, "label", "predicted"]
        figure = worst["probability"].map("{:.2f}".format)
    elif evaluated.scores.problem == "tagging":
        count, rows = len(evaluated.mistakes), evaluated.scores.rows
        title = f"## Worst sentences ({count:,} of {rows:,} have a wrong tag)"
        head, left = ["sentence", "tags", "predicted", "wrong"], 3
        columns = ["tokens", "tags", "predicted"]
        figure = worst["wrong"].map("{:,}".format)
    elif evaluated.scores.problem == "language_modelling":
        title, head, left = "## Most surprising passages", ["passage", "bits per character"], 1
        columns = ["text"]
        figure = worst["per_character"].map("{:.2f}".format)
    else:
        title, left = "## Worst translations, by chrF", 3
        head, columns = ["source", "reference", "translation", "chrF"], _TRANSLATED
        figure = worst["chrf"].map("{:.1f}".format)
    return [title, "", *table(head, _text_rows(worst[columns], figure), left=left)]


def _class_mistakes_section(evaluated: Evaluated) -> list[str]:
    """A few texts of each class that are surest of another, where classes are more than two."""
    if not _has_many_classes(evaluated.scores) or evaluated.mistakes.empty:
        return []
    text = _asked(evaluated.scores)
    surest = evaluated.mistakes.groupby("label", sort=False).head(_OF_A_CLASS)
    surest = _with_gaps(surest, evaluated.scores)
    rows = []
    for name in _weakest_first(evaluated.scores)[:_MOST_CLASSES]:
        of_class = surest[surest["label"] == name]
        figure = of_class["probability"].map("{:.2f}".format)
        texts = _text_rows(of_class[[text, "predicted"]], figure)
        names = chain([quoted(name, longest=40)], repeat(""))
        rows += [[shown, *cells] for shown, cells in zip(names, texts, strict=False)]
    head = ["class", text, "taken for", "probability"]
    title = "## Surest mistakes by class, the weakest first"
    return [title, "", *table(head, rows, left=3), "", "All of them: `misclassified.parquet`."]


_TRANSLATED = ["source", "target", "predicted"]
_SHOWN = 8


def _shown_section(evaluated: Evaluated) -> list[str]:
    """Sentences as they were tagged, or what a language model writes; others have none."""
    shown, problem = evaluated.shown, evaluated.scores.problem
    if shown is None or problem not in ("tagging", "language_modelling"):
        return []
    if problem == "tagging":
        lines = [f"- {quoted(line, longest=600)}" for line in shown["tagged"].head(_SHOWN)]
        return ["## Sentences as tagged, wrong tags between stars", "", *lines]
    rows = [
        [f"{temperature:g}", quoted(prompt + text, longest=400)]
        for temperature, prompt, text in shown.itertuples(index=False)
    ]
    return ["## What it writes", "", *table(["temperature", "text"], rows, left=2)]


def _text_rows(texts: pd.DataFrame, figures: "pd.Series[str]") -> Iterable[list[str]]:
    for row, figure in zip(texts.itertuples(index=False), figures, strict=True):
        yield [*(quoted(str(text), longest=160) for text in row), figure]


def _baseline_section(scores: Scores) -> list[str]:
    lines = [
        f"- {spoken(name)}: {quoted(one.settings, longest=200)}"
        for name, one in scores.baselines.items()
    ]
    return ["## Baselines", "", *lines]


def _cells(metrics: Metrics, names: Iterable[str], *, bold: bool = False) -> list[str]:
    texts = [metrics[name].text(decimals=_decimals(name)) for name in names]
    return [f"**{text}**" if bold else text for text in texts]


def _lead_cell(lead: Comparison, *, decimals: int) -> str:
    difference, low, high = (
        f"{x:+.{decimals}f}" for x in (lead.difference, lead.low, lead.high)
    )
    return f"{difference} [{low}, {high}]"


def _decimals(metric: str) -> int:
    """Shares to three decimals, scores of 0 to 100 to one."""
    return 1 if metric in ("bleu", "chrf") else 2 if metric == "perplexity" else 3


def _note(scores: Scores) -> str:
    return f" Intervals: 95 %, bootstrap over groups.{_signature_text(scores.signatures)}"


def _signature_text(signatures: Mapping[str, str]) -> str:
    return "".join(f" {TITLES[name]}: `{text}`." for name, text in signatures.items())
