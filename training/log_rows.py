"""A log of events to predict: a sequence for each case, of what happened so far."""

from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa

from configs.data import DataConfig, OwnFile
from corpora.event_logs import log_columns
from corpora.readers import read_own_file
from corpora.rows import MissingColumn, RawChunk
from corpora.tables import PartWriter
from storage.errors import InputError
from training.row_sources import FetchedRows

_SCHEMA = pa.schema([(name, pa.large_string()) for name in ("case", "events", "gaps")])


@dataclass(frozen=True)
class LogRows:
    """A file that a model of a log is asked about.

    Attributes:
        plain: The file as a table.
        data: The model's data: names of columns, what gaps are.
    """

    plain: FetchedRows
    data: DataConfig

    def fetch(self, folder: Path) -> FetchedRows:
        """Its cases as a table of case, events and gaps; a file that is no log as it is.

        Raises:
            CorpusFormatError: If it is damaged, wrongly encoded, or holds no row.
            InputError: If a case cannot be read.
        """
        try:
            chunks = self._chunks()
        except MissingColumn:
            return self.plain.fetch(folder)
        rejected = pa.concat_tables([chunk.rejected for chunk in chunks])
        if len(rejected):
            first = rejected.slice(0, 1).to_pylist()[0]
            raise InputError(
                f"{len(rejected):,} cases or events of {self.plain.name} cannot be read; the "
                f"first, in line {first['line']}: {first['reason']}; mend or remove them"
            )
        folder.mkdir(parents=True, exist_ok=True)
        writer = PartWriter(folder, _SCHEMA)
        for chunk in chunks:
            writer.add(pa.Table.from_pandas(chunk.frame[_SCHEMA.names], preserve_index=False))
        writer.close()
        return replace(self.plain, path=folder, format="parquet", query=None, column="events")

    def _chunks(self) -> list[RawChunk]:
        plain = self.plain
        file = OwnFile(
            name=plain.name,
            sha256=plain.sha256,
            format=plain.format,
            query=plain.query,
            encoding=plain.encoding,
        )
        columns = {o: t for o, t in log_columns(self.data).items() if o != "label"}
        events = self.data.events.model_copy(update={"target": "label"})
        return list(read_own_file(plain.path, file, columns=columns, log=events))
