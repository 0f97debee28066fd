"""What the processes of the kill matrix have imported before they are forked."""

import importlib

for _name in (
    *("great_expectations", "mlflow.tracking", "sacrebleu", "sklearn.linear_model"),
    *("scipy.stats", "torch.optim", "torch._dynamo", "matplotlib.pyplot"),
    *("flows.retrain", "flows.train", "training.evaluation", "training.loop"),
):
    importlib.import_module(_name)
