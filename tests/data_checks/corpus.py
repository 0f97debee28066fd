"""A small clean corpus on disk, for tests to plant defects in."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa

from configs.data import SPLITS, DataConfig, Problem, SplitName
from configs.text import TextConfig
from corpora.grouping import as_hex, group_key, hash_of

ROWS: dict[SplitName, int] = {"train": 60, "validation": 20, "test": 20}
WORDS = {
    "text": "review {} of a thing, long enough to be a paragraph of its own",
    "source": "sentence {} here",
    "target": "phrase {} là",
    "tokens": "sentence {} ends .",
    "events": "open step_{} close done",
}
COLUMNS: dict[Problem, tuple[str, ...]] = {
    "classification": ("text",),
    "events": ("events",),
    "tagging": ("tokens",),
    "language_modelling": ("text",),
    "translation": ("source", "target"),
}


@dataclass
class Corpus:
    """Split tables and token counts, as the steps before the gate write them."""

    problem: Problem
    tables: dict[str, pd.DataFrame]
    counts: dict[str, pd.DataFrame]

    @classmethod
    def clean(cls, problem: Problem) -> "Corpus":
        start, tables, counts = 0, {}, {}
        for split in SPLITS:
            rows = range(start, start + ROWS[split])
            start += ROWS[split]
            tables[split], counts[split] = _table(problem, rows), _counts(problem, rows)
        return cls(problem, tables, counts)

    def write(self, root: Path) -> tuple[Path, Path]:
        """Write both folders, each table in two parts."""
        tables, tokens = root / "tables", root / "tokens"
        for split, table in self.tables.items():
            (tables / split).mkdir(parents=True)
            half = len(table) // 2
            table[:half].to_parquet(tables / split / "part-00000.parquet", index=False)
            table[half:].to_parquet(tables / split / "part-00001.parquet", index=False)
        for split, counted in self.counts.items():
            (tokens / split).mkdir(parents=True)
            counted.to_parquet(tokens / split / "counts.parquet", index=False)
        tokens.mkdir(exist_ok=True)
        (tokens / "tokenizer.json").write_text(TextConfig(max_tokens=50).model_dump_json())
        return tables, tokens

    def config(self) -> DataConfig:
        running = {"split": "position", "cleaning": {"drop_duplicates": False}}
        more = running if self.problem == "language_modelling" else {}
        return DataConfig.model_validate({"dataset": "small", "problem": self.problem, **more})


def _table(problem: Problem, rows: range) -> pd.DataFrame:
    texts = {name: [WORDS[name].format(row) for row in rows] for name in COLUMNS[problem]}
    groups = groups_of(texts[COLUMNS[problem][0]])
    columns: dict[str, object] = {"id": list(rows), "group": groups, **texts}
    if problem in ("classification", "events"):
        columns["label"] = ["good" if row % 2 else "bad" for row in rows]
    if problem == "events":
        columns["case"] = [f"case {row}" for row in rows]
        columns["gaps"] = [f"0 {row} 2.5 1e-3" for row in rows]
    if problem == "tagging":
        columns["tags"] = ["NOUN NUM VERB PUNCT" for _ in rows]
    return pd.DataFrame(columns)


def groups_of(texts: list[str]) -> list[str]:
    """The group of each text."""
    column = pa.array(texts, pa.large_string())
    groups: list[str] = as_hex(hash_of(group_key(column))).to_pylist()
    return groups


def _counts(problem: Problem, rows: range) -> pd.DataFrame:
    columns: dict[str, object] = {"id": list(rows)}
    for name in COLUMNS[problem]:
        prefix = "" if name in ("text", "tokens", "events") else f"{name}_"
        columns |= {f"{prefix}tokens": 5, f"{prefix}unknown": 0, f"{prefix}truncated": False}
    return pd.DataFrame(columns)
