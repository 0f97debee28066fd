"""From a preset's archive to token ids, without a flow."""

import zipfile
from pathlib import Path

from configs.experiment import ExperimentConfig
from configs.settings import Settings
from corpora.download import fetch
from corpora.preprocess import build_tables
from training.encoding import encode


def prepare(
    experiment: ExperimentConfig, place: Path, *, first: int | None = None
) -> tuple[Path, Path]:
    """Folders of tables and of token ids.

    Args:
        experiment: What to prepare.
        place: Where `raw`, `tables` and `tokens` come.
        first: Keep so many lines of the archive's text, from its beginning; None: all.
    """
    settings = Settings.from_environment()
    raw, tables, tokens = (place / name for name in ("raw", "tables", "tokens"))
    for folder in (raw, tables, tokens):
        folder.mkdir()
    fetch(experiment.data, raw, cache=settings.home / "raw", mirror=settings.mirror)
    if first is not None:
        _keep_first(next(raw.glob("*.zip")), first)
    build_tables(raw, tables, experiment.data)
    encode(tables, tokens, data=experiment.data, text=experiment.text)
    return tables, tokens


def _keep_first(archive: Path, lines: int) -> None:
    """Write the archive anew with the first lines of its largest member alone."""
    with zipfile.ZipFile(archive) as packed:
        largest = max(packed.infolist(), key=lambda member: member.file_size).filename
        head = b"".join(packed.read(largest).splitlines(keepends=True)[:lines])
    archive.unlink()  # it may be a link into the cache
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr(largest, head)
