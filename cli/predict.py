"""The predict command: one text, or a file of texts, through a registered model."""

from pathlib import Path
from typing import TYPE_CHECKING

from cli.console import console, print_json
from configs.settings import Settings, apply_safe_defaults
from storage.errors import InputError
from storage.files import Json
from storage.outputs import remember_output

if TYPE_CHECKING:
    from models.predictors import Predictor
    from tracking.bundles import RegisteredBundle


def run_predict(
    model: str,
    text: str,
    *,
    output: Path | None,
    text_column: str | None,
    version: str,
    as_json: bool,
) -> None:
    """Answer for the text; with an output, for every row of the file that `text` names."""
    settings = Settings.from_environment()
    found = _bundle(settings, model, version)
    if output is not None:
        from training.prediction import predict_table

        if not Path(text).is_file():
            raise InputError(f"--output goes with a file of texts, but there is no file {text}")
        done = predict_table(
            found.folder, Path(text), output, column=text_column, device=_device(settings)
        )
        remember_output(settings.home, output)
        console(as_json=as_json).print(f"  {done.rows:,} rows answered → {output}")
        if as_json:
            print_json({"rows": done.rows, "output": str(output), **_origin(found)})
        return
    from models.predictors import load_predictor

    answer = _answer(load_predictor(found.folder, _device(settings)), text)
    if as_json:
        print_json({**answer, **_origin(found)})
    else:
        console().print(_line(answer))


def _bundle(settings: Settings, model: str, version: str) -> "RegisteredBundle":
    apply_safe_defaults(settings)
    from tracking.bundles import registered_bundle
    from tracking.registry import registered_name
    from tracking.store import TrackingStore

    return registered_bundle(
        TrackingStore.from_settings(settings),
        registered_name(settings.registry_prefix, model),
        version,
        cache=settings.home / "bundles",
    )


def _device(settings: Settings) -> str:
    return settings.device if settings.device in ("cpu", "cuda") else "cpu"


def _answer(predictor: "Predictor", text: str) -> dict[str, Json]:
    from models.predictors import ClassificationPredictor

    if isinstance(predictor, ClassificationPredictor):
        label = predictor.predict([text])[0]
        return {
            "label": label.label,
            "probability": round(label.probability, 6),
            "flag": label.flag,
        }
    translation = predictor.predict([text])[0]
    return {"translation": translation.text, "flag": translation.flag}


def _line(answer: dict[str, Json]) -> str:
    flag = f"   ({answer['flag']})" if answer["flag"] else ""
    if "label" in answer:
        return f"{answer['label']} {answer['probability']:.2f}{flag}"
    return f"{answer['translation']}{flag}"


def _origin(found: "RegisteredBundle") -> dict[str, Json]:
    return {"model": found.version.name, "version": found.version.version}
