"""Writes the generated blocks of docs/architecture.md from the code: `python docs/architecture.py`.

The rooms and their imports come from the import graph (grimp), a room's sentence from its first
docstring line, and the ways from docs/ways.toml, each call checked against the code. The text
between the blocks is written by hand.
"""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections import defaultdict
from configparser import ConfigParser
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import grimp

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "architecture.md"
PACKAGES = ("features", "training", "serving")
BLOCK = re.compile(r"(<!-- (\w+):begin -->\n).*?(<!-- \2:end -->)", re.S)


@dataclass(frozen=True)
class Way:
    """One way through the code: its calls in order, and what is handed on by way of the disk.

    A call is (caller, callee), what is handed on (writer, reader, what).
    """

    name: str
    text: str
    calls: tuple[tuple[str, str], ...]
    handed_on: tuple[tuple[str, str, str], ...]


def written(page: str) -> str:
    """The page with its generated blocks as the code has them now."""
    return BLOCK.sub(lambda match: f"{match[1]}{blocks()[match[2]]}{match[3]}", page)


@cache
def blocks() -> dict[str, str]:
    """Each block's text by its name."""
    rooms = {package: _rooms(package) for package in PACKAGES}
    drawn = {way.name: _way(way) for way in ways()}
    return {"packages": _packages(), "contracts": _contracts(), **rooms, **drawn}


@cache
def imports() -> dict[str, frozenset[str]]:
    """Each module of the three packages, with the modules of them that it imports."""
    sys.path.insert(0, str(ROOT))
    graph = grimp.build_graph(*PACKAGES, cache_dir=None)
    sys.path.remove(str(ROOT))
    return {
        name: frozenset(graph.find_modules_directly_imported_by(name)) for name in graph.modules
    }


def edges(container: str = "") -> dict[str, set[str]]:
    """Which room of `container` imports which other of it; without one, which package which."""
    depth = container.count(".") + 2 if container else 1
    found: dict[str, set[str]] = defaultdict(set)
    for module, imported in imports().items():
        for other in imported:
            ends = [_room(name, container, depth) for name in (module, other)]
            if None not in ends and ends[0] != ends[1]:
                found[str(ends[0])].add(str(ends[1]))
    return found


def _room(module: str, container: str, depth: int) -> str | None:
    parts = module.split(".")
    inside = not container or module.startswith(f"{container}.")
    return ".".join(parts[:depth]) if inside and len(parts) >= depth else None


def rooms(package: str) -> list[str]:
    """Every folder of a package, and the modules that stand in its root, by name."""
    root = ROOT / package
    folders = [path.parent for path in root.rglob("__init__.py") if path.parent != root]
    modules = [path for path in root.glob("*.py") if path.name != "__init__.py"]
    paths = [path.relative_to(ROOT).with_suffix("") for path in [*folders, *modules]]
    return sorted(".".join(path.parts) for path in paths)


def sentence(module: str) -> str:
    """The first line of a module's docstring."""
    docstring = ast.get_docstring(tree(module)) or ""
    return docstring.partition("\n")[0]


def source(module: str) -> Path:
    """The file of a module."""
    path = ROOT / module.replace(".", "/")
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


@cache
def tree(module: str) -> ast.Module:
    return ast.parse(source(module).read_text("utf-8"))


def ways() -> list[Way]:
    """The ways of docs/ways.toml."""
    found = tomllib.loads((ROOT / "docs" / "ways.toml").read_text("utf-8"))["way"]
    return [
        Way(
            one["name"],
            one["text"].strip(),
            tuple(map(tuple, one["calls"])),
            tuple(map(tuple, one["handed_on"])),
        )
        for one in found
    ]


def function(name: str) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
    """The definition of `module:function` or `module:Class.method`, None if there is none."""
    module, _, path = name.partition(":")
    if not source(module).exists():
        return None
    node: ast.AST = tree(module)
    for part in path.split("."):
        inside = [own for own in ast.iter_child_nodes(node) if getattr(own, "name", None) == part]
        if not inside:
            return None
        node = inside[0]
    return node if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) else None


def calls(caller: str, callee: str) -> bool:
    """Whether the caller reaches the callee, in its body or by way of its module's private parts.

    A method may come with an object, so for it the name alone decides; of a function the caller's
    module must import the module too.
    """
    own, other = caller.partition(":")[0], callee.partition(":")[0]
    name = re.split(r"[:.]", callee)[-1]
    imported = own == other or other in imports()[own] or "." in callee.partition(":")[2]
    return imported and name in _names(caller)


def _names(caller: str) -> set[str]:
    """All names in a function, and in what of its module it names: private functions and tables."""
    module = caller.partition(":")[0]
    private = {
        name: node for name, node in _top(module).items() if name[0] == "_" or name.isupper()
    }
    node = function(caller)
    waiting: list[ast.AST] = [] if node is None else [node]
    seen = set[str]()
    while waiting:
        node_names = {
            getattr(one, "id", getattr(one, "attr", "")) for one in ast.walk(waiting.pop())
        }
        waiting += [private[name] for name in (node_names - seen) & set(private)]
        seen |= node_names
    return seen


def _top(module: str) -> dict[str, ast.AST]:
    """What a module defines, its classes' methods too, by name."""
    found: dict[str, ast.AST] = {}
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found[node.name] = node
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {one.id: node for one in targets if isinstance(one, ast.Name)}
    return found


def _packages() -> str:
    lines = [f'    {package}["{package}<br>{sentence(package)}"]' for package in PACKAGES]
    lines += [
        f"    {one} --> {other}"
        for one, others in sorted(edges().items())
        for other in sorted(others)
    ]
    return "\n".join(["```mermaid", "flowchart TD", *lines, "```", ""])


def _contracts() -> str:
    """The import contracts by their names, as import-linter checks them."""
    settings = ConfigParser()
    settings.read(ROOT / ".importlinter", "utf-8")
    names = [settings[section].get("name") for section in settings.sections()]
    return "".join(f"- {name}\n" for name in names if name)


def _rooms(package: str) -> str:
    found = edges(package)
    names = sorted({*found, *(other for others in found.values() for other in others)})
    picture = [f"    {_id(name)}[{_short(name, package)}]" for name in names]
    for room in names:
        kept = [other for other in sorted(found.get(room, ())) if not _implied(room, other, found)]
        picture += [f"    {_id(room)} --> {_id(other)}" for other in kept]
    table = ["| room | what it is | imports |", "|---|---|---|"]
    for room in rooms(package):
        within = [_short(other, package) for other in sorted(found.get(room, ()))]
        link = f"[{_short(room, package)}](../{source(room).relative_to(ROOT)})"
        table.append(f"| {link} | {sentence(room)} | {', '.join(within)} |")
    return "\n".join(["```mermaid", "flowchart TD", *picture, "```", "", *table, ""])


def _implied(room: str, other: str, found: dict[str, set[str]]) -> bool:
    """Whether `other` is also reached through another room that `room` imports."""
    waiting, seen = [one for one in found.get(room, ()) if one != other], set[str]()
    while waiting:
        one = waiting.pop()
        if one == other:
            return True
        if one not in seen:
            seen.add(one)
            waiting += found.get(one, ())
    return False


def _way(way: Way) -> str:
    names = list(dict.fromkeys(name for call in way.calls for name in call))
    place = {name: f"f{number}" for number, name in enumerate(names, 1)}
    lines = [
        f'    {place[name]}["{name.partition(":")[2]}<br><i>{name.partition(":")[0]}</i>"]'
        for name in names
    ]
    lines += [f"    {place[caller]} --> {place[callee]}" for caller, callee in way.calls]
    lines += [
        f"    {place[one]} -. {what} .-> {place[other]}" for one, other, what in way.handed_on
    ]
    steps = [_step(name) for name in names]
    return "\n".join([way.text, "", "```mermaid", "flowchart LR", *lines, "```", "", *steps, ""])


def _step(name: str) -> str:
    module, _, path = name.partition(":")
    node = function(name)
    said = ((node and ast.get_docstring(node)) or "").partition("\n")[0]
    link = f"[{module}.{path}](../{source(module).relative_to(ROOT)})"
    return f"- {link}" + (f": {said}" if said else "")


def _id(name: str) -> str:
    return re.sub(r"\W+", "_", name)


def _short(name: str, package: str) -> str:
    return name.removeprefix(f"{package}.").replace(".", "/")


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text("utf-8")), "utf-8")
