"""What the processes of the kill matrix have imported before they are forked."""

__all__ = [
    *("cli", "data_checks", "flows", "great_expectations", "mlflow", "sacrebleu"),
    *("scipy", "sklearn", "torch", "training"),
]
