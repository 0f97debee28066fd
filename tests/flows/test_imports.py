"""What a flow's file imports is paid between a trigger and Running, and by every deployment."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
HEAVY = {
    "great_expectations",
    "mlflow",
    "numpy",
    "optuna",
    "pandas",
    "pyarrow",
    "sqlalchemy",
    "torch",
}


def test_no_flow_imports_what_only_its_steps_need() -> None:
    flows = ", ".join(f"flows.{path.stem}" for path in (ROOT / "flows").glob("[a-z]*.py"))
    heavy = {
        "torch",
        "pandas",
        "pyarrow",
        "numpy",
        "mlflow",
        "great_expectations",
        "sqlalchemy",
    }
    code = f"import sys, {flows}; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
