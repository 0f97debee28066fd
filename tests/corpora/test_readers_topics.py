"""Archives of documents by folder, and the Reuters news in SGML, on their published splits."""

import tarfile
from collections import Counter
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

import pandas as pd
import pytest

from configs.data import DataConfig
from corpora.own_files import adopt_own_file
from corpora.preprocess import build_tables
from corpora.readers import read_rows
from corpora.tables import read_table

POSTS = {
    f"20news-bydate-{split}/{group}/{number}": f"From: x\n\n{group} {number} caf\xe9 {split}\n"
    for split in ("train", "test")
    for group in ("rec.autos", "sci.med")
    for number in range(30)
}
NEWS = """<!DOCTYPE lewis SYSTEM "lewis.dtd">
<REUTERS TOPICS="YES" LEWISSPLIT="TRAIN" OLDID="1" NEWID="1">
<TOPICS><D>cocoa</D></TOPICS>
<TEXT>&#2;<TITLE>BEANS &amp; &lt;BUTTER></TITLE><BODY>Prices rose.
&#3;</BODY></TEXT></REUTERS>
<REUTERS TOPICS="YES" LEWISSPLIT="TEST" NEWID="2"><TOPICS><D>tin</D></TOPICS>
<TEXT><TITLE>TIN ONLY</TITLE></TEXT></REUTERS>
<REUTERS TOPICS="YES" LEWISSPLIT="TRAIN" NEWID="3"><TOPICS><D>tin</D><D>zinc</D></TOPICS>
<TEXT><BODY>two</BODY></TEXT></REUTERS>
<REUTERS TOPICS="YES" LEWISSPLIT="TRAIN" NEWID="4"><TOPICS></TOPICS></REUTERS>
<REUTERS TOPICS="NO" LEWISSPLIT="TRAIN" NEWID="5"><TOPICS><D>tin</D></TOPICS></REUTERS>
<REUTERS TOPICS="YES" LEWISSPLIT="NOT-USED" NEWID="6"><TOPICS><D>tin</D></TOPICS></REUTERS>
<REUTERS TOPICS="YES" LEWISSPLIT="TRAIN" NEWID="7"><TOPICS><D>wool</D></TOPICS></REUTERS>
"""


def packed(path: Path, contents: Mapping[str, bytes]) -> None:
    with tarfile.open(path, "w:gz") as archive:
        for name, content in contents.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, BytesIO(content))


def rows_of(raw: Path, data: DataConfig) -> tuple[pd.DataFrame, Counter[str]]:
    chunks = list(read_rows(raw, data))
    skipped: Counter[str] = Counter()
    for chunk in chunks:
        skipped.update(chunk.skipped)
    return pd.concat([chunk.frame for chunk in chunks]), skipped


def newsgroups(folder: Path, **settings: object) -> DataConfig:
    contents = {name: text.encode("latin-1") for name, text in POSTS.items()}
    packed(folder / "20news-bydate.tar.gz", {**contents, "20news-bydate-test/README": b"no"})
    values = {"dataset": "20newsgroups", "problem": "classification", "split": "published"}
    return DataConfig.model_validate({**values, **settings})


def test_the_folder_of_a_document_is_its_class(tmp_path: Path) -> None:
    rows, _ = rows_of(tmp_path, newsgroups(tmp_path))
    assert len(rows) == len(POSTS)
    assert dict(zip(rows["file"], rows["text"], strict=True)) == POSTS
    assert rows["label"].value_counts().to_dict() == {"rec.autos": 60, "sci.med": 60}


def test_parts_of_posts_are_taken_out_where_asked(tmp_path: Path) -> None:
    build_tables(tmp_path, tmp_path / "tables", newsgroups(tmp_path, remove=["headers"]))
    texts = read_table(tmp_path / "tables" / "test")["text"]
    assert texts.iloc[0] == "rec.autos 0 caf\xe9 test"
    assert not texts.str.contains("From").any()


def test_own_posts_in_folders_lose_the_same_parts(tmp_path: Path) -> None:
    for name, text in POSTS.items():
        path = tmp_path / "posts" / name.partition("/")[2].replace("/", f"/{name[14:16]}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.replace("\n", "\r\n").encode("latin-1"))
    file = adopt_own_file(tmp_path / "posts", own=tmp_path / "own", encoding="latin-1")
    values = {"dataset": "posts", "problem": "classification", "remove": ["headers"]}
    data = DataConfig.model_validate({**values, "file": file.model_dump()})
    build_tables(tmp_path / "own" / file.sha256, tmp_path / "tables", data)
    texts = pd.concat(
        read_table(tmp_path / "tables" / split)["text"]
        for split in ("train", "validation", "test")
    )
    assert len(texts) == len(POSTS)
    assert texts.str.fullmatch(r"(rec.autos|sci.med) \d+ caf\xe9 (train|test)").all()


def test_published_splits_stay_and_validation_comes_from_training(tmp_path: Path) -> None:
    build_tables(tmp_path, tmp_path / "tables", newsgroups(tmp_path))
    splits = {n: read_table(tmp_path / "tables" / n) for n in ("train", "validation", "test")}
    assert len(splits["test"]) == 60
    assert len(splits["train"]) + len(splits["validation"]) == 60
    assert len(splits["validation"]) > 0
    for name, rows in splits.items():
        published = "test" if name == "test" else "train"
        assert rows["text"].str.endswith(published).all()


def test_news_of_one_topic_come_on_the_modapte_split(tmp_path: Path) -> None:
    packed(tmp_path / "reuters21578.tar.gz", {"reut2-000.sgm": NEWS.encode("latin-1")})
    data = DataConfig(dataset="reuters", problem="classification", split="published")
    rows, skipped = rows_of(tmp_path, data)
    assert rows[["file", "line", "label"]].to_numpy().tolist() == [
        ["train/reut2-000.sgm", 2, "cocoa"],
        ["test/reut2-000.sgm", 6, "tin"],
    ]
    assert rows["text"].tolist() == ["BEANS & <BUTTER>\nPrices rose.\n ", "TIN ONLY"]
    assert skipped == {
        "documents of several topics": 1,
        "documents without a topic": 1,
        "documents outside the ModApte split": 2,
        "documents of a rare topic": 1,
    }


@pytest.mark.long
def test_the_real_newsgroups_are_as_counted(real_data: Path) -> None:
    data = DataConfig(dataset="20newsgroups", problem="classification", split="published")
    rows, _ = rows_of(real_data / "20newsgroups", data)
    of_split = rows["file"].str.split("/").str[0].value_counts()
    assert of_split.to_dict() == {"20news-bydate-train": 11_314, "20news-bydate-test": 7_532}
    assert rows["label"].nunique() == 20


def test_the_real_news_are_as_counted(real_data: Path) -> None:
    data = DataConfig(dataset="reuters", problem="classification", split="published")
    rows, skipped = rows_of(real_data / "reuters", data)
    assert sum(skipped.values()) + len(rows) == 21_578
    assert rows["label"].nunique() == 46
    assert skipped["documents outside the ModApte split"] == 21_578 - 9_603 - 3_299
