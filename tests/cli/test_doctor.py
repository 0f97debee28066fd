import json
import socket
from pathlib import Path

import pytest

from cli import doctor as doctor_module
from cli.doctor import doctor, wrong_versions
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
