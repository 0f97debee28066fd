"""Checks of tagged sentences: as many tags as words, and the same tags in every split."""

import great_expectations.expectations as gxe

from configs.data import SPLITS, ChecksConfig, SplitName
from data_checks.checks import CRITICAL, WARNING, Check, flag_check


def tagged_checks(split: SplitName) -> list[Check]:
    """Checks on the rows of one split."""
    return [
        Check(
            "missing_tags",
            split,
            gxe.ExpectColumnValuesToNotBeNull(column="tags_characters", severity=CRITICAL),
            fact="{rows} of {total} rows of {split} have no tags",
            rule="none is allowed",
            objects_to="tags_characters.isna()",
        ),
        flag_check(
            "untagged_words",
            split,
            "untagged",
            severity=CRITICAL,
            fact="{rows} sentences of {split} have another number of tags than of words",
        ),
    ]


def tag_suite(limits: ChecksConfig) -> list[Check]:
    """Checks on the table of tags: one row per tag, its words in each split."""
    checks: list[Check] = []
    for split in SPLITS[1:]:
        new, drift = f"new_share_{split}", f"drift_{split}"
        checks += [
            Check(
                "new_tags",
                split,
                gxe.ExpectColumnSumToBeBetween(
                    column=new, max_value=limits.max_new_tag_share, severity=CRITICAL
                ),
                fact="{observed} of the words of {split} have a tag that train does not have",
                rule="at most {limit} is allowed (data.checks.max_new_tag_share)",
                limit=limits.max_new_tag_share,
                unit="share",
                objects_to=f"{new} > 0",
            ),
            flag_check(
                "absent_tags",
                split,
                f"absent_from_{split}",
                severity=WARNING,
                fact="{rows} tags of train do not stand in {split}",
            ),
            Check(
                "tag_drift",
                split,
                gxe.ExpectColumnSumToBeBetween(
                    column=drift, max_value=limits.max_tag_drift, severity=WARNING
                ),
                fact="{observed} of the words of {split} would need another tag for the tags "
                "to be as frequent as in train",
                rule="at most {limit} is expected (data.checks.max_tag_drift)",
                limit=limits.max_tag_drift,
                unit="share",
            ),
        ]
    return checks
