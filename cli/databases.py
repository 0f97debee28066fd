"""The PostgreSQL server behind Prefect and MLflow, where several machines share them."""

from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from cli.server_files import database_path
from storage.errors import EnvironmentProblem, InputError
from storage.files import write_private
from tracking.limits import without_password

_CONNECT_SECONDS = 10
_NAMES = ("prefect", "mlflow")


def use_database(home: Path, given: str) -> None:
    """Have the home's servers keep their data in PostgreSQL from now on.

    The databases `prefect` and `mlflow` are made where they are missing. The address holds a
    password, so its file is the owner's alone.

    Args:
        home: Whose servers; they must be down.
        given: `postgresql://user:password@host:port`, of a user who may create databases.

    Raises:
        InputError: If it is no such address.
        EnvironmentProblem: If that server does not answer, or refuses.
    """
    import psycopg
    from psycopg import sql

    address = _address(given)
    try:
        with psycopg.connect(
            address, autocommit=True, connect_timeout=_CONNECT_SECONDS
        ) as connection:
            found = connection.execute("SELECT datname FROM pg_database").fetchall()
            for name in set(_NAMES) - {row[0] for row in found}:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    except psycopg.Error as problem:
        raise EnvironmentProblem(
            f"PostgreSQL at {without_password(given)}: {' '.join(str(problem).split())}; start "
            "it, or give a user who may create databases"
        ) from None
    write_private(database_path(home), address)


def uses_database(home: Path, given: str) -> bool:
    """Whether the home's servers keep their data there already.

    Raises:
        InputError: If it is no address of a PostgreSQL server.
    """
    path = database_path(home)
    return path.is_file() and path.read_text(encoding="utf-8") == _address(given)


def _address(given: str) -> str:
    """The address of the server itself, whatever database it named."""
    parts = urlsplit(given)
    if parts.scheme not in ("postgresql", "postgres") or not parts.hostname:
        raise InputError(
            f"{without_password(given)} is no address of a PostgreSQL server; it looks like "
            "postgresql://user:password@host:5432"
        )
    return urlunsplit(parts._replace(scheme="postgresql", path="/postgres", query=""))
