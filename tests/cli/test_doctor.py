import json
import os
import socket
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli import doctor as doctor_module
from cli.doctor import doctor, wrong_versions
from cli.doctor_home import home_findings, mend
from cli.main import app
from cli.server_files import Server, remember
from cli.server_processes import LOOPBACK
from configs.settings import Settings

DEAD = 2**22 + 1  # above the kernel's largest process id


def settings_in(home: Path) -> Settings:
    return Settings(home=home, mirror=None, device=None, registry_prefix="")


def test_the_pinned_versions_are_those_that_work() -> None:
    pins = Path(__file__).parents[2].joinpath("pyproject.toml").read_text(encoding="utf-8")
    assert '"fastapi>=0.139,<0.151"' in pins
    assert '"sqlalchemy>=2.0,<2.1"' in pins
    assert [found for found in doctor_module.wrong_versions(["fastapi<0.151"])] == []


def test_a_version_known_to_break_is_told_with_its_cure() -> None:
    (finding,) = wrong_versions(["sqlalchemy<2.0"])
    assert "scheduler then creates no run" in finding.problem
    assert finding.cure == "pip install 'sqlalchemy<2.0'"
    assert finding.blocking


def test_an_absent_package_is_told() -> None:
    (finding,) = wrong_versions(["no-such-package==1"])
    assert finding.problem.startswith("no-such-package is absent, not no-such-package==1")


def test_requirements_of_extras_are_not_asked_for() -> None:
    assert list(wrong_versions(['no-such-package==1; extra == "dask"'])) == []


def test_a_dead_server_is_told(tmp_path: Path) -> None:
    remember(tmp_path, Server("mlflow", DEAD, 1, f"http://{LOOPBACK}:1"))
    problems = [finding.problem for finding in doctor(settings_in(tmp_path))]
    assert f"mlflow (process {DEAD}) died; 0 of its processes still run" in problems


def test_a_killed_run_is_told_with_both_ways_on(tmp_path: Path) -> None:
    journal = tmp_path / "runs" / "r1" / "journal.jsonl"
    journal.parent.mkdir(parents=True)
    start = {"kind": "start", "time": 0, "run": "r1", "experiment": "demo", "name": "demo"}
    journal.write_text(json.dumps({**start, "key": "k", "pid": DEAD, "pid_started": 1}) + "\n")
    (finding,) = [found for found in doctor(settings_in(tmp_path)) if "r1" in found.problem]
    assert "seqflow train demo" in finding.cure
    assert "seqflow sync" in finding.cure


def test_a_taken_port_is_told_but_blocks_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as taken:
        taken.bind((LOOPBACK, 0))
        taken.listen()
        port = taken.getsockname()[1]
        monkeypatch.setattr(doctor_module, "PORTS", {"prefect": port})
        (finding,) = [f for f in doctor(settings_in(tmp_path)) if f"port {port}" in f.problem]
    assert not finding.blocking


def test_a_damaged_database_is_told_and_a_whole_one_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.delenv("PREFECT_HOME", raising=False)
    path = tmp_path / "mlflow" / "mlflow.db"
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE t (a TEXT)")
        database.executemany("INSERT INTO t VALUES (?)", [("x" * 500,)] * 100)
    assert "damaged" not in str(list(home_findings(settings_in(tmp_path))))
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 3000)
    (finding,) = [f for f in home_findings(settings_in(tmp_path)) if "damaged" in f.problem]
    assert str(path) in finding.problem
    assert "seqflow sync" in finding.cure


def test_mending_closes_orphaned_runs_and_removes_leftovers(tmp_path: Path) -> None:
    journal = tmp_path / "runs" / "r1" / "journal.jsonl"
    journal.parent.mkdir(parents=True)
    start = {"kind": "start", "time": 0, "run": "r1", "experiment": "demo", "name": "demo"}
    journal.write_text(json.dumps({**start, "key": "k", "pid": DEAD, "pid_started": 1}) + "\n")
    scratch = tmp_path / "check-abc"
    scratch.mkdir()
    os.utime(scratch, (0, 0))
    problems = [finding.problem for finding in home_findings(settings_in(tmp_path))]
    assert any("r1 of demo was killed" in problem for problem in problems)
    assert f"1 half-written files, such as {scratch}" in problems
    assert list(mend(tmp_path)) == [
        "run r1: closed as KILLED; seqflow sync tells MLflow",
        f"{scratch}: removed",
    ]
    assert list(home_findings(settings_in(tmp_path))) == []


def test_a_home_that_is_no_folder_is_told_and_an_absent_one_is_not_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    problems = [finding.problem for finding in doctor(settings_in(tmp_path / "file"))]
    assert f"{tmp_path / 'file'} is no folder" in problems
    doctor(settings_in(tmp_path / "absent"))
    assert not (tmp_path / "absent").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--dry-run",), "go with --clean"),
        (("--fix", "--keep-days", "3"), "go with --clean"),
        (("--fix", "--clean"), "run one after the other"),
    ],
)
def test_options_that_would_do_nothing_are_refused(
    words: tuple[str, ...], message: str
) -> None:
    result = CliRunner().invoke(app, ["doctor", *words])
    assert result.exit_code == 2
    assert message in result.stderr


def test_a_server_of_ones_own_that_is_silent_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://me:secret@{LOOPBACK}:1")
    found = [
        f for f in doctor(settings_in(tmp_path)) if f.problem.startswith("mlflow does not")
    ]
    assert len(found) == 1
    assert "secret" not in found[0].problem
