"""Where a download may be sent, and what of an address is shown."""

import pytest

from corpora.addresses import address_in_mirror, check_redirect, shown
from storage.errors import DownloadError

PUBLIC = "http://93.184.216.34/corpus.zip"


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.1/x",
        "http://10.0.0.1/x",
        "http://169.254.169.254/latest/meta-data",
        "http://[::1]/x",
        "http://[::ffff:127.0.0.1]/x",
        "http://[fd00::1]/x",
        "http://2130706433/x",
        "http://localhost/x",
    ],
)
def test_a_private_address_is_refused_after_a_public_one(target: str) -> None:
    with pytest.raises(DownloadError, match="must not name a private one"):
        check_redirect(PUBLIC, target)


def test_a_private_mirror_may_redirect_within_its_network() -> None:
    check_redirect("http://127.0.0.1:8000/a", "http://127.0.0.1:9000/b")


def test_encryption_is_not_given_up_but_may_be_taken_up() -> None:
    with pytest.raises(DownloadError, match="gives up encryption"):
        check_redirect("https://93.184.216.34/a", PUBLIC)
    check_redirect(PUBLIC, "https://93.184.216.34/a")


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://93.184.216.34/x", "http:///x"])
def test_only_the_web_is_fetched(target: str) -> None:
    with pytest.raises(DownloadError, match="only http and https"):
        check_redirect(PUBLIC, target)


def test_user_password_and_query_are_not_shown() -> None:
    assert shown("https://me:secret@host:8443/a b.zip?token=x#y") == "https://host:8443/a b.zip"


def test_names_with_spaces_are_quoted_in_a_mirror() -> None:
    address = address_in_mirror("http://host/m/", "set", "two words.zip")
    assert address == "http://host/m/set/two%20words.zip"
