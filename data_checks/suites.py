"""The checks of each problem with their severities, as a function of their limits."""

import great_expectations.expectations as gxe

from configs.data import SPLITS, ChecksConfig, DataConfig, Problem, SplitName
from data_checks.checks import CRITICAL, WARNING, Check, flag_check, share_check
from data_checks.expectations import ExpectColumnShareOfColumnToBeAtMost
from data_checks.frames import TEXT_COLUMNS, count_prefix
from data_checks.suite_of_events import event_checks
from data_checks.suite_of_pairs import pair_checks
from data_checks.suite_of_running import running_checks
from data_checks.suite_of_tags import tagged_checks


def column_suite() -> list[Check]:
    """Checks on the table of columns: the types found are those expected."""
    return [
        Check(
            "columns",
            split,
            gxe.ExpectColumnPairValuesToBeEqual(
                column_A="expected",
                column_B=split,
                ignore_row_if="neither",
                severity=CRITICAL,
            ),
            fact="{rows} of the {total} columns of {split} are missing or of another type",
            rule="none is allowed",
            objects_to=f"expected != {split}",
        )
        for split in SPLITS
    ]


def row_suite(split: SplitName, data: DataConfig) -> list[Check]:
    """Checks on the frame of one split's rows."""
    problem, limits = data.problem, data.checks
    checks = [_row_count(split, limits)]
    for side in TEXT_COLUMNS[problem]:
        checks += _text_checks(split, side)
        checks += _token_checks(split, side, limits)
    if problem in ("classification", "events"):
        checks += _label_checks(split)
    checks += [_duplicates(split, limits), _groups(split), *_leakage(split, problem, limits)]
    if problem == "events":
        checks += event_checks(split, data.events)
    if problem == "tagging":
        checks += tagged_checks(split)
    if problem == "language_modelling":
        checks += running_checks(split, limits)
    if problem == "translation":
        checks += pair_checks(split, limits)
    return checks


def class_suite(data: DataConfig) -> list[Check]:
    """Checks on the table of classes: one row per label, its rows in each split.

    Classes that are events themselves may be rare or new: they are mistakes, and no defect.
    """
    limits = data.checks
    severity = CRITICAL if data.events.target == "label" else WARNING
    checks = [
        Check(
            "class_size",
            "train",
            gxe.ExpectColumnMinToBeBetween(
                column="train", min_value=limits.min_per_class, severity=severity
            ),
            fact="the smallest class of {split} has {observed} rows",
            rule="at least {limit} are needed (data.checks.min_per_class)",
            limit=limits.min_per_class,
            objects_to=f"train < {limits.min_per_class}",
        ),
        Check(
            "imbalance",
            "train",
            gxe.ExpectColumnMaxToBeBetween(
                column="times_rarer", max_value=limits.max_imbalance, severity=WARNING
            ),
            fact="the largest class of {split} has {observed} times the rows of the smallest",
            rule="at most {limit} times is expected (data.checks.max_imbalance)",
            limit=limits.max_imbalance,
            unit="ratio",
            objects_to=f"times_rarer > {limits.max_imbalance}",
        ),
    ]
    for split in SPLITS[1:]:
        checks += [
            flag_check(
                "new_labels",
                split,
                f"new_in_{split}",
                severity=severity,
                fact="{rows} labels of {split} do not stand in train",
            ),
            flag_check(
                "absent_labels",
                split,
                f"absent_from_{split}",
                severity=WARNING,
                fact="{rows} labels of train do not stand in {split}",
            ),
        ]
    return checks


def _row_count(split: str, limits: ChecksConfig) -> Check:
    more = "" if split == "train" else f"; data.{split}_share decides how many it gets"
    return Check(
        "row_count",
        split,
        gxe.ExpectTableRowCountToBeBetween(min_value=limits.min_rows, severity=CRITICAL),
        fact="{split} has {observed} rows",
        rule=f"at least {{limit}} are needed (data.checks.min_rows){more}",
        limit=limits.min_rows,
    )


def _text_checks(split: str, side: str) -> list[Check]:
    characters, called = f"{side}_characters", _called(side)
    return [
        Check(
            f"missing_{called}",
            split,
            gxe.ExpectColumnValuesToNotBeNull(column=characters, severity=CRITICAL),
            fact=f"{{rows}} of {{total}} rows of {{split}} have no {called}",
            rule="none is allowed",
            objects_to=f"{characters}.isna()",
        ),
        Check(
            f"blank_{called}",
            split,
            gxe.ExpectColumnValuesToBeBetween(
                column=characters, min_value=1, severity=CRITICAL
            ),
            fact=f"{{rows}} of {{total}} rows of {{split}} have a {called} of spaces only",
            rule="none is allowed",
            objects_to=f"{characters} < 1",
        ),
    ]


def _token_checks(split: str, side: str, limits: ChecksConfig) -> list[Check]:
    prefix, called = count_prefix(side), _called(side)
    words = "events" if side == "events" else f"{called} words"
    tokens, unknown, kept = f"{prefix}tokens", f"{prefix}unknown", f"{prefix}kept"
    return [
        share_check(
            f"empty_{called}",
            split,
            f"{prefix}empty",
            limit=limits.max_empty_share,
            fact=f"{{rows}} rows of {{split}} ({{observed}}) have a {called} without a token",
            setting="max_empty_share",
            severity=CRITICAL,
        ),
        Check(
            f"longest_{called}",
            split,
            gxe.ExpectColumnMaxToBeBetween(
                column=tokens, max_value=limits.max_tokens, severity=CRITICAL
            ),
            fact=f"the longest {called} of {{split}} has {{observed}} tokens",
            rule="at most {limit} are allowed (data.checks.max_tokens)",
            limit=limits.max_tokens,
            objects_to=f"{tokens} > {limits.max_tokens}",
        ),
        Check(
            f"unknown_{words.replace(' ', '_')}",
            split,
            ExpectColumnShareOfColumnToBeAtMost(
                column=unknown,
                of_column=kept,
                max_value=limits.max_unknown_share,
                severity=WARNING,
            ),
            fact=f"{{observed}} of the {words} of {{split}} are not in the vocabulary",
            rule="at most {limit} is expected (data.checks.max_unknown_share)",
            limit=limits.max_unknown_share,
            unit="share",
            objects_to=f"{unknown} > {limits.max_unknown_share} * {kept}",
        ),
        share_check(
            f"truncated_{called}",
            split,
            f"{prefix}truncated",
            limit=limits.max_truncated_share,
            fact=f"text.max_tokens cuts {{rows}} of the {called}s of {{split}} ({{observed}})",
            setting="max_truncated_share",
        ),
    ]


def _called(side: str) -> str:
    """What messages call a text of the column."""
    return {"tokens": "sentence", "events": "sequence"}.get(side, side)


def _label_checks(split: str) -> list[Check]:
    missing = Check(
        "missing_label",
        split,
        gxe.ExpectColumnValuesToNotBeNull(column="label", severity=CRITICAL),
        fact="{rows} of {total} rows of {split} have no label",
        rule="none is allowed",
        objects_to="label.isna()",
    )
    if split != "train":
        return [missing]
    classes = Check(
        "classes",
        split,
        gxe.ExpectColumnUniqueValueCountToBeBetween(
            column="label", min_value=2, severity=CRITICAL
        ),
        fact="different labels among the rows of {split}: {observed}",
        rule="a classifier needs at least {limit}",
        limit=2,
    )
    return [missing, classes]


def _duplicates(split: str, limits: ChecksConfig) -> Check:
    return share_check(
        "duplicates",
        split,
        "repeated",
        limit=limits.max_duplicate_share,
        fact="{rows} rows of {split} ({observed}) repeat an earlier one",
        setting="max_duplicate_share",
    )


def _groups(split: str) -> Check:
    """A row without a group could stand in two splits unseen."""
    return flag_check(
        "missing_group",
        split,
        "group_missing",
        severity=CRITICAL,
        fact="{rows} of {total} rows of {split} have no group",
    )


def _leakage(split: SplitName, problem: Problem, limits: ChecksConfig) -> list[Check]:
    """Rows that an earlier split knows: train for validation, train and validation for test."""
    if split == "train":
        return []
    earlier = " or ".join(SPLITS[: SPLITS.index(split)])
    by_group = share_check(
        "leakage",
        split,
        "group_elsewhere",
        limit=limits.max_leaked_share,
        fact=f"the {'case' if problem == 'events' else 'group'} of {{rows}} rows of {{split}} "
        f"({{observed}}) stands in {earlier}",
        setting="max_leaked_share",
        severity=CRITICAL,
    )
    if problem != "translation":
        return [by_group]
    by_target = share_check(
        "target_leakage",
        split,
        "target_known",
        limit=limits.max_known_target_share,
        fact="the target of {rows} rows of {split} ({observed}) stands in train",
        setting="max_known_target_share",
    )
    return [by_group, by_target]
