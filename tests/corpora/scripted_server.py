"""A web server for tests that misbehaves as its script says."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class ScriptedServer:
    """Answers each path with its answers in turn; the last one again and again.

    `requests` holds (path, headers) of all that came.
    """

    url: str
    answers: dict[str, list[Answer]] = field(default_factory=dict)
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def script(self, path: str, *answers: Answer) -> str:
        """Set the answers of a path; returns its address."""
        self.answers[path] = list(answers)
        return self.url + path

    def ranges(self) -> list[str | None]:
        """The Range headers that came, in order."""
        return [headers.get("Range") for _, headers in self.requests]


@contextmanager
def scripted_server() -> Iterator[ScriptedServer]:
    """A server on a free loopback port, gone when the block ends."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            script.requests.append((self.path, dict(self.headers)))
            waiting = script.answers.get(self.path, [status(404)])
            answer = waiting.pop(0) if len(waiting) > 1 else waiting[0]
            try:
                answer(self)
            except OSError:
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """Clients that hang up are part of the game."""

    web = Server(("127.0.0.1", 0), Handler)
    script = ScriptedServer(f"http://127.0.0.1:{web.server_address[1]}")
    thread = threading.Thread(target=web.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield script
    finally:
        web.shutdown()
        thread.join()
        web.server_close()


def status(code: int, **headers: str) -> Answer:
    """An answer without content."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(code)
        for name, value in headers.items():
            request.send_header(name.replace("_", "-"), value)
        request.send_header("Content-Length", "0")
        request.end_headers()

    return answer


def content(
    body: bytes,
    *,
    etag: str | None = '"one"',
    drop_after: int | None = None,
    content_type: str = "application/octet-stream",
) -> Answer:
    """A file server's answer: ranges are honoured if the edition is still the same.

    With `drop_after` the connection breaks after so many bytes.
    """

    def answer(request: BaseHTTPRequestHandler) -> None:
        asked = request.headers.get("Range")
        fits = asked is not None and request.headers.get("If-Range") == etag
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked and fits else 0
        request.send_response(206 if start else 200)
        if start:
            request.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        if etag:
            request.send_header("ETag", etag)
        request.send_header("Content-Type", content_type)
        request.send_header("Content-Length", str(len(body) - start))
        request.end_headers()
        rest = body[start:]
        request.wfile.write(rest if drop_after is None else rest[:drop_after])
        if drop_after is not None and drop_after < len(rest):
            hang_up(request)

    return answer


def drip(parts: Iterator[bytes], *, seconds: float, headers: bytes | None = None) -> Answer:
    """Bytes sent one part at a time, slowly, with no length given."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        start = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" if headers is None else headers
        request.wfile.write(start)
        for part in parts:
            request.wfile.write(part)
            request.wfile.flush()
            time.sleep(seconds)
        request.close_connection = True

    return answer


def hang_up(request: BaseHTTPRequestHandler) -> None:
    request.wfile.flush()
    request.connection.shutdown(socket.SHUT_RDWR)
    request.close_connection = True
