"""House rules about files: what no file may hold, where modules stand, what tests them.

The patterns are put together from parts, so that this file does not break its own rules.
"""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LARGEST_FILE_BYTES = 1_000_000
PACKAGES = ("features", "training", "serving")
MAX_MODULES = 10
MIGRATIONS = "serving/database/migrations"  # run by Alembic, one step a file
TWINS = "tests/twins.toml"
NONE = "none: "

FOLDERS_OF_ONE_MACHINE = "|".join(("home", "root", "work", "Users", "opt"))
FORBIDDEN = {
    # A name must follow, and none may precede: `/home/` in .gitignore is a folder of ours.
    "a path of one machine": rf"(?<![\w.~$}}>)*-])/(?:{FOLDERS_OF_ONE_MACHINE})/\w",
    "a path of a temporary build": r"/tmp/" + r"(?:pip|uv|build|clone)",
    "a local file address": "file" + r":///",
    "a local wheel": r"[\w.+-]+-(?:any|\w*linux\w*|\w*macosx\w*|win\w*)\." + "whl",
    "a package index": r"(?:index-url|find-links|trusted-host)[ =]+\S*[/.]"
    + r"|https?://[^\s)\"'>]+/"
    + r"simple\b",
}


def files() -> list[Path]:
    """What is tracked, and what would be with the next `git add`."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, check=True, text=True,
    )  # fmt: skip
    paths = [ROOT / name for name in sorted(set(listed.stdout.split("\0"))) if name]
    return [path for path in paths if path.is_file()]


def findings(text: str) -> list[str]:
    """One line for each forbidden thing: its line number, what it is, where it stands."""
    return [
        f"{number}: {what}: {line.strip()[:120]}"
        for number, line in enumerate(text.splitlines(), 1)
        for what, pattern in FORBIDDEN.items()
        if re.search(pattern, line)
    ]


def test_no_file_names_a_machine_or_a_package_index() -> None:
    found = []
    for path in files():
        content = path.read_bytes()
        if b"\0" not in content:
            text = content.decode("utf-8", errors="replace")
            found += [f"{path.relative_to(ROOT)}:{finding}" for finding in findings(text)]
    assert not found, "\n".join(["write these without the machine they were made on:", *found])


def test_no_file_is_large() -> None:
    large = [
        f"{path.relative_to(ROOT)}: {path.stat().st_size:,} bytes"
        for path in files()
        if path.stat().st_size > LARGEST_FILE_BYTES
    ]
    assert not large, "\n".join([f"more than {LARGEST_FILE_BYTES:,} bytes:", *large])


def test_requirements_are_pinned_with_hashes() -> None:
    for path in sorted((ROOT / "requirements").glob("*.txt")):
        pins = re.findall(r"^[a-z0-9][^\n]*(?:\n    --hash[^\n]*)*", path.read_text(), re.M)
        loose = [pin.splitlines()[0] for pin in pins if "==" not in pin or "--hash=" not in pin]
        assert pins, f"{path.name} pins nothing; run: make requirements"
        assert not loose, f"{path.name}: no version or no hash for {', '.join(loose)}"


def test_a_pin_of_the_runtime_is_the_same_everywhere() -> None:
    def versions(name: str) -> dict[str, str]:
        text = (ROOT / "requirements" / f"{name}.txt").read_text()
        return dict(re.findall(r"^([a-z0-9._-]+)(?:\[[^]]*\])?==([^ ;\\]+)", text, re.M))

    runtime = versions("runtime")
    for name in ("bench", "compare", "dev", "notebooks", "postgres", "spark"):
        other = versions(name)
        assert {key: other.get(key) for key in runtime} == runtime, f"{name}: make requirements"


def modules() -> list[Path]:
    """Every module of the packages, from the project's root."""
    own = [path.relative_to(ROOT) for path in files() if path.suffix == ".py"]
    own = [path for path in own if path.parts[0] in PACKAGES]
    return [path for path in own if not path.is_relative_to(MIGRATIONS)]


def has_code(source: str) -> bool:
    """Whether a module holds more than its docstring and the import of annotations."""
    lines = [node for node in ast.parse(source).body if not isinstance(node, ast.Expr)]
    return any(getattr(node, "module", "") != "__future__" for node in lines)


def twins_of(module: Path) -> list[Path]:
    """Where the module's own test may stand: one place, for the `__init__` of a room two."""
    folder = "tests" / module.parent
    if module.name != "__init__.py":
        return [folder / f"test_{module.name}"]
    return [folder / f"test_{folder.name}.py", folder.parent / f"test_{folder.name}.py"]


def without_twin() -> set[str]:
    """The modules with code and without a test of their own, by their names in Python."""
    found = set()
    for module in modules():
        is_room = module.name == "__init__.py"
        if is_room and not has_code((ROOT / module).read_text("utf-8")):
            continue
        if not any((ROOT / twin).is_file() for twin in twins_of(module)):
            found.add(".".join((module.parent if is_room else module.with_suffix("")).parts))
    return found


def test_no_folder_holds_more_than_ten_modules() -> None:
    folders = [module.parent for module in modules()]
    large = {f"{one}: {folders.count(one)}" for one in folders if folders.count(one) > MAX_MODULES}
    assert not large, f"more than {MAX_MODULES} modules, make rooms: {', '.join(sorted(large))}"


def test_every_module_has_its_twin_test_or_a_reason() -> None:
    listed = tomllib.loads((ROOT / TWINS).read_text("utf-8"))
    lacking = without_twin()
    absent, stale = sorted(lacking - set(listed)), sorted(set(listed) - lacking)
    assert not absent, f"no twin test and no line in {TWINS}: {', '.join(absent)}"
    assert not stale, f"{TWINS}: these have a twin, or are gone: {', '.join(stale)}"


def test_the_tests_that_stand_for_a_twin_exist() -> None:
    listed = tomllib.loads((ROOT / TWINS).read_text("utf-8"))
    gone = {
        f"{module} = {test}"
        for module, test in listed.items()
        if not (test.startswith(NONE) or (test.startswith("tests/") and (ROOT / test).is_file()))
    }
    assert not gone, "\n".join([f"{TWINS}: no such test file:", *sorted(gone)])


def home_literals(source: str) -> list[int]:
    """The lines on which a path within a home is put together from a literal."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            names = {getattr(node.left, "id", ""), getattr(node.left, "attr", "")}
            if names & {"home", "_home"} and isinstance(node.right, ast.Constant | ast.JoinedStr):
                found.append(node.lineno)
    return sorted(found)


def test_one_file_knows_where_the_things_of_a_home_are() -> None:
    found = [
        f"{module}:{line}"
        for module in modules()
        if module != Path("features/home.py")
        for line in home_literals((ROOT / module).read_text("utf-8"))
    ]
    assert not found, f"features.home.Home knows the path: {', '.join(found)}"


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("x = home / 'lake'", [1]),
        ('x = self._home / "lake"', [1]),
        ('x = 1\ny = home / f"lake/{x}" / "feeds"', [2]),
        ("x = Home(home).lake / 'feeds'", []),
        ("x = folder / 'home'", []),
    ],
)
def test_a_path_within_a_home_is_found(source: str, lines: list[int]) -> None:
    assert home_literals(source) == lines


@pytest.mark.parametrize(
    "parts",
    [
        ("see /", "home/li/liuke"),
        ("open('/", "root/data')"),
        ('"/', 'work/main"'),
        ("=/", "Users/li"),
        ("/tmp/", "pip-build-x"),
        ("x @ file", ":///wheels/x"),
        ("numpy-2.4-cp311-cp311-manylinux_2_28_x86_64.", "whl"),
        ("--extra-index-url ", "https://pypi.example.com"),
        ("find-links = ", "/wheels"),
        ("https://mirror.example.com/pypi/", "simple"),
    ],
    ids=lambda parts: parts[-1],
)
def test_what_names_a_machine_is_found(parts: tuple[str, ...]) -> None:
    assert findings("".join(parts))


@pytest.mark.parametrize(
    "line",
    [
        "/home/",
        "<home>/work/lake",
        "https://example.com/home/page",
        "--no-emit-index-url --no-emit-find-links",
        "database:/var/lib/postgresql",
        "a simple/plain word",
    ],
)
def test_what_names_no_machine_is_left_alone(line: str) -> None:
    assert not findings(line)
