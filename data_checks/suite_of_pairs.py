"""The checks that only sentence pairs have: copies, evenness of the sides, scripts."""

import great_expectations.expectations as gxe

from configs.data import ChecksConfig
from data_checks.checks import WARNING, Check, share_check
from data_checks.expectations import ExpectColumnShareOfColumnToBeAtMost


def pair_checks(split: str, limits: ChecksConfig) -> list[Check]:
    """Checks on the frame of one split's pairs."""
    checks = [
        share_check(
            "copies",
            split,
            "copied",
            limit=limits.max_copied_share,
            fact="{rows} rows of {split} ({observed}) repeat the source, untranslated",
            setting="max_copied_share",
        ),
        Check(
            "length_ratio",
            split,
            gxe.ExpectColumnMeanToBeBetween(
                column="length_ratio",
                max_value=limits.max_mean_length_ratio,
                severity=WARNING,
            ),
            fact="pairs of {split} have {observed} times the tokens on one side, on average",
            rule="at most {limit} times is expected (data.checks.max_mean_length_ratio)",
            limit=limits.max_mean_length_ratio,
            unit="ratio",
            objects_to=f"length_ratio > {limits.max_mean_length_ratio}",
        ),
        share_check(
            "uneven_pairs",
            split,
            "uneven",
            limit=limits.max_uneven_share,
            fact=f"{{rows}} pairs of {{split}} ({{observed}}) have more than "
            f"{limits.max_length_ratio:g} times the tokens on one side",
            setting="max_uneven_share",
        ),
    ]
    for side in ("source", "target"):
        checks += _script_checks(split, side, limits)
    return checks


def _script_checks(split: str, side: str, limits: ChecksConfig) -> list[Check]:
    """The main script of a side is the one that most letters of it in training are of."""
    letters, other = f"{side}_letters", f"{side}_other_letters"
    return [
        Check(
            f"other_script_{side}_letters",
            split,
            ExpectColumnShareOfColumnToBeAtMost(
                column=other,
                of_column=letters,
                max_value=limits.max_other_letter_share,
                severity=WARNING,
            ),
            fact=f"{{observed}} of the {side} letters of {{split}} are not of its main script",
            rule="at most {limit} is expected (data.checks.max_other_letter_share)",
            limit=limits.max_other_letter_share,
            unit="share",
            objects_to=f"{other} > {limits.max_other_letter_share} * {letters}",
        ),
        share_check(
            f"other_script_{side}s",
            split,
            f"{side}_in_other_script",
            limit=limits.max_other_script_share,
            fact=f"{{rows}} {side}s of {{split}} ({{observed}}) are in another script",
            setting="max_other_script_share",
        ),
    ]
