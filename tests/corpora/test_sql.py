"""Rows of a PostgreSQL query: streamed, typed, digested; nothing changed, no secret told."""

import logging
import traceback
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pydantic import ValidationError
from sqlalchemy import create_engine, make_url

from configs.data import DataConfig, SqlSource
from configs.messages import ConfigError, read_experiment
from corpora.download import fetch
from corpora.preprocess import build_tables
from corpora.sql import address_from_environment, snapshot
from storage.errors import EnvironmentProblem, InputError
from storage.progress import Event, listening
from tests.postgres import PostgresServer

ALL = "select * from reviews order by id"
ROWS = 25_000

pytestmark = pytest.mark.postgres


def asked(query: str = ALL, *, timeout_seconds: float = 60.0) -> SqlSource:
    return SqlSource(environment="REVIEWS_DB", query=query, timeout_seconds=timeout_seconds)


@pytest.fixture(scope="module")
def reviews(postgres: PostgresServer) -> Iterator[PostgresServer]:
    execute(
        postgres,
        "create table reviews "
        "(id int, text text, label int, day date, price numeric, more jsonb)",
        "insert into reviews select n, "
        "'it was 100%% ' || case n %% 2 when 0 then 'good' else 'bad' end || ' on day ' || n, "
        "n %% 2, date '2026-01-01' + n %% 300, 1.50, "
        f"jsonb_build_object('n', n) from generate_series(1, {ROWS}) n",
    )
    yield postgres
    execute(postgres, "drop table reviews")


def execute(server: PostgresServer, *statements: str) -> None:
    url = make_url(server.address).set(drivername="postgresql+psycopg")
    engine = create_engine(url)
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


def rows_of(folder: Path) -> pa.Table:
    return pa.concat_tables([pq.read_table(path) for path in sorted(folder.glob("part-*"))])


def test_all_rows_come_in_order_with_their_types(
    reviews: PostgresServer, tmp_path: Path
) -> None:
    taken = snapshot(asked(), reviews.address, tmp_path)
    rows = rows_of(tmp_path)
    assert taken.rows == len(rows) == ROWS
    assert rows["id"].to_pylist() == list(range(1, ROWS + 1))
    assert rows.slice(0, 1).drop_columns("day").to_pylist() == [
        {
            "id": 1,
            "text": "it was 100% bad on day 1",
            "label": 1,
            "price": "1.50",
            "more": '{"n": 1}',
        }
    ]
    assert rows.schema.field("day").type == pa.date32()


def test_the_digest_is_that_of_the_rows(reviews: PostgresServer, tmp_path: Path) -> None:
    def digest(query: str) -> str:
        return snapshot(asked(query), reviews.address, tmp_path).digest

    few = "select id, text from reviews where id < 50 order by id"
    others = [
        few.replace("50", "49"),
        few + " desc",
        few.replace("text", "label"),
        few.replace("id, text", "id, text as words"),
        few.replace("id, text", "id, case when id = 7 then null else text end as text"),
        few.replace("id < 50", "text like '%100%' and id < 40"),
        few.replace("id, text", "id, case when id = 7 then '' else text end as text"),
    ]
    digests = [digest(query) for query in (few, *others)]
    assert len(set(digests)) == len(digests)
    assert digest(few + " ") == digests[0]


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("delete from reviews", "syntax error"),
        ("select 1; drop table reviews", "cannot insert multiple commands"),
        ("select 1; commit; drop table reviews", "cannot insert multiple commands"),
        ("with gone as (delete from reviews returning *) select * from gone", "data-modifying"),
        ("select nextval('counter')", "read-only transaction"),
        ("select text from nowhere", 'relation "nowhere" does not exist'),
        ("select id as x, label as x from reviews", "2 columns named 'x'; rename them by AS"),
    ],
)
def test_nothing_but_one_reading_select_is_done(
    reviews: PostgresServer, tmp_path: Path, query: str, reason: str
) -> None:
    execute(reviews, "create sequence if not exists counter")
    with pytest.raises(InputError, match=reason):
        snapshot(asked(query), reviews.address, tmp_path)
    count = snapshot(asked("select count(*) as n from reviews"), reviews.address, tmp_path)
    assert count.rows == 1
    assert rows_of(tmp_path)["n"].to_pylist() == [ROWS]


def test_a_query_that_computes_too_long_is_stopped(
    reviews: PostgresServer, tmp_path: Path
) -> None:
    query = "select pg_sleep(30)"
    with pytest.raises(InputError, match=r"took longer than 0.3 s \(timeout_seconds\)"):
        snapshot(asked(query, timeout_seconds=0.3), reviews.address, tmp_path)


def test_a_query_that_gives_rows_too_long_is_stopped(
    reviews: PostgresServer, tmp_path: Path
) -> None:
    endless = "select generate_series(1, 1000000000) as id, repeat('x', 500) as text"
    with pytest.raises(InputError, match=r"took longer than 0.4 s \(timeout_seconds\)"):
        snapshot(asked(endless, timeout_seconds=0.4), reviews.address, tmp_path)


def test_a_server_that_goes_away_in_the_middle_is_told(
    reviews: PostgresServer, tmp_path: Path
) -> None:
    seen: list[Event] = []

    def restart_once(event: Event) -> None:
        if not seen:
            reviews.restart()
        seen.append(event)

    with (
        listening(restart_once),
        pytest.raises(EnvironmentProblem, match=r"database of \$REVIEWS_DB cannot be asked"),
    ):
        snapshot(asked(), reviews.address, tmp_path)
    assert snapshot(asked(), reviews.address, tmp_path).rows == ROWS


def test_the_password_is_in_no_error_no_log_and_no_file(
    reviews: PostgresServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    canary = "c4n@ry/p w%"
    good, spelt = reviews.address, "c4n%40ry%2Fp%20w%25"
    wrong = good.replace(reviews.password, spelt)
    told = []
    for query, address in [
        (ALL, wrong),
        (ALL, wrong.replace("127.0.0.1", "127.0.0.1:1/x?")),
        (ALL, wrong.replace("postgresql:", "mysql:")),
        (ALL, spelt),
        ("select nonsense", good),
        ("select pg_sleep(9)", good),
    ]:
        with pytest.raises((InputError, EnvironmentProblem)) as caught:
            snapshot(asked(query, timeout_seconds=0.3), address, tmp_path / "rows")
        told += traceback.format_exception(caught.value)
    snapshot(asked(), good, tmp_path / "rows")
    told += [caplog.text, *(str(path) for path in tmp_path.rglob("*"))]
    content = b"".join(path.read_bytes() for path in tmp_path.rglob("*.*") if path.is_file())
    for secret in (canary, spelt, "c4n", reviews.password):
        assert secret not in "".join(told)
        assert secret.encode() not in content


def test_training_reads_the_rows_as_it_reads_a_file(
    reviews: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REVIEWS_DB", reviews.address)
    data = DataConfig.model_validate(
        {
            "dataset": "reviews",
            "problem": "classification",
            "sql": {"environment": "REVIEWS_DB", "query": f"{ALL} limit 500"},
        }
    )
    facts = fetch(data, tmp_path / "raw", cache=tmp_path / "cache", mirror=None)
    assert facts["description"] == "500 rows of $REVIEWS_DB"
    assert (
        facts["rows_digest"] == snapshot(data.sql, reviews.address, tmp_path / "again").digest
    )
    built = build_tables(tmp_path / "raw", tmp_path / "tables", data)
    assert built["labels"] == ["0", "1"]
    rows = built["rows"]
    assert isinstance(rows, dict)
    assert rows["read"] == 500


def test_an_address_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REVIEWS_DB", raising=False)
    with pytest.raises(InputError, match="environment variable REVIEWS_DB is not set"):
        address_from_environment(asked())
    block = SqlSource(secret_block="reviews-db", query=ALL)
    with pytest.raises(InputError, match="Secret block 'reviews-db', which only flows read"):
        address_from_environment(block)


def test_a_config_takes_no_address_and_repeats_none() -> None:
    sql = {"environment": "postgresql://me:c4nary@host/db", "query": ALL}
    values = {"preset": "sentiment", "name": "mine", "data": {"dataset": "x", "sql": sql}}
    with pytest.raises(ConfigError, match="never the address itself") as caught:
        read_experiment(values)
    assert "c4nary" not in "".join(traceback.format_exception(caught.value))
    with pytest.raises(ValidationError, match="one of the two"):
        SqlSource(query=ALL)


def test_a_frame_of_no_rows_is_a_table_with_columns(
    reviews: PostgresServer, tmp_path: Path
) -> None:
    taken = snapshot(
        asked("select id, text from reviews where false"), reviews.address, tmp_path
    )
    assert taken.rows == 0
    assert list(pd.read_parquet(tmp_path)) == ["id", "text"]
