"""What the gate looks at in sentence pairs alone: copies, known targets, scripts, evenness."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from corpora.grouping import Hashes, as_hex
from corpora.known_targets import among, target_groups
from data_checks.scripts import FAMILIES, letters_by_script


@dataclass
class SeenPairs:
    """What training's pairs hold, for the splits after it.

    Attributes:
        targets: Hashes of training's targets; None until they are known.
        scripts: Place of each side's main script.
    """

    targets: Hashes | None = None
    scripts: dict[str, int] = field(default_factory=dict)


def pair_columns(
    texts: Mapping[str, pa.ChunkedArray], group: pa.ChunkedArray | None, *, seen: SeenPairs
) -> dict[str, object]:
    """Columns of a split's frame that only pairs have; training comes first.

    Args:
        texts: Those of source and target that are there.
        group: Group of each row's source, None where the table has none.
        seen: What training holds; training itself fills it in.
    """
    columns: dict[str, object] = {}
    for side, column in texts.items():
        columns |= _script_columns(side, column, seen.scripts)
    if "target" in texts:
        targets = target_groups(texts["target"])
        if group is not None:
            copied = pc.equal(group, pa.chunked_array([as_hex(targets)]))
            columns["copied"] = pc.fill_null(copied, False).to_numpy()
        if seen.targets is None:
            seen.targets = targets
        else:
            there = texts["target"].is_valid().to_numpy()
            columns["target_known"] = among(targets, seen.targets) & there
    return columns


def with_evenness(frame: pd.DataFrame, *, max_length_ratio: float) -> pd.DataFrame:
    """The frame with the ratio of its sides' tokens, and whether that is beyond the limit."""
    sides = frame[["source_tokens", "target_tokens"]].clip(lower=1)
    ratio = sides.max(axis="columns") / sides.min(axis="columns")
    return frame.assign(length_ratio=ratio, uneven=ratio > max_length_ratio)


def _script_columns(
    side: str, column: pa.ChunkedArray, scripts: dict[str, int]
) -> dict[str, object]:
    """Letters of each row, those outside the side's main script, and whether they prevail."""
    texts = [pc.fill_null(chunk, "") for chunk in column.cast(pa.large_string()).chunks]
    counted = [letters_by_script(chunk) for chunk in texts]
    letters = np.concatenate([np.zeros((0, len(FAMILIES)), np.int64), *counted])
    main = scripts.setdefault(side, int(letters.sum(axis=0).argmax()))
    total = letters.sum(axis=1)
    return {
        f"{side}_letters": total,
        f"{side}_other_letters": total - letters[:, main],
        f"{side}_in_other_script": (total > 0) & (letters.argmax(axis=1) != main),
    }
