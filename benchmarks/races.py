"""Races of two processes that promote at random moments: is the better always champion?"""

import argparse
import tempfile
from pathlib import Path

from benchmarks.record import write_page
from configs.settings import apply_safe_defaults
from tests.tasks.races import races
from tests.tasks.two_models import register_two_models
from tests.tracking.conftest import settings_in
from tracking.store import TrackingStore


def main() -> None:
    """Race, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--races", type=int, default=50)
    number: int = parser.parse_args().races
    with tempfile.TemporaryDirectory() as place:
        home = Path(place)
        settings = settings_in(home / "empty")
        apply_safe_defaults(settings)
        TrackingStore.from_settings(settings).client()
        two = register_two_models(home / "prepared", home / "empty" / "mlflow" / "mlflow.db")
        results = list(races(two, home, number, in_processes=True))
    right = sum(result.is_right(two) for result in results)
    whole = sum(result.broken is None and len(result.decisions) == 2 for result in results)
    first = sum(result.first == two.strong for result in results)
    path = write_page(
        "races",
        "Two processes promote at once",
        head=("races", "better model is champion", "audit log complete, chain intact"),
        rows=[(str(number), str(right), str(whole))],
        notes=(
            f"Each race: two processes settle their version against one SQLite registry, each "
            f"after a random wait of up to 0.6 s. The better one was decided about first in "
            f"{first} of them, and then the other was refused; else both were promoted in turn."
        ),
    )
    print(path.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
