"""An expectation of our own: one column's sum as a share of another's."""

from typing import Any, ClassVar

import pandas as pd
from great_expectations.compatibility import pydantic
from great_expectations.core.metric_domain_types import MetricDomainTypes
from great_expectations.execution_engine import PandasExecutionEngine
from great_expectations.expectations.expectation import ColumnAggregateExpectation
from great_expectations.expectations.metrics.metric_provider import metric_value
from great_expectations.expectations.metrics.table_metric_provider import TableMetricProvider


class ColumnShareOfColumn(TableMetricProvider):
    """Sum of a column over the sum of another; None where the other sums to zero."""

    metric_name = "column.share_of_column"
    domain_keys = ("batch_id", "table", "column", "row_condition", "condition_parser")
    value_keys = ("of_column",)

    @metric_value(engine=PandasExecutionEngine)
    def _pandas(
        cls,  # noqa: N805 - the library makes it a class method
        execution_engine: PandasExecutionEngine,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        **_: object,
    ) -> float | None:
        frame, _compute, accessor = execution_engine.get_compute_domain(
            metric_domain_kwargs, domain_type=MetricDomainTypes.COLUMN
        )
        assert isinstance(frame, pd.DataFrame)
        whole = float(frame[metric_value_kwargs["of_column"]].sum())
        # a plain float: storing a result with a numpy bool in it fails
        return float(frame[accessor["column"]].sum()) / whole if whole else None


class ExpectColumnShareOfColumnToBeAtMost(ColumnAggregateExpectation):
    """Expect the sum of a column to be at most this share of another column's sum."""

    of_column: str = pydantic.Field(description="The column whose sum is the whole.")
    max_value: float = pydantic.Field(description="The largest share, 0 to 1.")

    metric_dependencies: ClassVar[tuple[str, ...]] = ("column.share_of_column",)
    success_keys: ClassVar[tuple[str, ...]] = ("of_column", "max_value")
    args_keys: ClassVar[tuple[str, ...]] = ("column", "of_column", "max_value")

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,
        execution_engine: object = None,
    ) -> dict[str, Any]:
        share = metrics["column.share_of_column"]
        within = share is not None and share <= self.max_value
        return {"success": within, "result": {"observed_value": share}}
