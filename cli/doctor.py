"""What is known to break on this machine, each finding with its cure."""

from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, requires, version

from packaging.requirements import Requirement

from cli.doctor_home import home_findings
from cli.findings import Finding
from cli.server_files import Server, ServerName, named_elsewhere, recalled
from cli.server_processes import LOOPBACK, answers, living, port_is_free
from cli.servers import PORTS
from configs.settings import Settings
from tracking.limits import without_password
from training.device import gpu_warning

_CONSEQUENCES: Mapping[str, str] = {
    "fastapi": "Prefect's server then refuses deployments, or does not start",
    "sqlalchemy": "Prefect's scheduler then creates no run, without a word",
}


def doctor(settings: Settings) -> list[Finding]:
    """Look at versions, device, ports, servers and the home; the blocking findings first."""
    findings = [
        *wrong_versions(requires("seqflow") or []),
        *_device(),
        *_taken_ports(settings),
        *_broken_servers(settings),
        *_named_servers(settings),
        *home_findings(settings),
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


def _named_servers(settings: Settings) -> Iterator[Finding]:
    """Servers of a person's own that do not answer."""
    names: dict[ServerName, str] = {
        "prefect": "PREFECT_API_URL",
        "mlflow": "MLFLOW_TRACKING_URI",
    }
    for name, variable in names.items():
        address = named_elsewhere(settings.home, variable)
        if address and not answers(name, address.removesuffix("/api")):
            yield Finding(
                f"{name} does not answer at {without_password(address)}",
                f"start it there, or unset {variable} to use this home's own",
            )


def _broken(settings: Settings, server: Server) -> str | None:
    if not server.alive:
        left = len(living(settings.home, server.name))
        return f"{server.name} (process {server.pid}) died; {left} of its processes still run"
    if server.name in PORTS and not answers(server.name, server.address):
        return f"{server.name} (process {server.pid}) does not answer at {server.address}"
    return None
