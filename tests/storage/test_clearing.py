"""Clearing up: oldest first, within the limits, never what is needed or worked on."""

import os
import threading
import time
from pathlib import Path

import pytest

from storage.clearing import SWEEP_LOCK, Limits, clear, home_bytes
from storage.journal import Journal
from storage.leftovers import leftovers, remove_leftover
from storage.locks import locked
from storage.steps import StepKey, StepResult, run_step

DAY = 86_400


def step(home: Path, name: str, *, days: float = 10, size: int = 100_000) -> StepResult:
    """A finished step that was last of use so many days ago."""

    def work(folder: Path) -> dict[str, str]:
        (folder / "out").write_bytes(os.urandom(size))
        return {}

    done = run_step(home, StepKey("train", {}, {"name": name}, {}, {}), work)
    age(done.folder, days=days)
    return done


def age(path: Path, *, days: float) -> None:
    moment = time.time() - days * DAY
    for each in (path, *path.rglob("*")):
        os.utime(each, (moment, moment))


def cleared(home: Path, *needed: Path, days: float = 0, size: int | None = None) -> list[Path]:
    return [each.path for each in clear(home, needed=needed, limits=Limits(days, size))]


def test_the_longest_unused_goes_first_until_the_home_is_small_enough(tmp_path: Path) -> None:
    newest, oldest, middle = (
        step(tmp_path, n, days=d) for n, d in (("a", 2), ("b", 9), ("c", 5))
    )
    target = home_bytes(tmp_path) - 150_000
    assert cleared(tmp_path, size=target) == [oldest.folder, middle.folder]
    assert newest.folder.is_dir()


def test_what_is_needed_or_was_used_within_the_days_stays(tmp_path: Path) -> None:
    needed, recent, old = (step(tmp_path, n, days=d) for n, d in (("a", 9), ("b", 2), ("c", 5)))
    assert cleared(tmp_path, needed.folder, days=3) == [old.folder]
    assert not old.folder.exists()
    assert not old.folder.with_suffix(".lock").exists()
    assert needed.folder.is_dir()
    assert recent.folder.is_dir()


def test_reuse_counts_as_use(tmp_path: Path) -> None:
    old = step(tmp_path, "a", days=9)
    run_step(tmp_path, StepKey("train", {}, {"name": "a"}, {}, {}), lambda _: {})
    assert cleared(tmp_path, days=3) == []
    assert old.folder.is_dir()


def test_a_step_that_somebody_works_on_is_never_removed(tmp_path: Path) -> None:
    held, free = step(tmp_path, "a"), step(tmp_path, "b")
    with locked(held.folder.with_suffix(".lock")):
        assert cleared(tmp_path) == [free.folder]
    assert held.folder.is_dir()


def test_a_step_that_a_live_run_has_named_is_never_removed(tmp_path: Path) -> None:
    used, free = step(tmp_path, "a"), step(tmp_path, "b")
    journal = Journal.create(tmp_path, experiment="demo", name="demo", key="k")
    journal.record("step", step="train", folder=used.folder.name)
    assert cleared(tmp_path) == [free.folder]
    journal.end("FINISHED")
    age(journal.folder, days=9)
    assert set(cleared(tmp_path)) == {used.folder, journal.folder}


def test_a_dry_run_names_what_would_go_and_touches_nothing(tmp_path: Path) -> None:
    old = step(tmp_path, "a")
    (found,) = clear(tmp_path, needed=(), limits=Limits(0), dry_run=True)
    assert found.path == old.folder
    assert found.bytes >= 100_000
    assert old.folder.is_dir()


def test_raw_files_and_cached_bundles_go_but_not_the_pin_of_a_changing_source(
    tmp_path: Path,
) -> None:
    for name in ("raw/tatoeba/fra.zip", "raw/tatoeba/fra.zip.pin.json", "bundles/ab/bundle/x"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    age(tmp_path, days=9)
    assert set(cleared(tmp_path)) == {tmp_path / "raw/tatoeba/fra.zip", tmp_path / "bundles/ab"}
    assert (tmp_path / "raw/tatoeba/fra.zip.pin.json").is_file()


def test_an_old_sweep_goes_but_none_that_is_under_way(tmp_path: Path) -> None:
    old, running = tmp_path / "sweeps" / "old", tmp_path / "sweeps" / "running"
    for folder in (old, running):
        folder.mkdir(parents=True)
        (folder / "study.jsonl").write_text("{}\n")
        age(folder, days=9)
    with locked(running / SWEEP_LOCK):
        age(running, days=9)
        assert cleared(tmp_path) == [old]
    assert running.is_dir()


def test_the_home_of_an_old_rerun_goes_but_none_that_is_under_way(tmp_path: Path) -> None:
    old, running = tmp_path / "reproduced-old", tmp_path / "reproduced-running"
    Journal.create(old, experiment="demo", name="a run", key="k").end("FINISHED")
    Journal.create(running, experiment="demo", name="a run", key="k")  # by this process
    for folder in (old, running):
        age(folder, days=9)
    assert cleared(tmp_path) == [old]
    assert running.is_dir()


def test_leftovers_of_killed_processes_are_found_by_age_and_removed(tmp_path: Path) -> None:
    done = step(tmp_path, "a")
    names = [
        "check-1/x",
        "monitor-1/rows/x",
        "query-1/x",
        "own/.copy.1/x",
        "runs/r/.config.json.1.part",
        "steps/train/gone.lock",
    ]
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    assert leftovers(tmp_path) == []
    age(tmp_path, days=1)
    assert all(remove_leftover(left) for left in leftovers(tmp_path))
    assert not any((tmp_path / name).exists() for name in names)
    assert done.folder.with_suffix(".lock").exists()
    assert leftovers(tmp_path) == []


@pytest.mark.parametrize("times", range(3))
def test_a_lock_removed_by_its_holder_keeps_others_out_all_the_same(
    tmp_path: Path, times: int
) -> None:
    """Whoever waits on the removed file must not hold a lock that nobody else can see."""
    path, inside, most = tmp_path / "a.lock", 0, 0

    def work() -> None:
        nonlocal inside, most
        for _ in range(30):
            with locked(path):
                inside += 1
                most = max(most, inside)
                time.sleep(0.0005)
                inside -= 1
                path.unlink(missing_ok=True)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1
