"""Which addresses a download may be sent to, and how an address is shown."""

import ipaddress
import socket
from urllib.parse import quote, urlsplit, urlunsplit

from storage.errors import DownloadError


def shown(url: str) -> str:
    """The address without user, password and query: fit for a message or a file."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def address_in_mirror(base: str, dataset: str, file_name: str) -> str:
    """Where a mirror server keeps a dataset's file."""
    return f"{base.rstrip('/')}/{quote(dataset)}/{quote(file_name)}"


def check_redirect(origin: str, target: str) -> None:
    """Refuse a redirect that leaves the web, the encryption, or the public network.

    Args:
        origin: Absolute address that answered with the redirect.
        target: Absolute address it points to.

    Raises:
        DownloadError: If the target is no http(s) address, is http after https, or is a
            private address named by a public one.
    """
    old, new = urlsplit(origin), urlsplit(target)
    if new.scheme not in ("http", "https") or not new.hostname:
        reason = f"{new.scheme}:// is not fetched, only http and https"
    elif old.scheme == "https" and new.scheme == "http":
        reason = "it gives up encryption"
    elif _is_private(new.hostname) and not _is_private(old.hostname or ""):
        reason = "a public address must not name a private one"
    else:
        return
    raise DownloadError(
        f"{shown(origin)} redirects to {shown(target)}: refused, {reason}; "
        "get the file by hand and put it into a mirror folder (SEQFLOW_MIRROR)"
    )


def _is_private(host: str) -> bool:
    """Whether any address of the host lies outside the public network.

    A name that cannot be resolved counts as public: behind a proxy only the proxy knows it.
    """
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return False
    addresses = (str(entry[4][0]).partition("%")[0] for entry in found)
    return not all(ipaddress.ip_address(address).is_global for address in addresses)
