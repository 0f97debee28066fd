"""The server's garbage: whose thread frees what only the collector finds."""

import subprocess
import sys

FREED_BY = """
import threading, time
from cli.prefect_server import collect_beside

class Circle:
    def __init__(self):
        self.itself = self
    def __del__(self):
        freed.append(threading.current_thread().name)

freed = []
collect_beside()
Circle()
deadline = time.monotonic() + 20
while not freed and time.monotonic() < deadline:
    kept = [[] for _ in range(10_000)]  # allocations, at which Python collects by itself
print(*freed)
"""


def test_the_event_loops_thread_frees_no_circles() -> None:
    done = subprocess.run([sys.executable, "-c", FREED_BY], stdout=subprocess.PIPE, text=True)
    assert done.stdout.split() == ["garbage"]
