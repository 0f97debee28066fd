"""What the data behind a bundle was, read from the manifests of the steps that made it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self, cast

from configs.data import SPLITS
from corpora.tables import count_rows
from storage.files import Json
from storage.steps import read_manifest


@dataclass(frozen=True)
class Provenance:
    """The data of a run.

    Attributes:
        dataset: Its name; None where no manifest tells.
        splits: Rows by split.
        read: Rows read from the source; None where no manifest tells.
        rejected: Rows that could not be read.
        dropped: Rows dropped by each cleaning rule.
        split_by: Way and seed of the split; empty where no manifest tells.
        test_digest: sha256 of the test split; empty where no manifest tells.
        vocabulary: Words known, by side; the side of a single text is "text".
        unknown: Share of unknown words by split, 0 to 1.
        truncated: Share of texts cut by split, 0 to 1.
    """

    dataset: str | None
    splits: Mapping[str, int]
    read: int | None
    rejected: int
    dropped: Mapping[str, int]
    split_by: str
    test_digest: str
    vocabulary: Mapping[str, int]
    unknown: Mapping[str, float]
    truncated: Mapping[str, float]

    @classmethod
    def of(cls, tables: Path, tokens: Path) -> Self:
        """Read the manifests of the two folders, and count what they do not tell."""
        data, facts = _parameters(tables), _facts(tables)
        counted = _mapping(facts.get("rows"))
        encoded = _facts(tokens)
        words = encoded.get("vocabulary", {})
        return cls(
            dataset=cast("str | None", data.get("dataset")),
            splits={split: count_rows(tables / split) for split in SPLITS},
            read=cast("int | None", counted.get("read")),
            rejected=cast(int, counted.get("rejected", 0)),
            dropped=cast(Mapping[str, int], _mapping(facts.get("dropped"))),
            split_by=_split_by(data),
            test_digest=str(_mapping(facts.get("split_digests")).get("test", "")),
            vocabulary=cast(
                Mapping[str, int], words if isinstance(words, Mapping) else {"text": words}
            ),
            unknown=cast(Mapping[str, float], _mapping(encoded.get("unknown_share"))),
            truncated=cast(Mapping[str, float], _mapping(encoded.get("truncated_share"))),
        )

    def lines(self) -> list[str]:
        """The same as sentences, one each."""
        name = self.dataset or "the data"
        return [*self._source_lines(name), self._split_line(), *self._word_lines()]

    def _source_lines(self, name: str) -> list[str]:
        if self.read is None:
            return [f"Source: {name}."]
        dropped = ", ".join(f"{rule} {rows:,}" for rule, rows in self.dropped.items() if rows)
        return [
            f"Source: {name}, {self.read:,} rows read, {self.rejected:,} rejected, "
            f"{sum(self.dropped.values()):,} dropped{f' ({dropped})' if dropped else ''}."
        ]

    def _split_line(self) -> str:
        sizes = ", ".join(f"{split} {rows:,}" for split, rows in self.splits.items())
        digest = f"; test set {self.test_digest[:12]}" if self.test_digest else ""
        return f"Rows: {sizes}{self.split_by}{digest}."

    def _word_lines(self) -> list[str]:
        if not self.unknown:
            return []
        sizes = ", ".join(f"{side} {size:,}" for side, size in self.vocabulary.items())
        unknown = ", ".join(f"{split} {share:.1%}" for split, share in self.unknown.items())
        cut = ", ".join(f"{split} {share:.1%}" for split, share in self.truncated.items())
        return [
            f"Vocabulary: {sizes}.",
            f"Unknown words: {unknown}. Texts cut at the limit: {cut}.",
        ]


def _split_by(data: Mapping[str, Json]) -> str:
    match data.get("split"):
        case None:
            return ""
        case "hash":
            return f"; split by hash of the group, seed {data.get('split_seed')}"
        case way:
            return f"; {way} split"


def _facts(folder: Path) -> Mapping[str, Json]:
    return _mapping((read_manifest(folder) or {}).get("facts"))


def _parameters(folder: Path) -> Mapping[str, Json]:
    return _mapping((read_manifest(folder) or {}).get("parameters"))


def _mapping(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, Mapping) else {}
