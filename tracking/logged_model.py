"""A bundle as a model in MLflow: with its code, its signature and what it needs installed."""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, cast

from configs.training import DecodingConfig
from storage.code import code_digests
from storage.files import read_json

if TYPE_CHECKING:
    import pandas as pd
    from mlflow import MlflowClient
    from mlflow.entities import LoggedModel
    from mlflow.models import ModelSignature

BUNDLE_TAG = "seqflow.bundle"
SERVING_HOUSES = ("models", "configs", "storage")
_ROOT = Path(__file__).parent.parent
_SERVED_MODEL = Path(__file__).parent / "served_model.py"


class Owner(NamedTuple):
    """The MLflow run a model belongs to."""

    experiment_id: str
    mlflow_run: str


class Interface(NamedTuple):
    """What goes into a served model and what comes out."""

    signature: "ModelSignature"
    example: "pd.DataFrame"


def logged_bundle(
    client: "MlflowClient", owner: Owner, *, bundle: Path, digest: str, name: str
) -> "LoggedModel":
    """Log the bundle as a model of the run, once.

    Everything goes through the client: MLflow's fluent functions would use and change the
    tracking address and the active run of the whole process.
    """
    from mlflow.entities import LoggedModelStatus

    known = client.search_logged_models(
        [owner.experiment_id],
        filter_string=f"source_run_id = '{owner.mlflow_run}' "
        f"AND tags.`{BUNDLE_TAG}` = '{digest}'",
    )
    whole = [model for model in known if model.status == LoggedModelStatus.READY]
    return whole[0] if whole else _log(client, owner, bundle=bundle, digest=digest, name=name)


def requirements() -> list[str]:
    """What serving imports, pinned to the versions at hand, without local version tags.

    `2.13.0+cpu` is on no package index; the index decides which build fits the machine.
    """
    _, versions = code_digests("tracking.served_model")
    return [f"{name}=={version.partition('+')[0]}" for name, version in versions.items()]


def interface(bundle: Path) -> Interface:
    """Signature and example of a bundle's model, from its config alone.

    Raises:
        ValueError: If the bundle solves a problem that is not served.
    """
    import pandas as pd
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, DataType, ParamSchema, ParamSpec, Schema, TensorSpec

    given: list[ColSpec | TensorSpec]
    asked: list[ParamSpec] = []
    config = cast("dict[str, object]", read_json(bundle / "config.json"))
    match config["problem"]:
        case "classification" | "events":
            taken = "text" if config["problem"] == "classification" else "events"
            labels = cast("list[str]", config["labels"])
            given = [
                ColSpec(DataType.string, "label"),
                ColSpec(DataType.double, "probability"),
                ColSpec(DataType.string, "flag"),
                *(ColSpec(DataType.double, f"probability_{label}") for label in labels),
            ]
        case "tagging":
            taken = "tokens"
            given = [ColSpec(DataType.string, "tags"), ColSpec(DataType.string, "flag")]
        case "language_modelling":
            taken = "text"
            given = [ColSpec(DataType.string, "continuation"), ColSpec(DataType.string, "flag")]
            own = DecodingConfig.model_validate(config["decoding"])
            asked = [
                ParamSpec("max_tokens", DataType.long, own.max_tokens),
                ParamSpec("temperature", DataType.double, own.temperature),
                ParamSpec("top_p", DataType.double, own.top_p),
                ParamSpec("seed", DataType.long, 0),
            ]
        case "translation":
            taken = "source"
            given = [ColSpec(DataType.string, "translation"), ColSpec(DataType.string, "flag")]
            own = DecodingConfig.model_validate(config["decoding"])
            asked = [
                ParamSpec("beam", DataType.long, own.beam_size),
                ParamSpec("max_tokens", DataType.long, own.max_tokens),
            ]
        case other:
            raise ValueError(
                f"a bundle for {other!r} cannot be served; this version serves "
                "classification, events, tagging, language modelling and translation"
            )
    signature = ModelSignature(
        inputs=Schema([ColSpec(DataType.string, taken)]),
        outputs=Schema(given),
        params=ParamSchema(asked) if asked else None,  # type: ignore[arg-type]  # its default
    )
    return Interface(signature, pd.DataFrame({taken: ["a first example", "and another one"]}))


def _log(
    client: "MlflowClient", owner: Owner, *, bundle: Path, digest: str, name: str
) -> "LoggedModel":
    from mlflow.entities import LoggedModelOutput

    model = client.create_logged_model(
        owner.experiment_id,
        name=name,
        source_run_id=owner.mlflow_run,
        tags={BUNDLE_TAG: digest},
        model_type="seqflow",
    )
    try:
        with tempfile.TemporaryDirectory(prefix="seqflow-model-") as folder:
            path = Path(folder) / "model"
            _save(path, bundle, owner=owner, model_id=model.model_id)
            client.log_model_artifacts(model.model_id, str(path))
    except BaseException:
        client.finalize_logged_model(model.model_id, "FAILED")
        raise
    client.log_outputs(owner.mlflow_run, [LoggedModelOutput(model.model_id, step=0)])
    return client.finalize_logged_model(model.model_id, "READY")


def _save(path: Path, bundle: Path, *, owner: Owner, model_id: str) -> None:
    import mlflow.pyfunc
    from mlflow.models import Model

    signature, example = interface(bundle)
    mlflow.pyfunc.save_model(
        path=str(path),
        python_model=str(_SERVED_MODEL),
        artifacts={"bundle": str(bundle)},
        code_paths=[str(_ROOT / house) for house in SERVING_HOUSES],
        signature=signature,
        input_example=example,
        pip_requirements=requirements(),
        mlflow_model=Model(run_id=owner.mlflow_run, model_id=model_id, model_uuid=model_id),
    )
