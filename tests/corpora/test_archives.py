"""Archives as streams: nothing leaves its place, nothing explodes, nothing hides."""

import gzip
import io
import os
import stat
import tarfile
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpora.archives import ArchiveLimits, open_gzip, open_members
from storage.errors import CorpusFormatError

SMALL = ArchiveLimits(members=5, total_bytes=200_000, ratio=50, grace_bytes=50_000)
TRAPS = [
    "../evil.txt",
    "good/../../evil.txt",
    "..\\evil.txt",
    "good\\..\\..\\evil.txt",
    "/etc/evil.txt",
    "\\\\host\\share\\evil.txt",
    "C:\\evil.txt",
    "c:evil.txt",
    "evil\n.txt",
]


def zip_of(path: Path, *members: tuple[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return path


def tar_of(path: Path, *members: tuple[str | tarfile.TarInfo, bytes]) -> Path:
    with tarfile.open(path, "w:gz" if path.suffix == ".gz" else "w") as archive:
        for name, data in members:
            entry = name if isinstance(name, tarfile.TarInfo) else tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return path


def read_all(path: Path, limits: ArchiveLimits = SMALL) -> dict[str, bytes]:
    return {m.name: m.stream.read() for m in open_members(path, limits=limits)}


@pytest.fixture(params=["zip", "tar", "tar.gz"])
def kind(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


def packed(tmp_path: Path, kind: str, *members: tuple[str, bytes]) -> Path:
    path = tmp_path / "inner" / f"corpus.{kind}"
    path.parent.mkdir(exist_ok=True)
    return zip_of(path, *members) if kind == "zip" else tar_of(path, *members)


def test_members_are_read_without_touching_the_disk(tmp_path: Path, kind: str) -> None:
    path = packed(tmp_path, kind, ("a/one.txt", b"one"), ("b/two.txt", b"two"))
    assert read_all(path) == {"a/one.txt": b"one", "b/two.txt": b"two"}
    assert list(tmp_path.rglob("*.txt")) == []


def test_wanted_members_are_found_by_name_without_folder(tmp_path: Path, kind: str) -> None:
    path = packed(tmp_path, kind, ("a/one.txt", b"one"), ("b/two.txt", b"two"))
    found = [(m.name, m.stream.read()) for m in open_members(path, ["two.txt"])]
    assert found == [("b/two.txt", b"two")]


def test_a_zip_gives_members_in_the_order_asked_for(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "x.zip", ("one.txt", b"1"), ("two.txt", b"2"))
    assert [m.name for m in open_members(path, ["two.txt", "one.txt"])] == [
        "two.txt",
        "one.txt",
    ]


def test_a_missing_member_is_told(tmp_path: Path, kind: str) -> None:
    path = packed(tmp_path, kind, ("one.txt", b"1"))
    with pytest.raises(CorpusFormatError, match=r"lacks '?two.txt"):
        list(open_members(path, ["two.txt"]))


@pytest.mark.parametrize("name", TRAPS)
def test_a_name_that_leads_elsewhere_is_refused(tmp_path: Path, kind: str, name: str) -> None:
    path = packed(tmp_path, kind, ("good.txt", b"good"), (name, b"evil"))
    with pytest.raises(CorpusFormatError, match="such an archive is not read"):
        read_all(path)
    assert [found.name for found in tmp_path.rglob("*") if found.is_file()] == [path.name]


def test_a_name_cut_by_a_zero_byte_is_refused(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "x.zip", ("goodXevil.txt", b"x"))
    path.write_bytes(path.read_bytes().replace(b"goodX", b"good\0"))
    with pytest.raises(CorpusFormatError, match="control character"):
        read_all(path)


@pytest.mark.parametrize(
    "kind_of_entry",
    [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE],
)
def test_links_and_devices_in_a_tar_are_refused(tmp_path: Path, kind_of_entry: bytes) -> None:
    entry = tarfile.TarInfo("innocent.txt")
    entry.type = kind_of_entry
    entry.linkname = "/etc/passwd"
    with pytest.raises(CorpusFormatError, match="is a link or a device"):
        read_all(tar_of(tmp_path / "x.tar", (entry, b"")))


def test_a_link_in_a_zip_is_refused(tmp_path: Path) -> None:
    entry = zipfile.ZipInfo("innocent.txt")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr(entry, "/etc/passwd")
    with pytest.raises(CorpusFormatError, match="is a link or a device"):
        read_all(tmp_path / "x.zip")


def test_a_bomb_is_defused_while_it_unpacks(tmp_path: Path, kind: str) -> None:
    path = packed(tmp_path, kind, ("bomb.txt", bytes(10_000_000)))
    read = 0
    with pytest.raises(CorpusFormatError, match="looks like a decompression bomb"):  # noqa: PT012
        for member in open_members(path, limits=SMALL):
            while block := member.stream.read(10_000):
                read += len(block)
    assert read <= SMALL.total_bytes


def test_members_within_their_limits_count_together(tmp_path: Path) -> None:
    noise = [(f"{n}.txt", b"t" + os.urandom(50_000)) for n in range(5)]
    with pytest.raises(CorpusFormatError, match=r"^x.zip unpacks to more than 200,000 bytes"):
        read_all(zip_of(tmp_path / "x.zip", *noise))


def test_too_many_members_are_refused(tmp_path: Path, kind: str) -> None:
    path = packed(tmp_path, kind, *((f"{n}.txt", b"x") for n in range(6)))
    with pytest.raises(CorpusFormatError, match="holds more than 5 members"):
        read_all(path)


def test_a_tar_header_that_unpacks_without_end_is_cut_off(tmp_path: Path) -> None:
    entry = tarfile.TarInfo("x.txt")
    entry.pax_headers = {"comment": "a" * 10_000_000}
    path = tmp_path / "x.tar.gz"
    with tarfile.open(path, "w:gz", format=tarfile.PAX_FORMAT) as archive:
        archive.addfile(entry, io.BytesIO(b""))
    with pytest.raises(CorpusFormatError, match="decompression bomb"):
        read_all(path)


INNER = {"zip": b"PK\x03\x04rest", "gzip": gzip.compress(b"x", mtime=0), "bzip2": b"BZh91AY&SY"}


@pytest.mark.parametrize("inner", INNER.values(), ids=INNER.keys())
def test_an_archive_inside_an_archive_is_not_read(
    tmp_path: Path, kind: str, inner: bytes
) -> None:
    path = packed(tmp_path, kind, ("looks_like.txt", inner))
    with pytest.raises(CorpusFormatError, match="is itself an archive"):
        read_all(path)


def test_an_encrypted_member_is_refused(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "x.zip", ("secret.txt", b"x"))
    data = bytearray(path.read_bytes())
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    with pytest.raises(CorpusFormatError, match="is encrypted"):
        read_all(path)


def test_two_members_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        path = zip_of(tmp_path / "x.zip", ("a.txt", b"1"), ("a.txt", b"2"))
    with pytest.raises(CorpusFormatError, match="two members of one name"):
        read_all(path)
    tar = tar_of(tmp_path / "x.tar", ("a.txt", b"1"), ("b/a.txt", b"2"))
    with pytest.raises(CorpusFormatError, match="more than once"):
        list(open_members(tar, ["a.txt"]))


def test_gzip_is_counted_too(tmp_path: Path) -> None:
    path = tmp_path / "x.gz"
    path.write_bytes(gzip.compress(b"one") + gzip.compress(b" two"))
    with open_gzip(path, limits=SMALL) as stream:
        assert stream.read() == b"one two"
    path.write_bytes(gzip.compress(bytes(10_000_000)))
    with (
        pytest.raises(CorpusFormatError, match="decompression bomb"),
        open_gzip(path, limits=SMALL) as stream,
    ):
        stream.read()


def test_a_truncated_gzip_is_told(tmp_path: Path) -> None:
    path = tmp_path / "x.gz"
    path.write_bytes(gzip.compress(bytes(range(256)) * 9)[:-9])
    with (
        pytest.raises(CorpusFormatError, match="x.gz is damaged"),
        open_gzip(path) as stream,
    ):
        stream.read()


@pytest.mark.parametrize("content", [b"", b"PK", b"PK\x03\x04", b"<html>", b"\x1f\x8b\x08"])
def test_what_is_no_archive_is_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(content)
    with pytest.raises(CorpusFormatError, match="x.zip is damaged"):
        read_all(path)


NAMES = st.from_regex(r"[a-z]{1,8}(/[a-z]{1,8}){0,2}\.txt", fullmatch=True)
MEMBERS = st.dictionaries(NAMES, st.binary(max_size=300).map(lambda b: b"t" + b), max_size=5)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("archives")


@settings(max_examples=40, deadline=None)
@given(members=MEMBERS, kind=st.sampled_from(["zip", "tar", "tar.gz"]))
def test_any_honest_archive_gives_back_what_went_in(
    folder: Path, members: dict[str, bytes], kind: str
) -> None:
    assert read_all(packed(folder, kind, *members.items())) == members


def test_an_index_that_points_before_the_file_is_told_as_damage(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "x.zip", ("a.txt", b"x"))
    content = bytearray(path.read_bytes())
    end = content.rindex(b"PK\x05\x06")
    content[end + 16 : end + 20] = b"\xff\xff\xff\x7f"
    path.write_bytes(content)
    with pytest.raises(CorpusFormatError, match="x.zip is damaged"):
        read_all(path)


@settings(max_examples=150, deadline=None)
@given(data=st.data(), kind=st.sampled_from(["zip", "tar", "tar.gz"]))
def test_a_damaged_archive_is_refused_or_read_but_never_crashes(
    folder: Path, data: st.DataObject, kind: str
) -> None:
    path = packed(folder, kind, ("a.txt", b"some text\n" * 20), ("b.txt", b"more"))
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    with suppress(CorpusFormatError):
        read_all(path)
