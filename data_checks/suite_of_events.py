"""Checks of sequences of events: a gap for each event, and time that never runs backwards."""

import great_expectations.expectations as gxe

from configs.data import SplitName
from configs.events import EventsConfig
from data_checks.checks import CRITICAL, Check, flag_check


def event_checks(split: SplitName, events: EventsConfig) -> list[Check]:
    """Checks on the rows of one split."""
    checks = [
        Check(
            "missing_case",
            split,
            gxe.ExpectColumnValuesToNotBeNull(column="case_characters", severity=CRITICAL),
            fact="{rows} of {total} rows of {split} have no case",
            rule="none is allowed",
            objects_to="case_characters.isna()",
        ),
        flag_check(
            "ungapped_events",
            split,
            "ungapped",
            severity=CRITICAL,
            fact="{rows} sequences of {split} have not one number for each event as its gap",
        ),
        flag_check(
            "time_runs_backwards",
            split,
            "backwards",
            severity=CRITICAL,
            fact="in {rows} sequences of {split} time runs backwards, for a gap "
            + ("is below 0" if events.gaps == "since_previous" else "grows or is below 0"),
        ),
    ]
    if events.gaps == "to_last":
        checks.append(
            flag_check(
                "time_after_the_last",
                split,
                "ends_late",
                severity=CRITICAL,
                fact="in {rows} sequences of {split} the last event is not the last: its time "
                "to the last (data.events.gaps) is not 0, which tells what comes",
            )
        )
    return checks
