"""Downloads over a network that breaks, stalls, lies and leads astray."""

import email.utils
import itertools
import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from corpora.parts import PartFile
from corpora.transfer import TransferLimits, receive
from storage import progress
from storage.errors import DownloadError, EnvironmentProblem
from tests.corpora.scripted_server import ScriptedServer, content, drip, status

BODY = os.urandom(1_000) * 100
HASTY = TransferLimits(first_wait_seconds=0.01, silence_seconds=2.0)


@pytest.fixture
def part(tmp_path: Path) -> PartFile:
    return PartFile(tmp_path / "corpus.zip")


def test_content_arrives_whole_and_progress_is_told(
    server: ScriptedServer, part: PartFile
) -> None:
    url = server.script("/corpus.zip", content(BODY))
    told: list[progress.Event] = []
    with progress.listening(told.append):
        receive(url, part, limits=HASTY)
    assert part.path.read_bytes() == BODY
    last = told[-1]
    assert isinstance(last, progress.Advanced)
    assert (last.done, last.total, last.note) == (len(BODY), len(BODY), "corpus.zip")


def test_connection_lost_at_every_tenth_goes_on_where_it_broke(
    server: ScriptedServer, part: PartFile
) -> None:
    tenth = len(BODY) // 10
    url = server.script("/corpus.zip", content(BODY, drop_after=tenth))
    receive(url, part, limits=HASTY)
    assert part.path.read_bytes() == BODY
    assert server.ranges() == [None] + [f"bytes={tenth * n}-" for n in range(1, 10)]


def test_a_later_call_goes_on_where_an_earlier_one_gave_up(
    server: ScriptedServer, part: PartFile
) -> None:
    url = server.script("/corpus.zip", content(BODY, drop_after=500), status(503))
    with pytest.raises(DownloadError, match="503"):
        receive(url, part, limits=replace(HASTY, attempts=2))
    server.script("/corpus.zip", content(BODY))
    receive(url, part, limits=HASTY)
    assert part.path.read_bytes() == BODY
    assert server.ranges()[-1] == "bytes=500-"


def test_a_new_edition_starts_from_the_beginning(
    server: ScriptedServer, part: PartFile
) -> None:
    other = BODY[::-1]
    url = server.script(
        "/corpus.zip", content(BODY, drop_after=700), content(other, etag='"two"')
    )
    receive(url, part, limits=HASTY)
    assert part.path.read_bytes() == other


@pytest.mark.parametrize("etag", [None, 'W/"weak"'])
def test_without_a_strong_etag_no_bytes_are_kept(
    server: ScriptedServer, part: PartFile, etag: str | None
) -> None:
    url = server.script(
        "/corpus.zip", content(BODY, etag=etag, drop_after=700), content(BODY, etag=etag)
    )
    receive(url, part, limits=HASTY)
    assert part.path.read_bytes() == BODY
    assert server.ranges() == [None, None]


def test_a_range_that_was_not_asked_for_is_not_appended(
    server: ScriptedServer, part: PartFile
) -> None:
    wrong = status(206, Content_Range="bytes 3-9/10", ETag='"one"')
    url = server.script("/corpus.zip", content(BODY, drop_after=700), wrong, content(BODY))
    receive(url, part, limits=HASTY)
    assert part.path.read_bytes() == BODY
    assert server.ranges() == [None, "bytes=700-", None]


def test_a_part_longer_than_the_file_is_thrown_away(
    server: ScriptedServer, part: PartFile
) -> None:
    url = server.script("/corpus.zip", status(416), content(BODY))
    part.begin(url, '"one"')
    part.path.write_bytes(BODY + b"more")
    receive(url, part, limits=HASTY)
    assert part.path.read_bytes() == BODY


@pytest.mark.parametrize("code", [404, 410, 403])
def test_what_is_not_there_is_asked_for_once(
    server: ScriptedServer, part: PartFile, code: int
) -> None:
    url = server.script("/corpus.zip", status(code))
    with pytest.raises(DownloadError) as caught:
        receive(url, part, limits=HASTY)
    assert len(server.requests) == 1
    assert f"{url} answers HTTP {code}" in str(caught.value)
    assert "SEQFLOW_MIRROR" in str(caught.value)


@pytest.mark.parametrize("code", [408, 429, 500, 503])
def test_what_may_pass_is_tried_again(
    server: ScriptedServer, part: PartFile, code: int
) -> None:
    url = server.script("/corpus.zip", status(code), content(BODY))
    receive(url, part, limits=HASTY)
    assert part.path.read_bytes() == BODY


def test_patience_ends_after_the_attempts(server: ScriptedServer, part: PartFile) -> None:
    url = server.script("/corpus.zip", status(500))
    with pytest.raises(DownloadError, match="failed 3 times in a row, at last: HTTP 500"):
        receive(url, part, limits=replace(HASTY, attempts=3))
    assert len(server.requests) == 3


def test_waits_double_and_stay_below_the_cap(server: ScriptedServer, part: PartFile) -> None:
    url = server.script("/corpus.zip", status(500))
    limits = replace(HASTY, attempts=5, first_wait_seconds=0.1, longest_wait_seconds=0.2)
    begun = time.monotonic()
    with pytest.raises(DownloadError):
        receive(url, part, limits=limits)
    waited = time.monotonic() - begun
    assert 0.35 <= waited < 2.0  # at least half of 0.1 + 0.2 + 0.2 + 0.2


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_the_wait_that_the_server_asks_for_is_kept(
    server: ScriptedServer, part: PartFile, form: str
) -> None:
    until = time.time() + 2  # the date form has whole seconds only
    asked = "1" if form == "seconds" else email.utils.formatdate(until, usegmt=True)
    url = server.script("/corpus.zip", status(503, Retry_After=asked), content(BODY))
    begun = time.monotonic()
    receive(url, part, limits=HASTY)
    assert time.monotonic() - begun >= 0.95


def test_a_wait_beyond_the_limit_is_left_to_the_user(
    server: ScriptedServer, part: PartFile
) -> None:
    url = server.script("/corpus.zip", status(429, Retry_After="3600"))
    with pytest.raises(DownloadError, match="asks to come back in 3,600 s; the limit is 120 s"):
        receive(url, part, limits=HASTY)
    assert len(server.requests) == 1


def test_silence_is_a_failure_that_is_tried_again(
    server: ScriptedServer, part: PartFile
) -> None:
    silent = drip(iter([b""] * 3), seconds=0.5, headers=b"")
    url = server.script("/corpus.zip", silent, content(BODY))
    receive(url, part, limits=replace(HASTY, silence_seconds=0.2))
    assert part.path.read_bytes() == BODY


def test_a_body_slower_than_the_least_rate_is_given_up(
    server: ScriptedServer, part: PartFile
) -> None:
    url = server.script("/corpus.zip", drip(itertools.repeat(b"x"), seconds=0.05))
    limits = replace(HASTY, rate_window_seconds=0.3, minimum_bytes_per_second=1_000)
    begun = time.monotonic()
    with pytest.raises(DownloadError, match=r"sends \d+ bytes a second; the limit is 1,000"):
        receive(url, part, limits=limits)
    assert time.monotonic() - begun < 5
    assert len(server.requests) == 1


def test_headers_that_trickle_end_at_the_deadline(
    server: ScriptedServer, part: PartFile
) -> None:
    trickle = drip(itertools.repeat(b"x"), seconds=0.05, headers=b"HTTP/1.1 200 OK\r\nX: ")
    url = server.script("/corpus.zip", trickle)
    begun = time.monotonic()
    with pytest.raises(DownloadError, match="was not there after 1 s, the limit"):
        receive(url, part, limits=replace(HASTY, total_seconds=1.0))
    assert time.monotonic() - begun < 5


def test_a_body_cut_by_the_deadline_does_not_pass_for_whole(
    server: ScriptedServer, part: PartFile
) -> None:
    url = server.script("/corpus.zip", drip(itertools.repeat(b"x" * 2_000), seconds=0.05))
    with pytest.raises(DownloadError, match="was not there after 1 s"):
        receive(url, part, limits=replace(HASTY, total_seconds=1.0))


def test_an_endless_body_is_cut_off(server: ScriptedServer, part: PartFile) -> None:
    url = server.script("/corpus.zip", drip(itertools.repeat(b"x" * 10_000), seconds=0))
    with pytest.raises(DownloadError, match="the limit is 50,000"):
        receive(url, part, limits=replace(HASTY, max_bytes=50_000))
    assert part.size() == 0


def test_a_file_announced_as_too_large_is_not_begun(
    server: ScriptedServer, part: PartFile
) -> None:
    url = server.script("/corpus.zip", content(BODY))
    with pytest.raises(DownloadError, match="has 100,000 bytes; the limit is 99,999"):
        receive(url, part, limits=replace(HASTY, max_bytes=99_999))
    assert not part.path.exists()


def test_a_connection_nobody_answers_names_the_address(
    part: PartFile, server: ScriptedServer
) -> None:
    with pytest.raises(
        DownloadError, match=r"http://127\.0\.0\.1:9/corpus\.zip failed 2 times"
    ):
        receive("http://127.0.0.1:9/corpus.zip", part, limits=replace(HASTY, attempts=2))


def test_redirects_are_followed(server: ScriptedServer, part: PartFile) -> None:
    server.script("/new/corpus.zip", content(BODY))
    url = server.script("/corpus.zip", status(302, Location="/new/corpus.zip"))
    receive(url, part, limits=HASTY)
    assert part.path.read_bytes() == BODY


def test_redirects_in_a_circle_end(server: ScriptedServer, part: PartFile) -> None:
    url = server.script("/corpus.zip", status(302, Location="/corpus.zip"))
    with pytest.raises(DownloadError, match="redirects more than 5 times"):
        receive(url, part, limits=HASTY)


def test_a_redirect_to_a_file_is_refused(server: ScriptedServer, part: PartFile) -> None:
    url = server.script("/corpus.zip", status(302, Location="file:///etc/passwd"))
    with pytest.raises(DownloadError, match="redirects to file:///etc/passwd: refused"):
        receive(url, part, limits=HASTY)
    assert part.size() == 0


def test_a_public_address_cannot_send_us_to_a_private_one(
    server: ScriptedServer, part: PartFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The scripted server plays a proxy, so that the first address can be a public one.
    monkeypatch.setenv("http_proxy", server.url)
    secret = server.script("/secret", content(b"secret"))
    server.script("http://93.184.216.34/corpus.zip", status(302, Location=secret))
    with pytest.raises(DownloadError, match="a public address must not name a private one"):
        receive("http://93.184.216.34/corpus.zip", part, limits=HASTY)
    assert [path for path, _ in server.requests] == ["http://93.184.216.34/corpus.zip"]


def test_a_password_in_the_address_is_not_told(server: ScriptedServer, part: PartFile) -> None:
    url = server.script("/corpus.zip", status(404)).replace("http://", "http://me:canary@")
    with pytest.raises(DownloadError) as caught:
        receive(url + "?token=canary", part, limits=HASTY)
    assert "canary" not in str(caught.value)


def test_a_full_disk_ends_the_download_and_leaves_no_part(
    server: ScriptedServer, part: PartFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEQFLOW_FAULT", "download.write:full")
    url = server.script("/corpus.zip", content(BODY))
    with pytest.raises(EnvironmentProblem, match="No space left on device; make room"):
        receive(url, part, limits=HASTY)
    assert not part.path.exists()


def test_an_address_of_another_kind_is_refused(part: PartFile) -> None:
    with pytest.raises(DownloadError, match="use http"):
        receive("ftp://example.org/corpus.zip", part, limits=HASTY)
