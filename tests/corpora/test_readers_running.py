"""Running text comes in blocks that are the text again when put together."""

import io
from pathlib import Path

import pyarrow as pa
import pytest

from configs.data import LONGEST_BLOCK, DataConfig, OwnFile
from corpora.lines import line_blocks
from corpora.preprocess import build_tables
from corpora.readers import read_own_file
from corpora.readers_running import BLOCK_CHARACTERS, running_rows
from corpora.rows import Wanted
from corpora.tables import read_table

PARAGRAPH = "One line of it,\n  another one.\n\n"


def blocks_of(text: str) -> list[str]:
    lines = line_blocks(io.BytesIO(text.encode()), name="it")
    rows = list(running_rows(lines, Wanted({"text": "text"})))
    return pa.concat_arrays([each.columns["text"] for each in rows]).to_pylist()


def data(**settings: object) -> DataConfig:
    fixed = {
        "dataset": "mine",
        "problem": "language_modelling",
        "split": "position",
        "cleaning": {"drop_duplicates": False},
        "validation_share": 0.1,
        "test_share": 0.2,
    }
    return DataConfig.model_validate(fixed | settings)


def own(path: Path) -> OwnFile:
    return OwnFile(name=path.name, sha256="0" * 64, format="text")


def test_blocks_end_with_paragraphs_and_are_the_text_again() -> None:
    text = PARAGRAPH * 500
    blocks = blocks_of(text)
    assert "".join(blocks) == text
    assert all(block.endswith("\n\n") for block in blocks)
    assert all(BLOCK_CHARACTERS <= len(block) <= LONGEST_BLOCK for block in blocks[:-1])


@pytest.mark.parametrize("text", ["word " * 5_000, "x" * 9_000, "line\n" * 3_000])
def test_text_without_paragraphs_is_cut_all_the_same(text: str) -> None:
    blocks = blocks_of(text)
    assert "".join(blocks) == text if text.endswith("\n") else f"{text}\n"
    assert max(map(len, blocks)) <= LONGEST_BLOCK
    if " " in text:
        assert all(block[-1] in " \n" for block in blocks)


def test_rows_say_the_line_that_they_begin_in() -> None:
    text = "".join(f"{number}\n" if number % 3 else "\n" for number in range(1, 900))
    lines = line_blocks(io.BytesIO(text.encode()), name="it")
    for rows in running_rows(lines, Wanted({"text": "text"})):
        begins = [block.split("\n")[0] for block in rows.columns["text"].to_pylist()]
        assert begins == [str(line) for line in rows.lines.to_pylist()]


def test_a_text_shorter_than_a_block_is_one() -> None:
    assert blocks_of("No end") == ["No end\n"]


def test_the_end_is_test_and_nothing_is_lost_on_the_way(tmp_path: Path) -> None:
    lines = (f"Paragraph {number} says “something”.\n\n" for number in range(2_000))
    text = "".join(lines)
    raw = tmp_path / "raw"
    raw.mkdir()
    (raw / "it.txt").write_text(text, encoding="utf-8")
    facts = build_tables(raw, tmp_path / "tables", data(file=own(raw / "it.txt")))
    parts = {
        split: "".join(read_table(tmp_path / "tables" / split)["text"])
        for split in ("train", "validation", "test")
    }
    assert parts["train"] + parts["validation"] + parts["test"] == text
    assert len(parts["test"]) == pytest.approx(0.2 * len(text), abs=LONGEST_BLOCK)
    assert len(parts["validation"]) == pytest.approx(0.1 * len(text), abs=LONGEST_BLOCK)
    assert facts["dropped"] == {} or not any(facts["dropped"].values())


def test_lines_and_indents_stay_and_odd_signs_go(tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    raw.mkdir()
    verse = "  Beware\tthe \u00a0Jubjub  \r\nbird\u200b, and\n\n"
    (raw / "it.txt").write_bytes((verse * 2_000).encode())
    build_tables(raw, tmp_path / "tables", data(file=own(raw / "it.txt")))
    first = read_table(tmp_path / "tables" / "train")["text"][0]
    assert first.startswith("  Beware the  Jubjub\nbird, and\n\n")


def test_a_folder_is_read_in_the_order_of_its_names(tmp_path: Path) -> None:
    for name, text in (("b.txt", "second\n"), ("a.txt", "first\n")):
        (tmp_path / name).write_text(text, encoding="utf-8")
    chunks = read_own_file(tmp_path, own(tmp_path), columns={"text": "text"})
    assert [text for chunk in chunks for text in chunk.frame["text"]] == ["first\n", "second\n"]


@pytest.mark.parametrize(
    ("name", "characters", "illustrations"),
    [
        ("pg28885.txt.gz", 152_187, 28),
        ("12-0.txt", 164_208, 2),
        ("pg11.txt.gz", 144_589, 1),
        ("pg12.txt.gz", 164_227, 2),
    ],
)
def test_carroll_without_what_gutenberg_puts_around(
    name: str, characters: int, illustrations: int, real_data: Path
) -> None:
    path = real_data / "gutenberg-alice" / name
    chunks = list(read_own_file(path, own(path), columns={"text": "text"}))
    whole = "".join(text for chunk in chunks for text in chunk.frame["text"])
    assert len(whole) == characters
    assert "Gutenberg" not in whole
    assert "llustration" not in whole
    assert sum(chunk.skipped.get("illustrations", 0) for chunk in chunks) == illustrations
