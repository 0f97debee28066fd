"""Great Expectations at work: one run's context, one suite per frame, and its Data Docs."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import great_expectations as gx
import pandas as pd
from great_expectations.core import ExpectationValidationResult
from great_expectations.data_context.store.store import DataDocsSiteConfigTypedDict
from great_expectations.data_context.types.base import (
    DataContextConfig,
    InMemoryStoreBackendDefaults,
    ProgressBarsConfig,
)

from data_checks.checks import Check
from data_checks.data_docs import publish
from data_checks.findings import Finding, Findings


class Gate:
    """A context that lives for one run; each frame is validated once, by one suite."""

    def __init__(self) -> None:
        in_memory = DataContextConfig(
            store_backend_defaults=InMemoryStoreBackendDefaults(),
            progress_bars=ProgressBarsConfig(globally=False),
        )
        self.context = gx.get_context(mode="ephemeral", project_config=in_memory)
        self.source = self.context.data_sources.add_pandas("tables")

    def findings(
        self, name: str, frame: pd.DataFrame, checks: Sequence[Check]
    ) -> list[Finding]:
        """Validate a frame and say what came out, in the order of the checks.

        Args:
            name: The frame's name, and its page's in the Data Docs.
            frame: Only the columns the checks need: every run fingerprints the whole frame.
            checks: The suite.
        """
        rules = [check.expectation for check in checks]
        suite = self.context.suites.add(gx.ExpectationSuite(name=name, expectations=rules))
        asset = self.source.add_dataframe_asset(name)
        whole = asset.add_batch_definition_whole_dataframe("whole")
        definition = gx.ValidationDefinition(name=name, data=whole, suite=suite)
        checkpoint = gx.Checkpoint(
            name=name,
            validation_definitions=[self.context.validation_definitions.add(definition)],
            result_format="SUMMARY",  # COMPLETE takes 20 s for half a million failing rows
        )
        run = self.context.checkpoints.add(checkpoint).run({"dataframe": frame})
        (validated,) = run.run_results.values()
        results = {_of(result): result for result in validated.results}  # in no order
        return [check.finding(results[check.name, check.split], frame) for check in checks]

    def write_data_docs(self, folder: Path, findings: Findings) -> None:
        """Write a page per frame and an index, readable without a network."""
        with tempfile.TemporaryDirectory() as built:
            site_config = cast(DataDocsSiteConfigTypedDict, _site(Path(built)))
            self.context.add_data_docs_site("gate", site_config)
            # once for all frames: UpdateDataDocsAction would build the site again after each
            self.context.build_data_docs(["gate"])
            publish(Path(built), folder, findings)


def _of(result: ExpectationValidationResult) -> tuple[str, str]:
    """Name and split of the check whose rule this result is of."""
    assert result.expectation_config is not None
    meta = result.expectation_config.meta or {}
    return meta["check"], meta["split"]


def _site(folder: Path) -> dict[str, object]:
    return {
        "class_name": "SiteBuilder",
        "show_how_to_buttons": False,
        "store_backend": {
            "class_name": "TupleFilesystemStoreBackend",
            "base_directory": str(folder),
        },
        "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
        "site_section_builders": {"expectations": "None", "profiling": "None"},
    }
