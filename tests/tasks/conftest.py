"""The variables a command sets before MLflow is imported, for this house's tests too."""

from tests.tracking.conftest import safe_environment

__all__ = ["safe_environment"]
