"""New running text is read as training text is: it has no answers beside it."""

from pathlib import Path

from configs.data import Columns, DataConfig, OwnFile
from corpora.new_rows import read_new_rows


def test_new_running_text_has_one_column(tmp_path: Path) -> None:
    path = tmp_path / "more.txt"
    path.write_text("A new chapter.\n\n" * 100, encoding="utf-8")
    own = OwnFile(name=path.name, sha256="0" * 64, format="text")
    data = DataConfig.model_validate(
        {
            "dataset": "gutenberg-alice",
            "problem": "language_modelling",
            "split": "position",
            "cleaning": {"drop_duplicates": False},
        }
    )
    chunks = list(read_new_rows(path, own, data=data, columns=Columns()))
    assert "".join(text for chunk in chunks for text in chunk.frame["text"]) == path.read_text()
