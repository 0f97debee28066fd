"""MLflow killed for a minute in the middle of a training: what is lost, and what it costs."""

import argparse
import tempfile
import threading
import time
from pathlib import Path

from benchmarks.prepared import prepare
from benchmarks.record import write_page
from configs.messages import read_experiment
from storage.journal import Journal, read_records
from tests.tracking.server import MlflowServer
from tracking.position import Position
from tracking.runs import Origin, describe
from tracking.shipping import Shipper, sync
from tracking.store import TrackingStore

BEFORE_SECONDS = 15.0
"""Training goes on for this long before the server is killed."""


class TimedJournal:
    """Hands metrics on to the journal and adds up what that costs the calling thread."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self.spent: list[float] = []

    def metric(self, key: str, value: float, *, step: int | None = None) -> None:
        """Keep one figure."""
        began = time.perf_counter()
        self._journal.metric(key, value, step=step)
        self.spent.append(time.perf_counter() - began)

    def artifact(self, path: Path, to: str) -> None:
        """Keep a file."""
        self._journal.artifact(path, to)


def main() -> None:
    """Train through an outage, bring everything over, count, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--outage", type=float, default=60.0, help="seconds")
    parser.add_argument("--epochs", type=int, default=600)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        home = Path(place)
        (home / "server").mkdir()
        server = MlflowServer(home / "server")
        server.start()
        try:
            _measure(home, server, outage=options.outage, epochs=options.epochs)
        finally:
            server.kill()


def _measure(home: Path, server: MlflowServer, *, outage: float, epochs: int) -> None:
    from training.job import TrainingJob
    from training.loop import train

    experiment = read_experiment(
        {
            "preset": "demo",
            "data": {"rows": 2000},
            "training": {"epochs": epochs, "patience": None, "threads": 1},
        }
    )
    _, tokens = prepare(experiment, home)
    store = TrackingStore(uri=server.uri, artifacts=None, locks=home / "locks")
    journal = Journal.create(home, experiment="demo", name="outage", key="outage")
    describe(journal, experiment, Origin("manual", "an outage", data_version="", device="cpu"))
    timed = TimedJournal(journal)
    shipper = Shipper(journal.folder, store).start()
    cut = threading.Thread(target=_cut, args=(server, outage))
    cut.start()
    began = time.perf_counter()
    facts = train(tokens, home / "trained", TrainingJob.of(experiment), journal=timed)
    seconds = time.perf_counter() - began
    journal.end("FINISHED")
    shipped_alone = shipper.finish(timeout_seconds=0.1)
    cut.join()
    sync(home, store)
    kept = sum(record["kind"] == "metric" for record in read_records(journal.folder))
    arrived = _arrived(store, journal.folder)
    steps = int(str(facts["batches_executed"]))
    rows = [
        ("training", f"{seconds:.0f} s, {steps:,} steps, {epochs} epochs"),
        ("outage", f"{outage:.0f} s, from second {BEFORE_SECONDS:.0f}"),
        ("all shipped when training ended", "yes" if shipped_alone else "no"),
        ("metrics in the journal", f"{kept:,}"),
        ("metrics in MLflow after `sync`", f"{arrived:,}"),
        ("lost", f"{kept - arrived:,}"),
        ("journal, per metric", f"{1000 * sum(timed.spent) / len(timed.spent):.4f} ms"),
        ("journal, longest metric", f"{1000 * max(timed.spent):.2f} ms"),
        ("journal, per training step", f"{1000 * sum(timed.spent) / steps:.4f} ms"),
    ]
    path = write_page(
        "outage",
        "MLflow killed in a training",
        head=("what", "figure"),
        rows=rows,
        notes="The server is killed with SIGKILL and started again on its own port. Times are "
        "the training thread's own, by the wall clock.",
    )
    print(path.read_text(encoding="utf-8"))


def _cut(server: MlflowServer, seconds: float) -> None:
    time.sleep(BEFORE_SECONDS)
    server.kill()
    time.sleep(seconds)
    server.start()


def _arrived(store: TrackingStore, folder: Path) -> int:
    """Points of all metrics that the store holds of the run."""
    run = Position.load(folder, uri=store.uri).mlflow_run
    if run is None:
        return 0
    client = store.client()
    keys = client.get_run(run).data.metrics
    return sum(len(client.get_metric_history(run, key)) for key in keys)


if __name__ == "__main__":
    main()
