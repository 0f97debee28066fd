import os
import shlex
import subprocess
from pathlib import Path

from cli.server_files import (
    Server,
    client_environment,
    environment_path,
    forget,
    login,
    login_path,
    named_elsewhere,
    recall,
    remember,
    use_running_servers,
    write_shell_environment,
)
from storage.processes import start_ticks
from tests.running_servers import environment


def this_process(name: str = "prefect", *, started: int | None = None) -> Server:
    ticks = started if started is not None else start_ticks(os.getpid())
    return Server(name, os.getpid(), ticks, "http://127.0.0.1:4203")  # type: ignore[arg-type]


def test_the_login_is_made_once_and_is_its_owners_alone(tmp_path: Path) -> None:
    first = login(tmp_path)
    assert login(tmp_path) == first
    assert login_path(tmp_path).stat().st_mode & 0o777 == 0o600
    user, _, password = first.partition(":")
    assert user == "seqflow"
    assert len(password) >= 24


def test_two_homes_have_two_logins(tmp_path: Path) -> None:
    assert login(tmp_path / "one") != login(tmp_path / "two")


def test_a_record_survives_the_round_trip_and_can_be_forgotten(tmp_path: Path) -> None:
    remember(tmp_path, this_process())
    assert recall(tmp_path, "prefect") == this_process()
    forget(tmp_path, "prefect")
    assert recall(tmp_path, "prefect") is None


def test_a_process_with_a_reused_id_is_not_the_server(tmp_path: Path) -> None:
    assert this_process().alive
    assert not this_process(started=1).alive


def test_clients_are_pointed_at_servers_that_live_only(tmp_path: Path) -> None:
    remember(tmp_path, this_process("prefect"))
    remember(tmp_path, this_process("mlflow", started=1))
    assert client_environment(tmp_path) == {
        "PREFECT_API_URL": "http://127.0.0.1:4203/api",
        "PREFECT_API_AUTH_STRING": login(tmp_path),
    }


def test_a_persons_own_server_keeps_its_place_and_never_gets_our_login(
    tmp_path: Path,
) -> None:
    remember(tmp_path, this_process())
    with environment(PREFECT_API_URL="http://prefect.example/api"):
        use_running_servers(tmp_path)
        assert os.environ["PREFECT_API_URL"] == "http://prefect.example/api"
        assert "PREFECT_API_AUTH_STRING" not in os.environ


def test_without_servers_the_environment_stays_as_it_is(tmp_path: Path) -> None:
    before = dict(os.environ)
    use_running_servers(tmp_path)
    assert dict(os.environ) == before
    assert list(tmp_path.iterdir()) == []


def test_the_shell_file_holds_values_as_they_are(tmp_path: Path) -> None:
    value = "/home/a b/$HOME/`id`"
    write_shell_environment(tmp_path, {"SEQFLOW_HOME": value})
    path = environment_path(tmp_path)
    assert path.stat().st_mode & 0o777 == 0o600
    script = f'. {shlex.quote(str(path))} && printf %s "$SEQFLOW_HOME"'
    shown = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)
    assert shown.stdout == value


def test_a_shell_with_our_old_environment_follows_the_servers(tmp_path: Path) -> None:
    remember(tmp_path, this_process())
    old = {"PREFECT_API_URL": "http://127.0.0.1:4299/api", "SEQFLOW_SERVERS_OF": str(tmp_path)}
    with environment(**old):
        assert named_elsewhere(tmp_path, "PREFECT_API_URL") == ""
        use_running_servers(tmp_path)
        assert os.environ["PREFECT_API_URL"] == "http://127.0.0.1:4203/api"
