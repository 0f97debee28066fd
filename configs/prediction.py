"""What a person may ask of a batch prediction that runs as a flow."""

from typing import Literal, Self

from pydantic import Field, model_validator

from configs.base import Config
from configs.data import OwnFile, SqlSource
from configs.training import LONGEST_OUTPUT, WIDEST_BEAM

OutputFormat = Literal["csv", "tsv", "jsonl", "parquet", "lines"]


class PredictionConfig(Config):
    """Which rows, through which version of a model, into which format."""

    model: str = Field(
        description="Name of the registered model.",
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$",
    )
    version: str = Field("champion", description="A version's number, or an alias.")
    file: OwnFile | None = Field(None, description="Rows of a file kept in the home folder.")
    sql: SqlSource | None = Field(None, description="Rows of a database server.")
    text_column: str | None = Field(
        None, description="Column of the texts; None takes text, source or the only one."
    )
    output: OutputFormat = Field(
        "parquet",
        description="Format of the answers; lines: of a file of lines, the predictions alone.",
    )
    beam: int | None = Field(
        None,
        ge=1,
        le=WIDEST_BEAM,
        description="Translators: hypotheses kept while writing; None: the model's own.",
    )
    max_tokens: int | None = Field(
        None,
        ge=1,
        le=LONGEST_OUTPUT,
        description="Translators: longest output, in tokens; None: the model's own.",
    )

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.file is None) == (self.sql is None):
            raise ValueError("name a file or sql to take the rows from, one of the two")
        return self

    @model_validator(mode="after")
    def _lines_of_lines(self) -> Self:
        if self.output == "lines" and (self.file is None or self.file.format != "lines"):
            read = "sql" if self.file is None else self.file.format
            raise ValueError(
                f"output lines goes with a file of lines, and the rows are {read}; use csv, "
                "tsv, jsonl or parquet"
            )
        return self
