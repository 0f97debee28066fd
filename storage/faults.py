"""Named points at which tests make the process die, fail or wait; silent otherwise.

`SEQFLOW_FAULT="checkpoint.write:kill@3"` kills the process at the third pass of that point.
Actions: kill (SIGKILL), term (SIGTERM to itself), raise (RuntimeError), full (no space left),
sleep=SECONDS. Several plans are separated by commas.
"""

import errno
import os
import signal
import time
from collections import Counter

_passes: Counter[str] = Counter()


def fault_point(name: str) -> None:
    """Do what the plan in `SEQFLOW_FAULT` says for this pass of this point; usually nothing."""
    plans = os.environ.get("SEQFLOW_FAULT")
    if not plans:
        return
    _passes[name] += 1
    for plan in plans.split(","):
        point, _, rest = plan.partition(":")
        action, _, at = rest.partition("@")
        if point == name and _passes[name] == int(at or 1):
            _act(action, name)


def _act(action: str, name: str) -> None:
    verb, _, value = action.partition("=")
    if verb == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    elif verb == "term":
        os.kill(os.getpid(), signal.SIGTERM)
    elif verb == "full":
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), name)
    elif verb == "sleep":
        time.sleep(float(value))
    elif verb == "raise":
        raise RuntimeError(f"planned fault at {name}")
    else:
        raise ValueError(
            f"SEQFLOW_FAULT names the action {verb!r}; use kill, term, raise, full or sleep=N"
        )
