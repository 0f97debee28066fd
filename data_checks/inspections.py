"""What the gate looks at: each frame beside the suite it has to pass."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from configs.data import SPLITS, DataConfig, SplitName
from data_checks.checks import Check
from data_checks.frames import Seen, SplitTable, class_frame, column_frame, row_frame
from data_checks.suite_of_tags import tag_suite
from data_checks.suites import class_suite, column_suite, row_suite
from data_checks.tags import tag_frame


@dataclass(frozen=True)
class Inspection:
    """A frame and the suite it has to pass.

    Attributes:
        name: The frame's name in the Data Docs.
        frame: What the suite looks at.
        suite: The checks.
        table: The split whose rows the frame's are; None where they stand for themselves.
    """

    name: str
    frame: pd.DataFrame
    suite: Sequence[Check]
    table: SplitTable | None = None


def inspections_of(tables: Path, tokens: Path, data: DataConfig) -> list[Inspection]:
    """Every frame with its suite, in the order they are shown.

    Args:
        tables: Folder of the split tables.
        tokens: Folder of the tokens.
        data: The problem and the limits.
    """
    splits = [SplitTable.open(tables, name) for name in SPLITS]
    seen = Seen()
    frames: dict[SplitName, pd.DataFrame] = {
        table.name: row_frame(table, data, tokens=tokens, seen=seen) for table in splits
    }
    listed = [
        Inspection("columns", column_frame(splits, data.problem), column_suite()),
        *(
            Inspection(
                table.name,
                frames[table.name],
                row_suite(table.name, data),
                table,
            )
            for table in splits
        ),
    ]
    if data.problem in ("classification", "events"):
        listed.append(Inspection("classes", class_frame(frames), class_suite(data)))
    if data.problem == "tagging":
        listed.append(Inspection("tags", _tag_frame(splits), tag_suite(data.checks)))
    return listed


def _tag_frame(splits: Sequence[SplitTable]) -> pd.DataFrame:
    """Empty where a split has no tags to count: its checks come out as unchecked."""
    if not all(table.has("tagging", "tags") for table in splits):
        return pd.DataFrame()
    return tag_frame({table.name: table.column("tags") for table in splits})
