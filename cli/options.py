"""Options that several commands share, as they are typed and explained."""

from pathlib import Path
from typing import Annotated

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
    typer.Option(help="classification, tagging, language-modelling or translation."),
]
Level = Annotated[
    str | None, typer.Option(help="Running text: character or word, what is predicted.")
]
TextColumn = Annotated[str | None, typer.Option(help="Column of the text.")]
LabelColumn = Annotated[str | None, typer.Option(help="Column of the class.")]
SourceColumn = Annotated[str | None, typer.Option(help="Column to translate from.")]
TargetColumn = Annotated[str | None, typer.Option(help="Column to translate to.")]
TokensColumn = Annotated[str | None, typer.Option(help="Column of a sentence's words.")]
TagsColumn = Annotated[
    str | None, typer.Option(help="Column of the words' tags; of CoNLL-U upos or xpos.")
]
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
