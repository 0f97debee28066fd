"""Options that several commands share, as they are typed and explained."""

import functools
import inspect
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import typer

Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]
Set = Annotated[
    list[str] | None, typer.Option("--set", help="A setting, as training.epochs=3; repeatable.")
]
Name = Annotated[str | None, typer.Option(help="Name of the model; own data: the file's stem.")]
Data = Annotated[
    Path | None,
    typer.Option(help="Own data: CSV, TSV, JSONL, Parquet, SQLite, CoNLL-U, text or a folder."),
]
TargetFile = Annotated[
    Path | None,
    typer.Option(help="File of translations or tags, line by line beside the sentences."),
]
Problem = Annotated[
    str | None,
    typer.Option(help="classification, events, tagging, language-modelling or translation."),
]
Level = Annotated[
    str | None, typer.Option(help="Running text: character or word, what is predicted.")
]
TextColumn = Annotated[str | None, typer.Option(help="Column of the texts.")]
Told = Annotated[
    str | None,
    typer.Option("--target", help="Event logs: label, next-event or outcome, what is told."),
]
COLUMNS = {
    "text": "Column of the text.",
    "label": "Column of the class.",
    "source": "Column to translate from.",
    "target": "Column to translate to.",
    "tokens": "Column of a sentence's words.",
    "tags": "Column of the words' tags; of CoNLL-U upos or xpos.",
    "case": "Column of the case that events belong to.",
    "event": "Event logs: column of what happened.",
    "time": "Event logs: column of when it happened.",
    "events": "Sequences: column of the events.",
    "gaps": "Sequences: column of the times between them.",
}
"""Columns that may be named, by our names, and what they are."""
Format = Annotated[
    str | None,
    typer.Option(
        "--format",
        help="csv, tsv, lines, jsonl, parquet, folder, sqlite; pairs: source, tab, target; "
        "conllu; word_tags: a word and its tag on a line; trees; text: running text.",
    ),
]
Query = Annotated[
    str | None, typer.Option(help="SQL query, for a SQLite file or with --connection.")
]
Connection = Annotated[
    str | None,
    typer.Option(
        help="Environment variable that holds a PostgreSQL address; goes with --query.",
        metavar="VARIABLE",
    ),
]
Encoding = Annotated[str, typer.Option(help="Text encoding of the data.")]
Experiment = Annotated[str, typer.Argument(help="Preset, YAML file, or experiment run before.")]


NamedColumns: TypeAlias = Mapping[str, str | None] | None


def with_columns(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command `--text-column` and the like; it gets them as one mapping, `columns`."""

    @functools.wraps(command)
    def asked(**given: Any) -> None:
        columns = {name: given.pop(f"{name}_column") for name in COLUMNS}
        command(**given, columns=columns)

    own = inspect.signature(command).parameters.values()
    added = [
        inspect.Parameter(
            f"{name}_column",
            inspect.Parameter.KEYWORD_ONLY,
            default=None,
            annotation=Annotated[str | None, typer.Option(help=text)],
        )
        for name, text in COLUMNS.items()
    ]
    shown = [each for each in own if each.name != "columns"]
    ordered = [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in (*shown, *added)]
    asked.__signature__ = inspect.Signature(ordered)  # type: ignore[attr-defined]
    asked.__annotations__ = {each.name: each.annotation for each in ordered}
    return asked
