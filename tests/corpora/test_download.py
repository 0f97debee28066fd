"""From the catalogue to checked files in the cache and in the step's folder."""

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from configs.data import DataConfig
from corpora.download import download_file, fetch
from corpora.own_files import adopt_own_file
from corpora.transfer import TransferLimits
from storage.errors import DownloadError, EnvironmentProblem, InputError
from storage.files import file_digest
from tests.corpora.scripted_server import ScriptedServer, content, status

BODY = os.urandom(100_000)
SHA256 = hashlib.sha256(BODY).hexdigest()
PAIRS = DataConfig(dataset="tatoeba-fra", problem="translation")
SENTENCES = DataConfig(dataset="sentiment-sentences", problem="classification")
ROOT = Path(__file__).parents[2]


def pairs_archive(path: Path, text: str = "Go.\tVa !\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(zipfile.ZipInfo("fra.txt"), text)
        archive.writestr(zipfile.ZipInfo("_about.txt"), "about")
    return path


def python(code: str, *arguments: object, **variables: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, **variables},
        text=True,
        stderr=subprocess.PIPE,
    )


FETCH = (
    "import sys; from pathlib import Path; from corpora.download import download_file;"
    "download_file(sys.argv[1], Path(sys.argv[2]), sha256=sys.argv[3])"
)
FETCH_PAIRS = (
    "import sys; from pathlib import Path; from configs.data import DataConfig;"
    "from corpora.download import fetch;"
    "fetch(DataConfig(dataset='tatoeba-fra', problem='translation'), Path(sys.argv[1]),"
    "cache=Path(sys.argv[2]), mirror=sys.argv[3])"
)


def test_a_file_with_the_right_digest_gets_its_name(
    server: ScriptedServer, tmp_path: Path
) -> None:
    download_file(server.script("/x", content(BODY)), tmp_path / "x.zip", sha256=SHA256)
    assert {path.name for path in tmp_path.iterdir()} == {"x.zip"}
    assert file_digest(tmp_path / "x.zip") == SHA256


def test_a_wrong_digest_puts_the_content_aside(server: ScriptedServer, tmp_path: Path) -> None:
    url = server.script("/x", content(BODY))
    with pytest.raises(DownloadError) as caught:
        download_file(url, tmp_path / "x.zip", sha256="0" * 64)
    assert {path.name for path in tmp_path.iterdir()} == {"x.zip.rejected"}
    assert SHA256 in str(caught.value)
    assert "0" * 64 in str(caught.value)


def test_a_login_page_is_recognised(server: ScriptedServer, tmp_path: Path) -> None:
    page = b"<!DOCTYPE html><html><head><title>Please\n log in</title></head></html>"
    url = server.script("/x", content(page, content_type="text/html"))
    with pytest.raises(DownloadError) as caught:
        download_file(url, tmp_path / "x.zip", sha256=SHA256)
    message = str(caught.value)
    assert "is a web page ('Please log in'), not the file" in message
    assert SHA256 in message
    assert hashlib.sha256(page).hexdigest() in message


def test_content_shorter_than_announced_is_not_taken(
    server: ScriptedServer, tmp_path: Path
) -> None:
    url = server.script("/x", content(BODY, drop_after=10, etag=None))
    limits = TransferLimits(attempts=2, first_wait_seconds=0.01)
    with pytest.raises(DownloadError, match="failed 2 times"):
        download_file(url, tmp_path / "x.zip", limits=limits)
    assert not (tmp_path / "x.zip").exists()


@pytest.mark.parametrize(
    "fault", ["download.write:kill@1", "download.write:kill@2", "download.rename:kill"]
)
def test_a_kill_leaves_no_half_file_and_the_next_call_ends_it(
    server: ScriptedServer, tmp_path: Path, fault: str
) -> None:
    url = server.script("/x", content(BODY))
    target = tmp_path / "x.zip"
    killed = python(FETCH, url, target, SHA256, SEQFLOW_FAULT=fault)
    killed.communicate()
    assert killed.returncode == -9
    assert not target.exists()
    download_file(url, target, sha256=SHA256)
    assert {path.name for path in tmp_path.iterdir()} == {"x.zip"}


def test_two_processes_fetch_a_file_once(server: ScriptedServer, tmp_path: Path) -> None:
    archive = pairs_archive(tmp_path / "fra-eng.zip").read_bytes()
    server.script("/tatoeba-fra/fra-eng.zip", content(archive))
    both = [
        python(FETCH_PAIRS, tmp_path / f"step{n}", tmp_path / "raw", server.url) for n in (1, 2)
    ]
    for process in both:
        _, errors = process.communicate()
        assert process.returncode == 0, errors
    assert len(server.requests) == 1
    for number in (1, 2):
        assert (tmp_path / f"step{number}/fra-eng.zip").read_bytes() == archive


def test_the_second_fetch_needs_no_source(tmp_path: Path) -> None:
    pairs_archive(tmp_path / "mirror/tatoeba-fra/fra-eng.zip")
    mirror, cache = str(tmp_path / "mirror"), tmp_path / "raw"
    first = fetch(PAIRS, tmp_path / "one", cache=cache, mirror=mirror)
    shutil.rmtree(mirror)
    assert fetch(PAIRS, tmp_path / "two", cache=cache, mirror=mirror) == first
    assert first["files"] == ["fra-eng.zip"]


def test_a_changed_source_is_refused_until_its_pin_is_removed(tmp_path: Path) -> None:
    mirror, cache = tmp_path / "mirror", tmp_path / "raw"
    published = mirror / "tatoeba-fra/fra-eng.zip"
    old = file_digest(pairs_archive(published))
    fetch(PAIRS, tmp_path / "one", cache=cache, mirror=str(mirror))
    new = file_digest(pairs_archive(published, "Hi.\tSalut !\n"))
    (cache / "tatoeba-fra/fra-eng.zip").unlink()
    with pytest.raises(DownloadError) as caught:
        fetch(PAIRS, tmp_path / "two", cache=cache, mirror=str(mirror))
    pin = cache / "tatoeba-fra/fra-eng.zip.pin.json"
    assert f"sha256 {new} instead of {old}" in str(caught.value)
    assert f"remove {pin}" in str(caught.value)
    assert not (cache / "tatoeba-fra/fra-eng.zip").exists()
    pin.unlink()
    fetch(PAIRS, tmp_path / "two", cache=cache, mirror=str(mirror))
    assert file_digest(tmp_path / "two/fra-eng.zip") == new


def test_a_damaged_cache_is_put_aside_and_fetched_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    mirror, cache = tmp_path / "mirror", tmp_path / "raw"
    good = file_digest(pairs_archive(mirror / "tatoeba-fra/fra-eng.zip"))
    fetch(PAIRS, tmp_path / "one", cache=cache, mirror=str(mirror))
    cached = cache / "tatoeba-fra/fra-eng.zip"
    damaged = bytearray(cached.read_bytes())
    damaged[40] ^= 1
    cached.write_bytes(damaged)
    fetch(PAIRS, tmp_path / "two", cache=cache, mirror=str(mirror))
    assert file_digest(tmp_path / "two/fra-eng.zip") == good
    assert "was damaged" in caplog.text


def test_an_archive_without_the_promised_member_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mirror/tatoeba-fra/fra-eng.zip"
    path.parent.mkdir(parents=True)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("deu.txt", "Go.\tGeh.\n")
    with pytest.raises(DownloadError, match=r"lacks 'fra.txt'; it holds deu.txt"):
        fetch(PAIRS, tmp_path / "step", cache=tmp_path / "raw", mirror=str(path.parents[1]))


def test_members_of_a_rebuilt_archive_must_have_their_digests(tmp_path: Path) -> None:
    path = tmp_path / "mirror/sentiment-sentences/sentiment labelled sentences.zip"
    path.parent.mkdir(parents=True)
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("amazon_cells", "imdb", "yelp"):
            archive.writestr(f"s/{name}_labelled.txt", "Fake.\t1\n")
    with pytest.raises(DownloadError, match=r"holds amazon_cells_labelled.txt with sha256"):
        fetch(SENTENCES, tmp_path / "s", cache=tmp_path / "raw", mirror=str(path.parents[1]))


def test_the_real_sentences_pass_over_a_mirror_server(
    server: ScriptedServer, real_data: Path, tmp_path: Path
) -> None:
    name = "sentiment labelled sentences.zip"
    body = (real_data / "sentiment-sentences" / name).read_bytes()
    server.script("/m/sentiment-sentences/sentiment%20labelled%20sentences.zip", content(body))
    facts = fetch(SENTENCES, tmp_path / "s", cache=tmp_path / "raw", mirror=f"{server.url}/m/")
    assert facts == {
        "description": f"{name}, {len(body):,} bytes",
        "bytes": len(body),
        "files": [name],
    }


def test_a_mirror_folder_without_the_file_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentProblem, match=r"has no tatoeba-fra/fra-eng.zip; put it"):
        fetch(PAIRS, tmp_path / "s", cache=tmp_path / "raw", mirror=str(tmp_path / "nowhere"))


def test_a_mirror_server_without_the_file_names_the_address(
    server: ScriptedServer, tmp_path: Path
) -> None:
    server.script("/tatoeba-fra/fra-eng.zip", status(404))
    with pytest.raises(DownloadError, match=r"/tatoeba-fra/fra-eng.zip answers HTTP 404"):
        fetch(PAIRS, tmp_path / "s", cache=tmp_path / "raw", mirror=server.url)


def test_generated_data_needs_neither_cache_nor_network(tmp_path: Path) -> None:
    data = DataConfig(dataset="generated-reviews", problem="classification", rows=60)
    facts = fetch(data, tmp_path / "s", cache=tmp_path / "raw", mirror=None)
    assert facts["files"] == [path.name for path in (tmp_path / "s").iterdir()]
    assert not (tmp_path / "raw").exists()


def test_rows_to_generate_do_not_go_with_fetched_data(tmp_path: Path) -> None:
    data = PAIRS.model_copy(update={"rows": 60})
    with pytest.raises(InputError, match=r"data.rows=60 .* use data.limit=60"):
        fetch(data, tmp_path / "s", cache=tmp_path / "raw", mirror=None)


def test_a_dataset_of_another_problem_is_refused(tmp_path: Path) -> None:
    data = PAIRS.model_copy(update={"problem": "classification"})
    with pytest.raises(InputError, match="tatoeba-fra is made for translation"):
        fetch(data, tmp_path / "s", cache=tmp_path / "raw", mirror=None)


def test_own_data_comes_from_the_home_folder(tmp_path: Path) -> None:
    given = tmp_path / "reviews.csv"
    given.write_text("text,label\nfine,1\n")
    file = adopt_own_file(given, own=tmp_path / "home/own")
    given.unlink()
    data = DataConfig(dataset="reviews", problem="classification", file=file)
    facts = fetch(data, tmp_path / "s", cache=tmp_path / "home/raw", mirror=None)
    assert (tmp_path / "s/reviews.csv").read_text() == "text,label\nfine,1\n"
    assert facts["bytes"] == 18
