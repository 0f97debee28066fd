"""Tests of what MLflow is kept from swallowing."""

import pytest
from mlflow.utils.validation import _validate_metric_name

from tracking.limits import MASK, MAX_KEY, accepted_key, cut, masked, names_a_secret

SECRETS = [
    "password",
    "db.password",
    "apiKey",
    "api_key",
    "AWS_SECRET_ACCESS_KEY",
    "hub.token",
    "HF_TOKEN",
    "authToken",
    "data.private-key",
    "client_secret",
]
HARMLESS = [
    "text.max_tokens",
    "decoding.max_tokens",
    "text.tokenizer",
    "batch_tokens",
    "system/tokens_per_second",
    "group_key",
    "key",
    "training.monitor",
    "secretary",
    "test/class/key words/f1",
]


@pytest.mark.parametrize("key", SECRETS)
def test_key_of_a_secret_is_recognised(key: str) -> None:
    assert masked(key, "hunter2") == MASK


@pytest.mark.parametrize("key", HARMLESS)
def test_setting_that_only_sounds_like_a_secret_is_shown(key: str) -> None:
    assert not names_a_secret(key)


def test_password_inside_an_address_is_masked() -> None:
    shown = masked("data.source", "postgresql://anna:hunter2@db.example/reviews")
    assert shown == "postgresql://anna:***@db.example/reviews"


def test_authorization_header_is_masked() -> None:
    assert "abcdef123456" not in masked("request", "Authorization: Bearer abcdef123456")


@pytest.mark.parametrize(
    "key",
    [
        "test/class/C++/f1",
        "a//b",
        "../x",
        "/lead",
        "emoji 😀",
        "x" * 400,
        "a/./b",
        "…",
        "trail/",
    ],
)
def test_any_key_becomes_one_that_mlflow_accepts(key: str) -> None:
    changed = accepted_key(key)
    _validate_metric_name(changed)
    assert len(changed) <= MAX_KEY
    assert changed != key


def test_accepted_key_stays_as_it_is() -> None:
    assert accepted_key("test/class/sehr gut/macro_f1") == "test/class/sehr gut/macro_f1"


def test_two_odd_keys_never_become_one() -> None:
    assert accepted_key("class/C+") != accepted_key("class/C#")


def test_long_value_is_cut_with_a_note() -> None:
    shown = cut("x" * 7_000, 500)
    assert len(shown) == 500
    assert shown.endswith("x … (cut from 7,000 characters)")


def test_short_value_is_whole() -> None:
    assert cut("x" * 500, 500) == "x" * 500
