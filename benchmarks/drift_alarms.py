"""How often undrifted data raises an alarm: `python -m benchmarks.drift_alarms [draws]`."""

import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from configs.monitoring import MonitoringConfig
from data_checks.drift import compare
from data_checks.profile import Profile
from tests.data_checks.drifting import Reference, drawn, reference

WITHOUT_FLOORS = MonitoringConfig(
    number_floor=0, category_floor=0, accuracy_floor=0, false_alarm_rate=0.05, minimum_rows=20
)
AS_SHIPPED = MonitoringConfig()


def alike(champion: Reference, draws: int, folder: Path) -> Iterator[tuple[Profile, Profile]]:
    """Pairs of 600 and 300 rows, all of one distribution."""
    for draw in range(draws):
        after = champion.counted(drawn(300, seed=10_000 + draw), folder)
        yield champion.counted(drawn(600, seed=100_000 + draw), folder), after


def weeks(champion: Reference, draws: int, folder: Path) -> Iterator[tuple[Profile, Profile]]:
    """The champion's profile beside 1,000 fresh rows."""
    for draw in range(draws):
        yield champion.profile, champion.counted(drawn(1_000, seed=10_000 + draw), folder)


def alarms(pairs: list[tuple[Profile, Profile]], limits: MonitoringConfig) -> str:
    """Pairs of which some column has drifted, and the rate that was asked for."""
    found = sum(bool(compare(before, after, limits).drifted) for before, after in pairs)
    return f"{found} of {len(pairs)} at {limits.false_alarm_rate:.0%}"


def main() -> None:
    """Print the three rows of docs/decisions/0002."""
    draws = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    with TemporaryDirectory() as name:
        place = Path(name)
        small = reference(place / "small", drawn(5_000, seed=1))
        print("alike, no floors:", alarms(list(alike(small, draws, place)), WITHOUT_FLOORS))
        large = reference(place / "large", drawn(20_000, seed=1))
        fresh = list(weeks(large, draws, place))
        print("champion of 20,000, no floors:", alarms(fresh, WITHOUT_FLOORS))
        print("champion of 20,000, as shipped:", alarms(fresh, AS_SHIPPED))


if __name__ == "__main__":
    main()
