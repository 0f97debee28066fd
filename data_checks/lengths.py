"""How long the texts are, and what a limit would cut: what a person asks before training."""

from dataclasses import dataclass
from pathlib import Path

PERCENTILES = (75, 80, 90, 95, 99, 100)


@dataclass(frozen=True)
class Lengths:
    """Token counts of one column of texts over all splits.

    Attributes:
        column: Which side: `tokens`, `source_tokens` or `target_tokens`.
        percentiles: Token count by percentile: a limit there spares that share of texts.
        limit: The limit in force, in tokens.
        cut_share: Share of texts longer than the limit, 0 to 1.
    """

    column: str
    percentiles: dict[int, int]
    limit: int
    cut_share: float


def lengths(tokens: Path, *, limit: int) -> list[Lengths]:
    """Length percentiles of every side, from the counts that tokenization wrote.

    Args:
        tokens: Folder of the tokenize step.
        limit: Most tokens a text may have, for the share that it would cut.
    """
    import numpy as np
    import pandas as pd

    parts = [pd.read_parquet(path) for path in sorted(tokens.glob("*/counts.parquet"))]
    counts = pd.concat(parts)
    result = []
    for column in (name for name in counts.columns if name.endswith("tokens")):
        values = counts[column].to_numpy(dtype=np.int64)
        at = np.percentile(values, PERCENTILES, method="inverted_cdf")
        result.append(
            Lengths(
                column=column,
                percentiles=dict(zip(PERCENTILES, at.tolist(), strict=True)),
                limit=limit,
                cut_share=float((values > limit).mean()),
            )
        )
    return result
