"""What is known to break on this machine, each finding with its cure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version

from packaging.requirements import Requirement

from cli.server_files import Server, recalled
from cli.server_processes import LOOPBACK, living, port_is_free
from cli.servers import PORTS, answers
from configs.settings import Settings
from storage.journal import run_states
from training.device import gpu_warning

_CONSEQUENCES: Mapping[str, str] = {
    "fastapi": "Prefect's server then refuses deployments, or does not start",
    "sqlalchemy": "Prefect's scheduler then creates no run, without a word",
}


@dataclass(frozen=True)
class Finding:
    """Something that breaks, or will surprise.

    Attributes:
        problem: What was seen.
        cure: What to do.
        blocking: Whether something will not work until then.
    """

    problem: str
    cure: str
    blocking: bool = True


def doctor(settings: Settings) -> list[Finding]:
    """Look at versions, device, ports, servers and runs; the blocking findings first."""
    findings = [
        *wrong_versions(requires("seqflow") or []),
        *_device(),
        *_taken_ports(settings),
        *_broken_servers(settings),
        *_orphaned_runs(settings),
    ]
    return sorted(findings, key=lambda finding: not finding.blocking)


def wrong_versions(requirements: list[str]) -> Iterator[Finding]:
    """Packages that are not what the requirements, by default seqflow's own, ask for."""
    for requirement in map(Requirement, requirements):
        if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
            continue
        found = _installed(requirement.name)
        if found is None or not requirement.specifier.contains(found, prereleases=True):
            consequence = _CONSEQUENCES.get(requirement.name.lower(), "this was never tried")
            wanted = f"{requirement.name}{requirement.specifier}"
            yield Finding(
                f"{requirement.name} is {found or 'absent'}, not {wanted}: {consequence}",
                f"pip install '{wanted}'",
            )


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _device() -> Iterator[Finding]:
    """A GPU that PyTorch cannot use."""
    if warning := gpu_warning():
        problem, _, cure = warning.partition("; ")
        yield Finding(problem, cure, blocking=False)


def _taken_ports(settings: Settings) -> Iterator[Finding]:
    ours = {server.address for server in recalled(settings.home) if server.alive}
    for name, port in PORTS.items():
        if f"http://{LOOPBACK}:{port}" not in ours and not port_is_free(port):
            yield Finding(
                f"port {port} is taken by another program",
                f"none is needed, seqflow up gives {name} the next free port; "
                f"to see who has it: lsof -i :{port}",
                blocking=False,
            )


def _broken_servers(settings: Settings) -> Iterator[Finding]:
    for server in recalled(settings.home):
        if problem := _broken(settings, server):
            yield Finding(problem, "seqflow up starts it again; seqflow down cleans up")


def _broken(settings: Settings, server: Server) -> str | None:
    if not server.alive:
        left = len(living(settings.home, server.name))
        return f"{server.name} (process {server.pid}) died; {left} of its processes still run"
    if server.name in PORTS and not answers(server.name, server.address):
        return f"{server.name} (process {server.pid}) does not answer at {server.address}"
    return None


def _orphaned_runs(settings: Settings) -> Iterator[Finding]:
    for run in run_states(settings.home):
        if run.status is None and not run.alive:
            yield Finding(
                f"run {run.folder.name} of {run.experiment} was killed and never closed",
                f"seqflow train {run.experiment} goes on with it, seqflow sync closes it",
                blocking=False,
            )
