"""One file from a web address into its part file: resumed, retried, and limited in time."""

import random
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from corpora.addresses import check_redirect, shown
from corpora.parts import PartFile
from storage.errors import DownloadError

_WAY_OUT = "open it in a browser, or put the file into a mirror folder (SEQFLOW_MIRROR)"


@dataclass(frozen=True)
class TransferLimits:
    """How long and how patiently a download is tried.

    Attributes:
        total_seconds: Longest time for the whole file, waits included.
        silence_seconds: Longest wait for an answer or the next bytes.
        minimum_bytes_per_second: Slowest rate, measured over `rate_window_seconds`.
        max_bytes: Largest file.
        attempts: Failures in a row, without a new byte, that end it.
        first_wait_seconds: Wait after the first failure; it doubles with each further one.
        longest_wait_seconds: Longest wait, also when the server asks for more.
        redirects: Addresses it may be sent on to.
    """

    total_seconds: float = 4 * 3600.0
    silence_seconds: float = 30.0
    minimum_bytes_per_second: int = 1_000
    rate_window_seconds: float = 60.0
    max_bytes: int = 20_000_000_000
    attempts: int = 5
    first_wait_seconds: float = 1.0
    longest_wait_seconds: float = 120.0
    redirects: int = 5


class _TryAgainError(Exception):
    """What happened may pass; `wait_seconds` is what the server asked for."""

    def __init__(self, reason: str, *, wait_seconds: float | None = None) -> None:
        super().__init__(reason)
        self.wait_seconds = wait_seconds


def receive(url: str, part: PartFile, *, limits: TransferLimits) -> None:
    """Bring the whole content of the address into the part file.

    Bytes of an earlier attempt are kept if the server confirms their edition (strong ETag).
    Only failures that may pass are tried again: a broken network, 408, 429 and 5xx.

    Raises:
        DownloadError: If it cannot be had within the limits.
        EnvironmentProblem: If the disk is in the way.
    """
    with _Watchdog(limits.total_seconds) as watchdog, _client(limits) as client:
        failures = 0
        while True:
            before = part.size()
            try:
                _attempt(client, url, part, limits, watchdog)
                return
            except (_TryAgainError, httpx.TransportError) as problem:
                _stop_if_expired(watchdog, url, part, limits)
                failures = 1 if part.size() > before else failures + 1
                time.sleep(_wait_seconds(url, problem, failures, limits, watchdog))


def _wait_seconds(
    url: str,
    problem: Exception,
    failures: int,
    limits: TransferLimits,
    watchdog: "_Watchdog",
) -> float:
    """How long to wait before the next attempt, or the end of patience."""
    reason = str(problem) or type(problem).__name__
    if failures >= limits.attempts:
        raise DownloadError(
            f"{shown(url)} failed {failures} times in a row, at last: {reason}; what arrived "
            f"is kept, so the same command goes on from there, or {_WAY_OUT}"
        ) from problem
    asked = problem.wait_seconds if isinstance(problem, _TryAgainError) else None
    if asked is None:
        longest = limits.first_wait_seconds * 2.0 ** (failures - 1)
        return min(longest, limits.longest_wait_seconds) * random.uniform(0.5, 1.0)
    if asked > min(limits.longest_wait_seconds, watchdog.remaining()):
        raise DownloadError(
            f"{shown(url)}: {reason}, and asks to come back in {asked:,.0f} s; the limit is "
            f"{limits.longest_wait_seconds:,.0f} s; run the same command then"
        ) from problem
    return asked


def _client(limits: TransferLimits) -> httpx.Client:
    return httpx.Client(
        timeout=limits.silence_seconds,
        headers={"User-Agent": "seqflow", "Accept": "*/*", "Accept-Encoding": "identity"},
    )


def _attempt(
    client: httpx.Client,
    url: str,
    part: PartFile,
    limits: TransferLimits,
    watchdog: "_Watchdog",
) -> None:
    etag = part.edition(url)
    headers = {"Range": f"bytes={part.size()}-", "If-Range": etag} if etag else {}
    with _answer(client, url, headers, limits, watchdog) as response:
        _check_status(url, response, part)
        if response.status_code != httpx.codes.PARTIAL_CONTENT:
            part.begin(url, response.headers.get("ETag"))
        elif not _continues(response, part.size(), etag):
            part.discard()
            raise _TryAgainError("the server sent another part than asked for")
        length = response.headers.get("Content-Length", "")
        total = part.size() + int(length) if length.isdecimal() else None
        chunks = _paced(url, response, limits, watchdog)
        part.append(chunks, total=total, max_bytes=limits.max_bytes)


@contextmanager
def _answer(
    client: httpx.Client,
    url: str,
    headers: Mapping[str, str],
    limits: TransferLimits,
    watchdog: "_Watchdog",
) -> Iterator[httpx.Response]:
    """The answer at the end of the redirects, each of them checked."""
    address = url
    for _ in range(limits.redirects + 1):
        try:
            request = client.build_request(
                "GET", address, headers=headers, extensions={"trace": watchdog.trace}
            )
            response = client.send(request, stream=True)
        except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            raise DownloadError(
                f"{shown(address)} is not an address: {error}; use http(s)://"
            ) from error
        try:
            if not response.has_redirect_location:
                yield response
                return
            target = str(response.url.join(response.headers["Location"]))
        finally:
            response.close()
        check_redirect(address, target)
        address = target
    raise DownloadError(
        f"{shown(url)} redirects more than {limits.redirects} times; {_WAY_OUT}"
    )


def _check_status(url: str, response: httpx.Response, part: PartFile) -> None:
    status = response.status_code
    if response.is_success:
        return
    reason = f"HTTP {status} {response.reason_phrase}".rstrip()
    if status == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE and part.size():
        part.discard()
        raise _TryAgainError(reason)
    if status in (408, 429) or status >= 500:
        asked = _asked_wait(response.headers.get("Retry-After"))
        raise _TryAgainError(reason, wait_seconds=asked)
    raise DownloadError(f"{shown(url)} answers {reason}; {_WAY_OUT}")


def _asked_wait(header: str | None) -> float | None:
    """Seconds from a Retry-After header: a number, or a date (RFC 9110, 10.2.3)."""
    if header is None:
        return None
    if header.strip().isdecimal():
        return float(header)
    try:
        moment = parsedate_to_datetime(header)
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (aware - datetime.now(UTC)).total_seconds())


def _continues(response: httpx.Response, offset: int, etag: str | None) -> bool:
    """Whether a 206 answer goes on exactly where the part file ends, in the same edition."""
    place = response.headers.get("Content-Range", "")
    same_edition: bool = response.headers.get("ETag", etag) == etag
    return same_edition and place.startswith(f"bytes {offset}-")


def _paced(
    url: str, response: httpx.Response, limits: TransferLimits, watchdog: "_Watchdog"
) -> Iterator[bytes]:
    """The body as sent, as long as it arrives fast enough."""
    begun, arrived = time.monotonic(), 0
    for chunk in response.iter_raw():
        yield chunk
        watchdog.check()
        arrived += len(chunk)
        seconds = time.monotonic() - begun
        if seconds < limits.rate_window_seconds:
            continue
        if arrived < limits.minimum_bytes_per_second * seconds:
            raise DownloadError(
                f"{shown(url)} sends {arrived / seconds:,.0f} bytes a second; the limit is "
                f"{limits.minimum_bytes_per_second:,}; what arrived is kept, so run the same "
                f"command later, or {_WAY_OUT}"
            )
        begun, arrived = time.monotonic(), 0
    watchdog.check()  # a body without a length ends where the connection was cut


def _stop_if_expired(
    watchdog: "_Watchdog", url: str, part: PartFile, limits: TransferLimits
) -> None:
    if watchdog.expired():
        raise DownloadError(
            f"{shown(url)} was not there after {limits.total_seconds:,.0f} s, the limit; "
            f"{part.size():,} bytes arrived and are kept, so run the same command later, or "
            f"{_WAY_OUT}"
        )


class _Watchdog:
    """Cuts all connections at the deadline: a trickle of header bytes resets other timeouts."""

    def __init__(self, seconds: float) -> None:
        self._deadline = time.monotonic() + seconds
        self._sockets: list[socket.socket] = []
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True

    def __enter__(self) -> "_Watchdog":
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def remaining(self) -> float:
        return max(0.0, self._deadline - time.monotonic())

    def expired(self) -> bool:
        return self.remaining() == 0.0

    def check(self) -> None:
        if self.expired():
            raise _TryAgainError("the time is up")

    def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Take note of each connection (httpcore's trace extension)."""
        if event.endswith((".connect_tcp.complete", ".start_tls.complete")):
            self._sockets.append(info["return_value"].get_extra_info("socket"))
            if self.expired():
                self._cut()

    def _cut(self) -> None:
        for connection in self._sockets:
            try:
                socket.socket.shutdown(connection, socket.SHUT_RDWR)
            except OSError:
                continue  # already closed
