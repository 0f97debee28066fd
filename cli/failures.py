"""How a command ends: errors meant for people become one message and the design's exit code."""

import signal
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def explained(*, debug: bool) -> Iterator[None]:
    """Turn an exception of the block into one message on standard error and an exit code.

    Codes: 0 done; 1 checks failed or promotion refused; 2 the user's input; 3 the environment
    (disk, mirror, Prefect); 130 and 143 signals.

    Args:
        debug: Show the traceback too.
    """
    try:
        yield
    except Exception as error:
        if debug:
            traceback.print_exc()
        print(f"error: {message_of(error)}", file=sys.stderr)
        raise SystemExit(exit_code_of(error)) from None
    except KeyboardInterrupt:
        raise SystemExit(_stopped(signal.SIGINT)) from None
    except BaseException as error:
        # Prefect raises a termination between two steps as an exception that names its signal
        number = getattr(error, "signal", None)
        if number is None:
            raise
        raise SystemExit(_stopped(signal.Signals(number))) from None


def _stopped(by: signal.Signals) -> int:
    print(f"stopped by {by.name}; the same command goes on from there", file=sys.stderr)
    return 128 + by


def message_of(error: BaseException) -> str:
    """What the person reads: the message of our errors, with the kind for all others."""
    from storage.errors import SeqflowError

    if isinstance(error, SeqflowError) or _is_config_error(error):
        return str(error)
    if isinstance(error, OSError):
        return f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}"
    return f"{type(error).__name__}: {error} (add --debug for the traceback)"


def exit_code_of(error: BaseException) -> int:
    """The exit code of the design for this error."""
    from storage.errors import SeqflowError

    if isinstance(error, SeqflowError):
        return error.exit_code
    if _is_config_error(error):
        return 2
    return 3 if isinstance(error, OSError) else 1


def _is_config_error(error: BaseException) -> bool:
    from configs.messages import ConfigError

    return isinstance(error, ConfigError)
