"""What racing processes have imported before they are forked."""

import importlib

for _name in (
    *(
        "mlflow.tracking",
        "mlflow.store.tracking.sqlalchemy_store",
        "prefect.client.orchestration",
    ),
    "mlflow.store.model_registry.sqlalchemy_store",
    *("training.answers", "training.comparison_page", "tests.tasks.races"),
):
    importlib.import_module(_name)
