"""What MLflow takes in without a word and should not: odd names, long values, secrets, NaN."""

import hashlib
import math
import re

MAX_KEY = 250
MAX_PARAM = 500
MAX_TAG = 5_000
MASK = "***"

_ODD = re.compile(r"[^\w.\- :/]")
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_SECRET_WORDS = frozenset(
    ("password", "passwd", "passphrase", "pwd", "secret", "secrets", "credential")
    + ("credentials", "token", "apikey", "authorization", "bearer")
)
_KEY_OWNERS = frozenset(
    ("api", "access", "private", "secret", "encryption", "signing", "auth", "account")
)
_URL_PASSWORD = re.compile(r"(?<=://)([^/\s:@]*):[^/\s@]+(?=@)")
_BEARER = re.compile(r"\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{8,}", re.IGNORECASE)


def accepted_key(key: str) -> str:
    """The key itself, or the nearest name that MLflow accepts.

    Class names come from the user's data and may hold any sign; a changed key ends in a
    digest of the original, so that two of them never become one.
    """
    changed = _ODD.sub("_", key)
    changed = "/".join(part for part in changed.split("/") if part not in ("", ".", ".."))
    if changed == key and len(key) <= MAX_KEY:
        return key
    mark = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{changed[: MAX_KEY - 9]}-{mark}"


def cut(value: str, limit: int) -> str:
    """The value, or its beginning with a note of what was cut."""
    if len(value) <= limit:
        return value
    note = f" … (cut from {len(value):,} characters)"
    return value[: limit - len(note)] + note


def masked(key: str, value: str) -> str:
    """The value, or the mask where the key or the value itself tells of a secret."""
    return MASK if names_a_secret(key) else without_password(value)


def names_a_secret(key: str) -> bool:
    """Whether a key promises a secret: `db.password`, `apiKey`, `hub_token`.

    It goes by whole words, so `max_tokens`, `tokenizer` and `group_key` are none.
    """
    words = [word.lower() for word in _WORDS.findall(key)]
    if _SECRET_WORDS.intersection(words):
        return True
    return any(
        second in ("key", "keys") and first in _KEY_OWNERS
        for first, second in zip(words, words[1:], strict=False)
    )


def without_password(value: str) -> str:
    """The text with passwords in addresses and in authorization headers masked."""
    return _BEARER.sub(rf"\1 {MASK}", _URL_PASSWORD.sub(rf"\1:{MASK}", value))


def first_line(problem: BaseException) -> str:
    """Kind and first line of a problem, short enough for a log line, without passwords."""
    text = without_password(str(problem)).strip().partition("\n")[0]
    return f"{type(problem).__name__}: {text[:200]}"


def is_loggable(value: float) -> bool:
    """False for NaN and infinity: MLflow stores the one and turns the other into 1.8e308."""
    return math.isfinite(value)
