"""Checks of running text: what is tested on must not stand in what was learnt."""

from configs.data import SPLITS, ChecksConfig, SplitName
from data_checks.checks import CRITICAL, Check
from data_checks.expectations import ExpectColumnShareOfColumnToBeAtMost


def running_checks(split: SplitName, limits: ChecksConfig) -> list[Check]:
    """Checks on the rows of one split."""
    if split == "train":
        return []
    earlier = " or ".join(SPLITS[: SPLITS.index(split)])
    return [
        Check(
            "known_text",
            split,
            ExpectColumnShareOfColumnToBeAtMost(
                column="known_characters",
                of_column="text_characters",
                max_value=limits.max_known_text_share,
                severity=CRITICAL,
            ),
            fact=f"{{observed}} of the text of {{split}} stands in paragraphs of {earlier} too",
            rule="at most {limit} is allowed (data.checks.max_known_text_share)",
            limit=limits.max_known_text_share,
            unit="share",
            objects_to="known_characters > 0",
        )
    ]
