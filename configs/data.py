"""What a person may set about the data: source, cleaning, split and the limits of the gate."""

import re
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from configs.base import Config
from configs.events import EventsConfig, Gaps

Removed = Literal["headers", "footers", "quotes"]
Problem = Literal["classification", "events", "tagging", "language_modelling", "translation"]
Format = Literal[
    "csv",
    "tsv",
    "lines",
    "jsonl",
    "parquet",
    "folder",
    "sqlite",
    "pairs",
    "aligned",
    "conllu",
    "word_tags",
    "trees",
    "text",
]
_HELD_BY: dict[Format, tuple[Problem, ...]] = {
    "conllu": ("tagging",),
    "word_tags": ("tagging",),
    "trees": ("tagging",),
    "pairs": ("translation",),
    "aligned": ("translation", "tagging"),
    "text": ("language_modelling",),
}
"""What formats that do not name their columns are for."""
LONGEST_BLOCK = 2_000
"""Most characters of a row of running text."""
SplitName = Literal["train", "validation", "test"]
SPLITS: tuple[SplitName, ...] = ("train", "validation", "test")


class OwnFile(Config):
    """A file or folder of the user's, kept in the home folder under its digest."""

    name: str = Field(
        description="File name as given, without its folder.", pattern=r"^[^/\\]+$"
    )
    sha256: str = Field(description="Digest of the content.", pattern=r"^[0-9a-f]{64}$")
    format: Format = Field(
        description="How the file is read. pairs: source, tab, target, without a header. "
        "aligned: two files, one line of each beside the other. conllu: CoNLL-U. word_tags: a "
        "word and its tag on a line, sentences between empty ones. trees: bracketed trees. "
        "text: running text."
    )
    query: str | None = Field(None, description="SQL query, for SQLite files only.")
    encoding: str = Field("utf-8", description="Text encoding of the file.")

    @model_validator(mode="after")
    def _query_goes_with_sqlite(self) -> Self:
        if (self.format == "sqlite") != (self.query is not None):
            raise ValueError("query goes with format sqlite, and sqlite needs a query")
        return self


class SqlSource(Config):
    """Rows of a query over a PostgreSQL server; the address itself is written nowhere."""

    environment: str | None = Field(
        None, description="Environment variable that holds the address (postgresql://…)."
    )
    secret_block: str | None = Field(
        None, description="Prefect Secret block that holds the address; for flows only."
    )
    query: str = Field(min_length=1, description="One SELECT.")
    timeout_seconds: float = Field(
        600.0, gt=0, le=86_400, description="Time that the query may take altogether."
    )

    @field_validator("environment", "secret_block")
    @classmethod
    def _is_a_name(cls, name: str | None) -> str | None:
        # what is refused here may be a password, so no message repeats it
        if name is not None and not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_-]{0,99}", name):
            raise ValueError(
                "takes the name of what holds the address (letters, digits, - and _), never "
                "the address itself"
            )
        return name

    @model_validator(mode="after")
    def _one_name(self) -> Self:
        if (self.environment is None) == (self.secret_block is None):
            raise ValueError("name an environment variable or a secret_block, one of the two")
        return self

    @property
    def shown(self) -> str:
        """Where the address is kept, for people: `$REVIEWS_DB`, or `secret reviews-db`."""
        return f"${self.environment}" if self.environment else f"secret {self.secret_block}"


class Columns(Config):
    """Names of the columns in the source; None takes the catalogue's or the usual name."""

    text: str | None = Field(None, description="Column of the text to classify.")
    label: str | None = Field(None, description="Column of the class.")
    source: str | None = Field(None, description="Column of the sentence to translate.")
    target: str | None = Field(None, description="Column of its translation.")
    tokens: str | None = Field(
        None, description="Column of a sentence's words: a list, or text with spaces between."
    )
    tags: str | None = Field(
        None, description="Column of the words' tags, likewise; of CoNLL-U upos or xpos."
    )
    case: str | None = Field(
        None, description="Column that says which case a sequence or an event belongs to."
    )
    events: str | None = Field(
        None, description="Column of a sequence's events: a list, or text with spaces between."
    )
    gaps: str | None = Field(
        None, description="Column of the times between the events, likewise."
    )
    event: str | None = Field(None, description="Event logs: column of what happened.")
    time: str | None = Field(None, description="Event logs: column of when it happened.")


class AddedFile(Config):
    """A file whose rows were added to an experiment's source, and how its columns are named."""

    file: OwnFile = Field(description="The file, kept in the home folder under its digest.")
    columns: Columns = Field(default_factory=Columns, description="Column names in the file.")


class CleaningConfig(Config):
    """Rules that change or drop rows before the split; each says how many it dropped."""

    min_characters: int = Field(1, ge=1, description="Shorter texts are dropped.")
    max_characters: int = Field(20_000, ge=1, description="Longer texts are dropped.")
    min_words: int = Field(
        1, ge=1, description="Texts of fewer words, as runs between spaces, are dropped."
    )
    max_length_ratio: float = Field(
        9.0, gt=1, description="Pairs whose sides' lengths differ by more are dropped."
    )
    drop_duplicates: bool = Field(True, description="Drop repeated equal rows.")
    max_rejected_share: float = Field(
        0.01, ge=0, le=1, description="More unreadable rows than this share fail the run."
    )


class ChecksConfig(Config):
    """Limits of the gate between data and training; shares run from 0 to 1."""

    min_rows: int = Field(10, ge=1, description="Fewest rows of a split.")
    min_per_class: int = Field(2, ge=1, description="Fewest training rows of a class.")
    max_tokens: int = Field(100_000, ge=1, description="Longest text, in tokens.")
    max_unknown_share: float = Field(0.25, ge=0, le=1, description="Unknown words, at most.")
    max_truncated_share: float = Field(0.05, ge=0, le=1, description="Cut texts, at most.")
    max_duplicate_share: float = Field(0.2, ge=0, le=1, description="Repeated texts, at most.")
    max_empty_share: float = Field(
        0.05, ge=0, le=1, description="Texts without a token, which are left out, at most."
    )
    max_leaked_share: float = Field(
        0.0,
        ge=0,
        le=1,
        description="Test or validation groups that stand in training, at most.",
    )
    max_known_target_share: float = Field(
        0.0, ge=0, le=1, description="Pairs whose target stands in training, at most."
    )
    max_imbalance: float = Field(
        20.0, ge=1, description="Largest class over smallest, at most."
    )
    max_copied_share: float = Field(
        0.05, ge=0, le=1, description="Pairs whose target repeats the source, at most."
    )
    max_length_ratio: float = Field(
        3.0,
        ge=1,
        description="Tokens of a pair's longer side over the other's, for it to be even.",
    )
    max_uneven_share: float = Field(
        0.05, ge=0, le=1, description="Pairs beyond max_length_ratio, at most."
    )
    max_other_letter_share: float = Field(
        0.05, ge=0, le=1, description="Letters outside the main script of their side, at most."
    )
    max_other_script_share: float = Field(
        0.01, ge=0, le=1, description="Pairs with a side in another script, at most."
    )
    max_new_tag_share: float = Field(
        0.001, ge=0, le=1, description="Words whose tag training does not have, at most."
    )
    max_tag_drift: float = Field(
        0.05,
        ge=0,
        le=1,
        description="Total variation distance of a split's tags from training's, at most.",
    )
    max_mean_length_ratio: float = Field(
        3.0, ge=1, description="Mean token ratio of the two sides of pairs, at most."
    )
    max_known_text_share: float = Field(
        0.02,
        ge=0,
        le=1,
        description="Running text of a split in paragraphs that stand in training, at most.",
    )


class DataConfig(Config):
    """Which data, and what becomes of it on the way to the network."""

    dataset: str = Field(
        description="Name in the catalogue, or the name own data goes by.",
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$",
    )
    problem: Problem = Field(description="What the model shall do with a row.")
    file: OwnFile | None = Field(None, description="Own data; None takes the catalogue's.")
    sql: SqlSource | None = Field(None, description="Own data of a database server.")
    columns: Columns = Field(default_factory=Columns, description="Column names in the source.")
    events: EventsConfig = Field(
        default_factory=EventsConfig, description="Sequences of events (problem events)."
    )
    version: int | None = Field(
        None,
        ge=0,
        description="Data version: None takes the newest, 0 the source without what was added.",
    )
    added: tuple[AddedFile, ...] = Field(
        (), description="Files added since; a run fills it in from the version."
    )
    rows: int | None = Field(
        None, ge=50, le=100_000_000, description="Rows to generate (generated datasets only)."
    )
    limit: int | None = Field(
        None, ge=50, description="Use this many rows, drawn at random by the split seed."
    )
    keep_traces: bool = Field(
        False, description="trees: keep words that are not said, under the tag -NONE-."
    )
    remove: tuple[Removed, ...] = Field(
        (),
        description="Parts of posts that are taken out, as scikit-learn does; of own data "
        "too, but a preset's own choice goes with its own data alone.",
    )
    split: Literal["hash", "published", "time", "position"] = Field(
        "hash",
        description="How rows come into training, validation and test. position: the end of "
        "the text is test, what stands before it validation.",
    )
    split_seed: int = Field(0, ge=0, description="Seed of the split; adding rows moves none.")
    validation_share: float = Field(0.1, gt=0, lt=1, description="Share of validation groups.")
    test_share: float = Field(0.2, gt=0, lt=1, description="Share of test groups.")
    cleaning: CleaningConfig = Field(default_factory=CleaningConfig, description="Cleaning.")
    checks: ChecksConfig = Field(
        default_factory=ChecksConfig, description="Limits of the gate."
    )

    @model_validator(mode="after")
    def _version_zero_is_the_source_alone(self) -> Self:
        if self.added and not self.version:
            raise ValueError(
                f"added names {len(self.added)} files, but version is {self.version}; give the "
                "version they make, or leave added out and let the version bring them"
            )
        return self

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if self.file is not None and self.sql is not None:
            raise ValueError("file and sql are two sources; keep one of them")
        return self

    @model_validator(mode="after")
    def _format_fits_problem(self) -> Self:
        held = self.file and _HELD_BY.get(self.file.format)
        if self.file and held and self.problem not in held:
            wanted = " or ".join(problem.replace("_", "-") for problem in held)
            raise ValueError(
                f"file {self.file.name} is read as {self.file.format}, which is for {wanted}, "
                f"not {self.problem}; set problem (--problem), or another format (--format)"
            )
        return self

    @model_validator(mode="after")
    def _time_is_known(self) -> Self:
        if self.problem == "events" and self.split == "time" and not self.events.log:
            raise ValueError(
                "split time goes with logs of events, whose times are known; set "
                "events.log=true, or split=hash"
            )
        return self

    @model_validator(mode="after")
    def _running_text_stays_whole(self) -> Self:
        running = self.problem == "language_modelling"
        if (self.split == "position") != running:
            raise ValueError(
                f"split {self.split!r} does not go with {self.problem}; use "
                f"{'position: a text is read in its order' if running else 'hash'}"
            )
        if running and self.cleaning.drop_duplicates:
            raise ValueError(
                "cleaning.drop_duplicates would cut repeats out of running text; set it to "
                "false"
            )
        if running and self.limit is not None:
            raise ValueError(
                f"limit {self.limit} draws rows at random, which cuts running text to pieces; "
                "leave it out, and give a shorter text"
            )
        return self

    @model_validator(mode="after")
    def _shares_leave_training_rows(self) -> Self:
        total = self.validation_share + self.test_share
        if total >= 1:
            raise ValueError(
                f"validation_share {self.validation_share} and test_share {self.test_share} "
                f"sum to {total:g}; they must stay below 1, or nothing is left to train on"
            )
        return self


def gaps_of(data: DataConfig) -> Gaps | None:
    """What the times of its sequences are; None where it has no sequences."""
    if data.problem != "events":
        return None
    return Gaps(kind=data.events.gaps, unit=data.events.unit)
