"""The frames the suites run on: numbers and flags derived from the tables, never the text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from configs.data import SPLITS, ChecksConfig, DataConfig, Problem, SplitName
from configs.text import TextConfig
from data_checks.events import event_columns
from data_checks.pairs import SeenPairs, pair_columns, with_evenness
from data_checks.running import SeenText, known_characters
from data_checks.tags import without_own_tag

TEXT_COLUMNS: dict[Problem, tuple[str, ...]] = {
    "classification": ("text",),
    "events": ("events",),
    "tagging": ("tokens",),
    "language_modelling": ("text",),
    "translation": ("source", "target"),
}
EXPECTED_TYPES: dict[Problem, dict[str, str]] = {
    "classification": {"id": "integer", "group": "text", "text": "text", "label": "text"},
    "events": {
        "id": "integer",
        "group": "text",
        "case": "text",
        "events": "text",
        "gaps": "text",
        "label": "text",
    },
    "tagging": {"id": "integer", "group": "text", "tokens": "text", "tags": "text"},
    "language_modelling": {"id": "integer", "group": "text", "text": "text"},
    "translation": {"id": "integer", "group": "text", "source": "text", "target": "text"},
}
MISSING = "missing"
_ONLY_TEXTS = ("text", "events", "tokens")


def count_prefix(column: str) -> str:
    """What the names of the counts of a text column begin with."""
    return "" if column in _ONLY_TEXTS else f"{column}_"


@dataclass(frozen=True)
class SplitTable:
    """One split on disk, of which columns are read when they are asked for.

    Attributes:
        name: Which split it is.
        parts: Its Parquet files in order.
        types: What each column holds: "text", "integer", another type's name, or several.
    """

    name: SplitName
    parts: tuple[Path, ...]
    types: dict[str, str]

    @classmethod
    def open(cls, tables: Path, name: SplitName) -> "SplitTable":
        """Look at the split's parts; a folder that is not there is a split without columns."""
        parts = tuple(sorted((tables / name).glob("part-*.parquet")))
        types: dict[str, str] = {}
        for part in parts:
            for column in pq.read_schema(part):
                found = _family(column.type)
                types[column.name] = types.get(column.name, found)
                if types[column.name] != found:
                    types[column.name] = f"{types[column.name]} or {found}"
        return cls(name, parts, types)

    def has(self, problem: Problem, *columns: str) -> bool:
        """Whether the columns are there, of the types the problem expects."""
        expected = EXPECTED_TYPES[problem]
        return all(self.types.get(column) == expected[column] for column in columns)

    @property
    def rows(self) -> int:
        """Rows of all parts, from their footers."""
        return sum(pq.read_metadata(part).num_rows for part in self.parts)

    def column(self, name: str) -> pa.ChunkedArray:
        """A whole text column, in Arrow's wide form: many texts pass 2 GB."""
        read = pq.read_table(list(self.parts), columns=[name]).column(name)
        return read.cast(pa.large_string()) if self.types[name] == "text" else read


@dataclass
class Seen:
    """What the splits looked at before hold, to find it again in the next.

    Attributes:
        groups: Their group columns.
        pairs: What training holds, of pairs only.
        text: Paragraphs that they hold, of running text only.
    """

    groups: list[pa.ChunkedArray] = field(default_factory=list)
    pairs: SeenPairs = field(default_factory=SeenPairs)
    text: SeenText = field(default_factory=SeenText)


def row_frame(table: SplitTable, data: DataConfig, *, tokens: Path, seen: Seen) -> pd.DataFrame:
    """One row per row of the split: what the row checks look at.

    A column that cannot be derived, as its source is missing or of another type, is left
    out; the checks of it then come out as unchecked. What the split holds is added to `seen`.
    """
    problem = data.problem
    texts = {
        name: table.column(name) for name in TEXT_COLUMNS[problem] if table.has(problem, name)
    }
    columns: dict[str, object] = {
        f"{name}_characters": _characters(text) for name, text in texts.items()
    }
    if problem == "events" and table.has(problem, "case", "events", "gaps"):
        case, gaps = table.column("case"), table.column("gaps")
        columns["case_characters"] = _characters(case)
        columns |= event_columns(texts["events"], gaps, data.events)
        columns["repeated"] = _repeated([case, texts["events"], gaps])
    elif len(texts) == len(TEXT_COLUMNS[problem]):
        columns["repeated"] = _repeated(list(texts.values()))
    group = table.column("group") if table.has(problem, "group") else None
    if group is not None:
        columns["group_missing"] = group.is_null().to_numpy()
        columns["group_elsewhere"] = _stands_in(group, seen.groups)
        seen.groups.append(group)
    if problem == "tagging" and texts and table.has(problem, "tags"):
        tags = table.column("tags")
        columns["tags_characters"] = _characters(tags)
        columns["untagged"] = without_own_tag(texts["tokens"], tags)
    if problem == "language_modelling" and texts:
        columns["known_characters"] = known_characters(texts["text"], seen=seen.text)
    if problem == "translation":
        columns |= pair_columns(texts, group, seen=seen.pairs)
    if "label" in EXPECTED_TYPES[problem] and table.has(problem, "label"):
        columns["label"] = table.column("label").dictionary_encode().to_pandas()
    frame = pd.DataFrame(columns, index=pd.RangeIndex(table.rows))
    return _with_counts(frame, table, problem, tokens, data.checks)


def class_frame(frames: Mapping[SplitName, pd.DataFrame]) -> pd.DataFrame:
    """One row per class: its rows in each split, empty where it has none, and flags.

    Without columns where a split has no labels to count: its checks come out as unchecked.
    """
    if any("label" not in frame for frame in frames.values()):
        return pd.DataFrame()
    counts = {name: frame["label"].value_counts() for name, frame in frames.items()}
    table = pd.DataFrame({name: count[count > 0] for name, count in counts.items()})
    classes = pd.DataFrame({name: table[name].astype("float64") for name in SPLITS})
    classes.insert(0, "label", classes.index.astype(str))
    in_train = classes["train"].notna()
    for name in SPLITS[1:]:
        classes[f"new_in_{name}"] = classes[name].notna() & ~in_train
        classes[f"absent_from_{name}"] = classes[name].isna() & in_train
    classes["times_rarer"] = classes["train"].max() / classes["train"]
    return classes.reset_index(drop=True)


def column_frame(splits: Sequence[SplitTable], problem: Problem) -> pd.DataFrame:
    """One row per column the problem needs: the type expected and those found."""
    expected = EXPECTED_TYPES[problem]
    found: dict[str, list[str]] = {
        table.name: [table.types.get(column, MISSING) for column in expected]
        for table in splits
    }
    return pd.DataFrame(
        {"column": list(expected), "expected": list(expected.values()), **found}
    )


def _family(kind: pa.DataType) -> str:
    """The type as checks name it: Arrow's several text and integer types are one each."""
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return "text"
    return "integer" if pa.types.is_integer(kind) else str(kind)


def _characters(column: pa.ChunkedArray) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    """Characters without the spaces around; NaN where there is no text."""
    lengths = pc.utf8_length(pc.utf8_trim_whitespace(column)).cast(pa.float64())
    values: np.ndarray[tuple[int], np.dtype[np.float64]] = lengths.to_numpy()
    return values


def _repeated(columns: list[pa.ChunkedArray]) -> "pd.Series[bool]":
    """Whether an earlier row has the same values."""
    frame = pa.table(columns, names=[str(place) for place in range(len(columns))])
    repeated: pd.Series[bool] = frame.to_pandas(types_mapper=pd.ArrowDtype).duplicated()
    return repeated


def _stands_in(
    column: pa.ChunkedArray, earlier: list[pa.ChunkedArray]
) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    """Whether a row's value stands in one of the earlier columns; nulls stand nowhere."""
    found = np.zeros(len(column), dtype=np.bool_)
    for values in earlier:
        found |= pc.is_in(column, value_set=values, skip_nulls=True).to_numpy()
    return found


def _with_counts(
    frame: pd.DataFrame, table: SplitTable, problem: Problem, tokens: Path, limits: ChecksConfig
) -> pd.DataFrame:
    """The frame with the counts that tokenizing wrote; without, if they are not of its rows."""
    path = tokens / table.name / "counts.parquet"
    if not path.exists() or not table.has(problem, "id"):
        return frame
    counts = pq.read_table(path).to_pandas()
    ids = pq.read_table(list(table.parts), columns=["id"]).column("id").to_numpy()
    if not np.array_equal(counts["id"].to_numpy(), ids):
        return frame
    cut = TextConfig.model_validate_json((tokens / "tokenizer.json").read_bytes()).max_tokens
    for name in TEXT_COLUMNS[problem]:
        prefix = count_prefix(name)
        counts[f"{prefix}kept"] = counts[f"{prefix}tokens"].clip(upper=cut)
        counts[f"{prefix}empty"] = counts[f"{prefix}tokens"] < 1
    frame = frame.join(counts.drop(columns="id"))
    if problem == "translation":
        return with_evenness(frame, max_length_ratio=limits.max_length_ratio)
    return frame
