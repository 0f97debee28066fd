"""The check command: own data through the gate alone, without a run and without Prefect."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from cli.console import console, print_json, print_table
from cli.experiments import Request, experiment_of
from configs.experiment import ExperimentConfig
from configs.settings import Settings
from storage.errors import DataCheckError
from storage.files import Json

if TYPE_CHECKING:
    from data_checks.findings import Findings
    from data_checks.lengths import Lengths


def run_check(request: Request, *, as_json: bool) -> None:
    """Print what the gate finds and how long the texts are.

    Raises:
        DataCheckError: If something critical failed.
    """
    settings = Settings.from_environment()
    request = replace(request, problem=request.problem_named or "classification")
    experiment = experiment_of(request, settings.home)
    settings.home.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=settings.home, prefix="check-") as place:
        passage = through_the_gate(experiment, settings, Path(place))
    findings, lengths = passage.findings, passage.lengths
    rows = {name: passage.facts[name] for name in ("rows", "dropped")}
    if as_json:
        print_json(
            {
                "data": experiment.data.dataset,
                **rows,
                "findings": [finding.to_json() for finding in findings.findings],
                "lengths": [
                    {
                        "column": side.column,
                        "percentiles": {
                            str(at): length for at, length in side.percentiles.items()
                        },
                        "limit": side.limit,
                        "cut_share": side.cut_share,
                    }
                    for side in lengths
                ],
            }
        )
    else:
        _print(findings, lengths, rows, console())
    if findings.critical:
        raise DataCheckError(
            f"{experiment.data.dataset} broke {len(findings.critical)} critical "
            f"{'check' if len(findings.critical) == 1 else 'checks'}"
        )


@dataclass(frozen=True)
class Passage:
    """What the first four steps say of data.

    Attributes:
        facts: Of preprocessing.
        findings: Of the gate.
        lengths: Of the texts, in tokens.
        tables: Folder of the split tables.
    """

    facts: Mapping[str, Json]
    findings: "Findings"
    lengths: "list[Lengths]"
    tables: Path


def through_the_gate(
    experiment: ExperimentConfig, settings: Settings, place: Path, *, home: Path | None = None
) -> Passage:
    """The first four steps, in a folder that is thrown away.

    Args:
        experiment: Whose data, cleaning, tokenizer and limits.
        settings: Where raw files are kept or come from.
        place: Where the outputs go.
        home: Where added files lie and cleaned sources are kept; None keeps nothing.
    """
    from corpora.download import fetch
    from corpora.preprocess import build_tables
    from data_checks.lengths import lengths
    from data_checks.runner import check
    from training.encoding import encode

    raw, tables, tokens, gate = (place / name for name in ("raw", "tables", "tokens", "gate"))
    for folder in (raw, tables, tokens, gate):
        folder.mkdir()
    fetch(experiment.data, raw, cache=settings.home / "raw", mirror=settings.mirror)
    facts = build_tables(raw, tables, experiment.data, home=home)
    encode(tables, tokens, data=experiment.data, text=experiment.text)
    findings = check(tables, tokens, gate, data=experiment.data)
    return Passage(facts, findings, lengths(tokens, limit=experiment.text.max_tokens), tables)


def _print(
    findings: "Findings", lengths: "list[Lengths]", rows: Mapping[str, Json], out: Console
) -> None:
    for what, counts in rows.items():
        assert isinstance(counts, Mapping)
        listed = ", ".join(f"{name} {count:,}" for name, count in counts.items() if count)
        if listed:
            out.print(f"  {what}: {listed}")
    for finding in findings.worst_first():
        if finding.outcome != "passed":
            out.print(f"  {finding.standing}: {finding.message}")
    out.print(f"  {findings.headline()}\n")
    lines = [
        (
            side.column.replace("_", " "),
            *(f"{length:,}" for length in side.percentiles.values()),
            f"{side.cut_share:.1%} over {side.limit:,}",
        )
        for side in lengths
    ]
    heads = ("length", *(f"{at} %" for at in lengths[0].percentiles), "cut by the limit")
    print_table(out, "Tokens by percentile", heads, lines)
