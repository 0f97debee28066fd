"""Whether a fetched file is the one the catalogue describes."""

import hashlib
import re
from pathlib import Path
from typing import NamedTuple

from corpora.archives import open_members
from corpora.entries import RemoteFile
from storage.errors import CorpusFormatError


class Pin(NamedTuple):
    """The digest of a changing source at its first use, and the file that keeps it."""

    sha256: str
    path: Path


def problem_with(path: Path, file: RemoteFile, *, digest: str, pin: Pin | None) -> str | None:
    """Why the content is not what was asked for, to follow its name in a message.

    Args:
        path: The content as it arrived.
        file: What the catalogue says of it.
        digest: sha256 of the content.
        pin: What it was before, for a source that changes over time.

    Returns:
        None when it is the right file.
    """
    page = _web_page_title(path)
    if page is not None and not file.name.endswith((".html", ".htm")):
        return (
            f"is a web page ({page!r}), not the file: sha256 {digest} instead of "
            f"{file.sha256 or (pin and pin.sha256) or 'an archive'}; open the address in a "
            "browser, get the file, and put it into a mirror folder (SEQFLOW_MIRROR)"
        )
    if file.sha256 is not None and digest != file.sha256:
        return (
            f"has sha256 {digest} instead of {file.sha256}: it was damaged on the way or "
            "replaced at its source; try again, or use a mirror (SEQFLOW_MIRROR)"
        )
    if pin is not None and digest != pin.sha256:
        return (
            f"has changed since it was first used: sha256 {digest} instead of {pin.sha256}; "
            f"to accept the new edition remove {pin.path} (splits and scores will differ)"
        )
    return _member_problem(path, file)


def _web_page_title(path: Path) -> str | None:
    with path.open("rb") as file:
        start = file.read(4096)
    bare = start.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if not bare.startswith((b"<!doctype html", b"<html")):
        return None
    title = re.search(rb"<title[^>]*>(.*?)</title>", start, re.DOTALL | re.IGNORECASE)
    words = title[1].decode("utf-8", "replace").split() if title else []
    return " ".join(words)[:80] or "without a title"


def _member_problem(path: Path, file: RemoteFile) -> str | None:
    """Read the members to their end, which checks them, and compare their digests."""
    if not file.members:
        return None
    try:
        members = open_members(path, [member.name for member in file.members])
        for member, pinned in zip(members, file.members, strict=False):
            found = hashlib.file_digest(member.stream, "sha256").hexdigest()
            if pinned.sha256 not in (None, found):
                return f"holds {pinned.name} with sha256 {found} instead of {pinned.sha256}"
    except CorpusFormatError as error:
        return f"cannot be read: {error}"
    return None
