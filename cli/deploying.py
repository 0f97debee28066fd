"""Bring a Prefect server to what prefect.yaml says, sending only what changed.

`prefect deploy --all` does the same from nothing, at a good second for each deployment: it
makes the form of a flow's parameters three times and opens five connections every time.
"""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from cli.deployments import POOL, PrefectApi, detail, explained
from cli.prefect_file import PREFECT_FILE, ROOT, Schedule, Wanted, wanted_deployments
from configs.shipped import preset_names
from storage.code import HOUSES
from storage.errors import EnvironmentProblem
from storage.files import digest_of_json, file_digest, read_json, write_json

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas.actions import DeploymentScheduleCreate


@dataclass(frozen=True)
class Deployed:
    """What stands after a deploy, as flow/name, and what it took.

    Attributes:
        names: Everything that prefect.yaml names.
        sent: What was new, changed, or missing on the server.
        removed: What an earlier call had deployed and the file names no more.
    """

    names: tuple[str, ...]
    sent: tuple[str, ...]
    removed: tuple[str, ...]


@dataclass(frozen=True)
class _Sent:
    """A deployment as it was sent: its id, digests, and the slugs of its schedules."""

    id: str
    digest: str
    triggers: str
    schedules: tuple[str, ...]


@dataclass(frozen=True)
class _Record:
    """What was sent to which server, and from which files if that came to its end."""

    api: str
    source: str | None
    deployments: dict[str, _Sent]

    @classmethod
    def read(cls, path: Path, api: str) -> "_Record":
        """The record in the file; empty if it is of another server or of an earlier form."""
        content: Any = read_json(path) if path.is_file() else {}
        if content.get("api") != api or "deployments" not in content:
            return cls(api, None, {})
        sent = content["deployments"].items()
        return cls(api, content["source"], {name: _Sent(**fields) for name, fields in sent})


def ensure_deployments(api: PrefectApi, record: Path, file: Path = PREFECT_FILE) -> Deployed:
    """Deploy what the server does not have just so; remove what the file names no more.

    What a person paused or switched off stays so, and what others deployed is left alone.

    Args:
        api: The server.
        record: File that remembers what was deployed where.
        file: The prefect.yaml.

    Raises:
        InputError: If the file holds what only Prefect's own command understands.
        EnvironmentProblem: If the server refuses a deployment, or cannot be reached.
    """
    before, source = _Record.read(record, api.url), _source(file)
    with explained(api), api.client() as client:
        standing = _standing(client, before.deployments)
        if before.source == source and standing == before.deployments:
            return Deployed(tuple(standing), (), ())
        wanted = {one.name: one for one in wanted_deployments(file)}
        changed = [
            name
            for name, one in wanted.items()
            if name not in standing or standing[name].digest != one.digest
        ]
        gone = [name for name in standing if name not in wanted]
        _one_training_at_a_time(client, [wanted[name] for name in changed])
        now, flow_ids = dict(standing), dict[str, UUID]()
        try:
            for name in gone:
                _remove(client, UUID(standing[name].id))
                del now[name]
            for name in changed:
                now[name] = _send(client, wanted[name], standing.get(name), flow_ids)
        finally:
            done = now.keys() == wanted.keys()
            write_json(record, asdict(_Record(api.url, source if done else None, now)))
    return Deployed(tuple(wanted), tuple(changed), tuple(gone))


def _source(file: Path) -> str:
    """Digest of all that a deployment is made of, taken without importing a flow."""
    files = [file, *sorted(path for house in HOUSES for path in (ROOT / house).rglob("*.py"))]
    digests = {path.relative_to(ROOT).as_posix(): file_digest(path) for path in files[1:]}
    libraries = {name: version(name) for name in ("prefect", "pydantic")}
    return digest_of_json([file_digest(file), digests, preset_names(), libraries, str(ROOT)])


def _standing(
    client: "SyncPrefectClient", deployments: Mapping[str, _Sent]
) -> dict[str, _Sent]:
    """Those that the server still has; one small question as long as that is all of them."""
    ids = [sent.id for sent in deployments.values()]
    question = {"deployments": {"id": {"any_": ids}}}
    if client.request("POST", "/deployments/count", json=question).json() == len(ids):
        return dict(deployments)
    return {name: sent for name, sent in deployments.items() if _there(client, sent.id)}


def _there(client: "SyncPrefectClient", deployment: str) -> bool:
    from prefect.exceptions import ObjectNotFound

    try:
        client.read_deployment(deployment)
    except ObjectNotFound:
        return False
    return True


def _one_training_at_a_time(client: "SyncPrefectClient", wanted: Collection[Wanted]) -> None:
    """Limit each experiment's queue: its trainings, of whatever deployment, go in turn."""
    from prefect.client.schemas.filters import WorkQueueFilter, WorkQueueFilterName

    names = {name for one in wanted if (name := one.entry.work_pool.work_queue_name)}
    named = WorkQueueFilter(name=WorkQueueFilterName(any_=sorted(names)))
    there = client.read_work_queues(work_pool_name=POOL, work_queue_filter=named)
    for queue in there:
        if queue.concurrency_limit != 1:
            client.update_work_queue(queue.id, concurrency_limit=1)
    for name in sorted(names - {queue.name for queue in there}):
        client.create_work_queue(name, concurrency_limit=1, work_pool_name=POOL)


def _remove(client: "SyncPrefectClient", deployment: UUID) -> None:
    client.delete_resource_owned_automations(f"prefect.deployment.{deployment}")
    client.delete_deployment(deployment)


def _send(
    client: "SyncPrefectClient", wanted: Wanted, before: _Sent | None, flow_ids: dict[str, UUID]
) -> _Sent:
    """Create or update one deployment and its automations, as `prefect deploy` does."""
    known = UUID(before.id) if before else _id_on_server(client, wanted.name)
    with _refusal_of(wanted.name):
        if known is None:
            if wanted.flow not in flow_ids:
                flow_ids[wanted.flow] = client.create_flow_from_name(wanted.flow)
            deployment = _create(client, wanted, flow_ids[wanted.flow])
        else:
            deployment = known
            _update(client, wanted, deployment, before.schedules if before else ())
        if not (before and before.triggers == wanted.triggers_digest):
            _automate(client, wanted, deployment, replace=known is not None)
    schedules = tuple(schedule.slug for schedule in wanted.entry.schedules)
    return _Sent(str(deployment), wanted.digest, wanted.triggers_digest, schedules)


def _id_on_server(client: "SyncPrefectClient", name: str) -> UUID | None:
    """Id of a deployment that we have no record of."""
    from prefect.exceptions import ObjectNotFound

    try:
        return client.read_deployment_by_name(name).id
    except ObjectNotFound:
        return None


@contextmanager
def _refusal_of(name: str) -> Iterator[None]:
    from prefect.exceptions import PrefectHTTPStatusError

    try:
        yield
    except PrefectHTTPStatusError as problem:
        raise EnvironmentProblem(
            f"Prefect refuses to deploy {name}: {detail(problem.response)}"
        ) from problem


def _create(client: "SyncPrefectClient", wanted: Wanted, flow_id: UUID) -> UUID:
    return client.create_deployment(
        flow_id=flow_id,
        name=wanted.entry.name,
        schedules=[_new_schedule(schedule) for schedule in wanted.entry.schedules],
        path=None,
        enforce_parameter_schema=True,
        **_fields(wanted),
    )


def _update(
    client: "SyncPrefectClient", wanted: Wanted, deployment: UUID, slugs: Collection[str]
) -> None:
    """Send the deployment's present form, its schedules apart.

    Schedules that come with the form take the place of all others, a person's own too. One by
    one they leave those alone, and each keeps whether a person paused it.
    """
    from prefect.client.schemas.actions import DeploymentUpdate

    client.update_deployment(deployment, DeploymentUpdate(**_fields(wanted)))
    entries = {schedule.slug: schedule for schedule in wanted.entry.schedules}
    if not (entries or slugs):
        return
    standing = {
        schedule.slug: schedule.id
        for schedule in client.read_deployment_schedules(deployment)
        if schedule.slug
    }
    for slug, schedule in entries.items():
        if slug in standing:
            fields = _schedule_fields(schedule)
            client.update_deployment_schedule(deployment, standing[slug], **fields)
        else:
            client.create_deployment_schedules(deployment, [_new_schedule(schedule)])
    for slug in set(slugs) & standing.keys() - entries.keys():
        client.delete_deployment_schedule(deployment, standing[slug])


def _new_schedule(schedule: Schedule) -> "DeploymentScheduleCreate":
    from prefect.client.schemas.actions import DeploymentScheduleCreate

    return DeploymentScheduleCreate(**_schedule_fields(schedule))


def _fields(wanted: Wanted) -> dict[str, Any]:
    from prefect.client.schemas.objects import ConcurrencyOptions

    entry = wanted.entry
    return {
        "version": entry.version,
        "description": entry.description,
        "tags": list(entry.tags),
        "entrypoint": entry.entrypoint,
        "parameters": dict(entry.parameters),
        "parameter_openapi_schema": dict(wanted.form),
        "work_pool_name": entry.work_pool.name,
        "work_queue_name": entry.work_pool.work_queue_name,
        "concurrency_limit": entry.concurrency_limit.limit,
        "concurrency_options": ConcurrencyOptions(
            collision_strategy=entry.concurrency_limit.collision_strategy
        ),
        "pull_steps": wanted.pull_steps,
    }


def _schedule_fields(schedule: Schedule) -> dict[str, Any]:
    from prefect.client.schemas.schedules import CronSchedule

    active = {} if schedule.active is None else {"active": schedule.active}
    return {
        "schedule": CronSchedule(cron=schedule.cron, timezone=schedule.timezone),
        "slug": schedule.slug,
        "parameters": dict(schedule.parameters),
        **active,
    }


def _automate(
    client: "SyncPrefectClient", wanted: Wanted, deployment: UUID, *, replace: bool
) -> None:
    """Turn each trigger into an automation that the deployment owns."""
    from prefect.events import DeploymentTriggerTypes
    from pydantic import TypeAdapter

    if replace:
        client.delete_resource_owned_automations(f"prefect.deployment.{deployment}")
    read: TypeAdapter[DeploymentTriggerTypes] = TypeAdapter(DeploymentTriggerTypes)
    for number, given in enumerate(wanted.entry.triggers, start=1):
        name = f"{wanted.entry.name}__automation_{number}"
        trigger = read.validate_python({"name": name, **given})
        trigger.set_deployment_id(deployment)
        client.create_automation(trigger.as_automation())
