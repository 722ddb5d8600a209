"""House rules about files: what no file of the project may hold.

The patterns are put together from parts, so that this file does not break its own rules.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LARGEST_FILE_BYTES = 1_000_000

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
