import copy
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from cli.deployments import POOL
from configs.shipped import preset_names

ROOT = Path(__file__).parents[2]
PREFECT_YAML = ROOT / "prefect.yaml"


def deployments() -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = yaml.safe_load(PREFECT_YAML.read_text())["deployments"]
    return entries


def strict_schema_of_prefect_yaml() -> dict[str, Any]:
    """Prefect's own model of the file, which ignores unknown keys, made to refuse them."""
    from prefect.cli.deploy._models import PrefectYamlModel

    schema = PrefectYamlModel.model_json_schema()
    schema["properties"]["definitions"] = {"type": "object"}
    for model in (schema, *schema["$defs"].values()):
        if "properties" in model:
            model["additionalProperties"] = False
    return schema


def test_prefect_yaml_has_no_unknown_key() -> None:
    content = yaml.safe_load(PREFECT_YAML.read_text())
    jsonschema.validate(content, strict_schema_of_prefect_yaml())


@pytest.mark.parametrize("place", ["file", "deployment", "schedule", "work pool"])
def test_the_lint_sees_a_misspelt_key(place: str) -> None:
    content = yaml.safe_load(PREFECT_YAML.read_text())
    deployment = content["deployments"][0]
    places = {
        "file": content,
        "deployment": deployment,
        "schedule": deployment["schedules"][0],
        "work pool": deployment["work_pool"],
    }
    places[place]["mispelt"] = "x"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(content, strict_schema_of_prefect_yaml())


def of_flow(name: str) -> list[dict[str, Any]]:
    return [entry for entry in deployments() if f"flows/{name}.py" in entry["entrypoint"]]


def test_every_preset_trains_monitors_retrains_and_predicts() -> None:
    for flow in ("train", "retrain", "monitor", "predict"):
        assert sorted(entry["name"] for entry in of_flow(flow)) == preset_names()
    for entry in deployments():
        if entry in of_flow("predict"):
            assert entry["parameters"]["prediction"] == {"model": entry["name"]}
        else:
            assert entry["parameters"]["experiment"] == {"preset": entry["name"]}
        assert entry["concurrency_limit"]["limit"] == 1
        assert entry["work_pool"]["name"] == POOL
        assert entry["description"]
        assert entry["name"] in entry["tags"]
    for entry in of_flow("train") + of_flow("monitor"):
        (schedule,) = entry["schedules"]
        assert schedule["cron"]
        assert schedule["timezone"]
        assert schedule["parameters"] == {"trigger": "schedule"}


def test_every_preset_retrains_when_an_event_of_its_own_asks() -> None:
    for entry in of_flow("retrain"):
        triggers = {trigger["expect"][0]: trigger for trigger in entry["triggers"]}
        assert set(triggers) == {
            "seqflow.data.changed",
            "seqflow.drift.detected",
            "seqflow.retrain.requested",
        }
        for event, trigger in triggers.items():
            own = f"seqflow.experiment.{entry['name']}"
            assert trigger["match"] == {"prefect.resource.id": own}
            assert trigger["within"] == 60
            drift = event == "seqflow.drift.detected"
            assert trigger["parameters"]["trigger"] == ("drift" if drift else "event")
            assert set(trigger["parameters"]) == {"trigger", "reason", "data_digest"}


@pytest.mark.parametrize(
    ("payload", "reason", "digest"),
    [
        ({"reason": 'a "word"\nor two', "data_digest": "ab12"}, 'a "word"\nor two', "ab12"),
        ({"reason": "a program's", "data_digest": None}, "a program's", ""),
        ({"reason": 7}, "7", ""),
        ({}, "an event asked for it", ""),
    ],
)
def test_an_event_that_says_less_starts_a_run_all_the_same(
    payload: dict[str, Any], reason: str, digest: str
) -> None:
    # what a template cannot render ends with the action: no run, and a line in a log alone
    for entry in of_flow("retrain"):
        for trigger in entry["triggers"]:
            found = rendered(trigger["parameters"], {"payload": payload})
            assert (found["reason"], found["data_digest"]) == (reason, digest)


def rendered(parameters: dict[str, Any], event: dict[str, Any]) -> dict[str, Any]:
    """The parameters of a run that this event starts, as Prefect's server makes them."""
    from prefect.server.events.actions import RunDeployment
    from prefect.utilities.schema_tools.hydration import HydrationContext, hydrate

    templates = copy.deepcopy(parameters)
    RunDeployment._upgrade_v1_templates(templates)
    context = HydrationContext(
        raise_on_error=True, render_jinja=True, jinja_context={"event": event}
    )
    return dict(hydrate(templates, context))


def test_the_deployments_carry_the_version_of_the_package() -> None:
    project = (ROOT / "pyproject.toml").read_text()
    assert {f'version = "{entry["version"]}"' in project for entry in deployments()} == {True}


def test_the_job_template_is_prefects_own_but_nobody_chooses_the_command() -> None:
    from prefect.workers.process import ProcessWorker

    ours = json.loads((ROOT / "cli" / "work_pool.json").read_text())
    theirs = copy.deepcopy(ProcessWorker.get_default_base_job_template())
    for name in ("command", "env", "working_dir"):
        del theirs["job_configuration"][name], theirs["variables"]["properties"][name]
    # named, it is started at once, without a workspace first
    theirs["job_configuration"]["command"] = "python -m flows.engine"
    theirs["variables"]["additionalProperties"] = False
    assert ours == theirs
