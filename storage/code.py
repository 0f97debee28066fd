"""The digest of the code a step runs: its transitive imports, read from the syntax tree."""

import ast
import hashlib
import sys
from collections.abc import Iterator
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_ROOT = Path(__file__).parent.parent

HOUSES = frozenset(
    [
        "storage",
        "configs",
        "corpora",
        "models",
        "training",
        "data_checks",
        "tracking",
        "tasks",
        "flows",
        "cli",
    ]
)

OTHER_NAMES = {"sklearn": "scikit-learn", "yaml": "PyYAML"}
"""Distributions that are called otherwise than what one imports of them."""


def code_digests(*modules: str) -> tuple[dict[str, str], dict[str, str]]:
    """Digests of our files, and versions of the packages, that the modules can reach.

    Follows every import inside our houses, those within functions included, so that a
    changed helper is never missed; nothing is imported for it.

    Args:
        modules: Dotted names of the modules whose functions a step calls.

    Returns:
        sha256 by file (relative to the root), and version by distribution that those files
        import, both sorted.
    """
    reached = _reachable(modules)
    files = {name: _digest(_ROOT / name) for name in reached}
    tops = {top for name in reached for top in _outside_imports(_ROOT / name)}
    return dict(sorted(files.items())), _versions(tops)


def _reachable(modules: tuple[str, ...]) -> list[str]:
    """Files of the modules and of all our modules they import, relative to the root."""
    waiting = [path for module in modules if (path := _file_of(module))]
    seen: set[Path] = set()
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        waiting.extend(
            target
            for module in _imported_modules(path)
            if module.partition(".")[0] in HOUSES and (target := _file_of(module))
        )
    return sorted(path.relative_to(_ROOT).as_posix() for path in seen)


def _file_of(module: str) -> Path | None:
    base = _ROOT.joinpath(*module.split("."))
    for path in (base.with_suffix(".py"), base / "__init__.py"):
        if path.is_file():
            return path
    return None


@cache
def _imported_modules(path: Path) -> tuple[str, ...]:
    tree = ast.parse(path.read_bytes(), filename=str(path))
    return tuple(name for statement in _statements(tree) for name in _names(statement))


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """The statements below a node, without their expressions: a tenth of the tree."""
    for block in ("body", "orelse", "finalbody", "handlers", "cases"):
        for child in getattr(node, block, ()):
            yield child
            yield from _statements(child)


def _names(node: ast.AST) -> Iterator[str]:
    """Dotted names an import statement may load; `from a import b` yields a and a.b."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield alias.name
    elif isinstance(node, ast.ImportFrom) and node.module:
        yield node.module
        for alias in node.names:
            yield f"{node.module}.{alias.name}"


def _outside_imports(path: Path) -> set[str]:
    tops = {module.partition(".")[0] for module in _imported_modules(path)}
    return tops - HOUSES - sys.stdlib_module_names


@cache
def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _versions(tops: set[str]) -> dict[str, str]:
    names = sorted(OTHER_NAMES.get(top, top) for top in tops)
    return {name: found for name in names if (found := _version(name))}


@cache
def _version(distribution: str) -> str | None:
    try:
        return version(distribution)
    except PackageNotFoundError:  # an extra that is not installed
        return None
