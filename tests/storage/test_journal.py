"""The journal survives kills, repeats nothing, and knows whose run it is."""

import os
import subprocess
import sys
import time
from pathlib import Path

from storage.journal import FILE, Journal, read_records, run_state, stopped_run


def start(home: Path, key: str = "k") -> Journal:
    return Journal.create(home, experiment="demo", name="demo lstm", key=key)


def test_a_metric_of_a_step_is_written_once(tmp_path: Path) -> None:
    journal = start(tmp_path)
    journal.metric("train/loss", 0.5, step=1)
    again = Journal.resume(journal.folder)
    again.metric("train/loss", 0.5, step=1)
    again.metric("train/loss", 0.4, step=2)
    metrics = [r for r in read_records(journal.folder) if r["kind"] == "metric"]
    assert [(r["step"], r["value"]) for r in metrics] == [(1, 0.5), (2, 0.4)]


def test_a_line_torn_by_a_kill_is_cut_off(tmp_path: Path) -> None:
    journal = start(tmp_path)
    path = journal.folder / FILE
    with path.open("a") as file:
        file.write('{"kind": "metric", "key": "train/lo')
    assert [r["kind"] for r in read_records(journal.folder)] == ["start"]
    Journal(journal.folder).tag("reason", "try it")
    assert [r["kind"] for r in read_records(journal.folder)] == ["start", "tag"]


def test_a_finished_run_is_not_gone_on_with(tmp_path: Path) -> None:
    start(tmp_path).end("FINISHED")
    assert stopped_run(tmp_path, experiment="demo", key="k") is None


def test_a_stopped_run_with_the_same_key_is_gone_on_with(tmp_path: Path) -> None:
    journal = start(tmp_path)
    journal.end("KILLED")
    assert stopped_run(tmp_path, experiment="demo", key="other") is None
    assert stopped_run(tmp_path, experiment="demo", key="k") == journal.folder


def test_a_run_belongs_to_its_process_alone(tmp_path: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path; from storage.journal import Journal;"
        f"j = Journal.create(Path({str(tmp_path)!r}), experiment='demo', name='n', key='k');"
        "print(j.folder, flush=True); time.sleep(60)"
    )
    owner = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert owner.stdout is not None
    folder = Path(owner.stdout.readline().strip())
    state = run_state(folder)
    assert state is not None
    assert state.alive
    assert stopped_run(tmp_path, experiment="demo", key="k") is None
    owner.kill()
    owner.wait()
    assert stopped_run(tmp_path, experiment="demo", key="k") == folder


def test_a_metric_costs_the_training_thread_less_than_a_tenth_of_a_millisecond(
    tmp_path: Path,
) -> None:
    journal = start(tmp_path)
    begun = time.perf_counter()
    for step in range(2000):
        journal.metric("train/loss", 0.5, step=step)
    assert (time.perf_counter() - begun) / 2000 < 1e-4
    assert os.path.getsize(journal.folder / FILE) > 2000
