"""Reader of the Reuters-21578 news in their SGML, by the ModApte split.

https://archive.ics.uci.edu/dataset/137: a document is of the split that its `LEWISSPLIT`
names, if its topics were assigned (`TOPICS="YES"`). It is no XML: entities stand for control
signs, and some bytes are of no encoding; so it is read by patterns.
"""

import html
import re
from collections import Counter
from collections.abc import Collection, Iterator

import pyarrow as pa

from corpora.lines import Readable
from corpora.rows import Rows, Wanted, no_rejected_rows

_DOCUMENT = re.compile(r"<REUTERS(?P<attributes>[^>]*)>(?P<content>.*?)</REUTERS>", re.DOTALL)
_ATTRIBUTE = re.compile(r'(\w+)="([^"]*)"')
_TOPICS = re.compile(r"<TOPICS>(.*?)</TOPICS>", re.DOTALL)
_TOPIC = re.compile(r"<D>(.*?)</D>", re.DOTALL)
_TITLE = re.compile(r"<TITLE>(.*?)</TITLE>", re.DOTALL)
_BODY = re.compile(r"<BODY>(.*?)</BODY>", re.DOTALL)
_CONTROL_ENTITY = re.compile(r"&#\d+;")
SPLITS = {"TRAIN": "train", "TEST": "test"}


def reuters_rows(
    stream: Readable, wanted: Wanted, *, name: str, topics: Collection[str]
) -> Iterator[Rows]:
    """A row for each document of one topic; its file is `<split>/<member>`.

    Documents without a topic, with several or with another one, and those that the split leaves
    out, are skipped and counted.

    Args:
        stream: One SGML file.
        wanted: `text`, which is title and body, and `label`, the topic.
        name: The member's name.
        topics: Those that are read.
    """
    content = b"".join(iter(lambda: stream.read(2**20), b"")).decode("latin-1")
    texts, labels, files, starts = [], [], [], []
    skipped: Counter[str] = Counter()
    for found in _DOCUMENT.finditer(content):
        attributes = dict(_ATTRIBUTE.findall(found["attributes"]))
        split = SPLITS.get(attributes.get("LEWISSPLIT", ""))
        own = _TOPIC.findall("".join(_TOPICS.findall(found["content"])))
        reason = _reason(split, attributes.get("TOPICS"), own, topics)
        if reason or split is None:
            skipped[reason] += 1
            continue
        parts = _TITLE.findall(found["content"]) + _BODY.findall(found["content"])
        texts.append(html.unescape(_CONTROL_ENTITY.sub(" ", "\n".join(parts))))
        labels.append(own[0])
        files.append(f"{split}/{name}")
        starts.append(found.start())
    columns = {
        "text": pa.array(texts, pa.large_string()),
        "label": pa.array(labels, pa.large_string()),
    }
    yield Rows(
        {ours: columns[ours] for ours in wanted.columns},
        _line_numbers(content, starts),
        no_rejected_rows(),
        files=pa.array(files, pa.large_string()),
        skipped=skipped,
    )


def _reason(
    split: str | None, assigned: str | None, own: list[str], topics: Collection[str]
) -> str:
    """Why a document is skipped; empty where it is a row."""
    if split is None or assigned != "YES":
        return "documents outside the ModApte split"
    if not own:
        return "documents without a topic"
    if len(own) > 1:
        return "documents of several topics"
    return "" if own[0] in topics else "documents of a rare topic"


def _line_numbers(content: str, starts: list[int]) -> pa.Array:
    """Lines, from 1, in which these places stand; they rise."""
    numbers, line, before = [], 1, 0
    for start in starts:
        line += content.count("\n", before, start)
        numbers.append(line)
        before = start
    return pa.array(numbers, pa.int64())
