"""Checks of rows that are to be added: what the gate, looking at the whole, may overlook."""

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from configs.data import SPLITS, DataConfig
from corpora.tables import CONTENT
from data_checks.findings import Finding

ADDED = "added"
_NAMED = 5


def check_added(tables: Path, *, data: DataConfig, first_id: int) -> list[Finding]:
    """Look at the rows whose ids begin at `first_id`, against those before them.

    Args:
        tables: Folder of the split tables of the whole.
        data: The problem.
        first_id: Id of the first added row.
    """
    if "label" not in CONTENT[data.problem]:
        return []
    if data.problem == "events":
        return [_known_cases(tables, first_id)]
    parts = [str(path) for split in SPLITS for path in (tables / split).glob("part-*.parquet")]
    rows = ds.dataset(parts, format="parquet")
    added = pc.field("id") >= first_id
    old = pc.unique(rows.to_table(columns=["label"], filter=~added)["label"])
    new = rows.to_table(columns=["label"], filter=added)["label"]
    strange = new.filter(pc.invert(pc.is_in(new, value_set=old)))
    return [_new_labels(strange, old=old, total=len(new))]


def _new_labels(strange: pa.ChunkedArray, *, old: pa.Array, total: int) -> Finding:
    fact = f"{len(strange):,} of {total:,} added rows have a label the data does not know"
    if len(strange):
        named = ", ".join(map(repr, sorted(pc.unique(strange).to_pylist())[:_NAMED]))
        known = ", ".join(map(repr, sorted(old.to_pylist())[:_NAMED]))
        fact += f" ({named}; it knows {known})"
    return Finding(
        check="added_labels",
        split=ADDED,
        severity="critical",
        outcome="failed" if len(strange) else "passed",
        observed=float(len(strange)),
        limit=None,
        rows=len(strange),
        message=f"{fact}; none is allowed",
    )


def _known_cases(tables: Path, first_id: int) -> Finding:
    """A case that goes on in another file would begin there in its middle, with wrong gaps."""
    parts = [str(path) for split in SPLITS for path in (tables / split).glob("part-*.parquet")]
    rows = ds.dataset(parts, format="parquet").to_table(columns=["id", "group", "case"])
    is_added = pc.greater_equal(rows["id"], first_id)
    old, added = rows.filter(pc.invert(is_added)), rows.filter(is_added)
    known = added.filter(pc.is_in(added["group"], value_set=pc.unique(old["group"])))
    cases = sorted(pc.unique(known["case"]).to_pylist())
    fact = f"{len(cases):,} cases of the added rows stand in the data already"
    if cases:
        fact += f" ({', '.join(map(repr, cases[:_NAMED]))})"
    return Finding(
        check="added_cases",
        split=ADDED,
        severity="critical",
        outcome="failed" if cases else "passed",
        observed=float(len(cases)),
        limit=None,
        rows=known.num_rows,
        message=f"{fact}; add whole new cases, or give the whole log again by --data",
    )
