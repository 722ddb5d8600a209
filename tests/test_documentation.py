"""What is written must be true: links lead somewhere, generated pages are current."""

from __future__ import annotations

import re
import subprocess
from importlib import import_module
from pathlib import Path
from urllib.parse import unquote

import pytest

ROOT = Path(__file__).parents[1]
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))
DECISION_PARTS = ["Context", "Decision", "What gets better", "What gets worse"]
GENERATED = {
    "docs/base.md": "serving.customers.fields",
    "docs/features.md": "features.catalogue",
    "docs/indicators.md": "training.indicators",
}

LINK = re.compile(r"\[[^]\n]*\]\(([^)\s]+)\)")


def pages() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=ROOT, capture_output=True, check=True, text=True,
    )  # fmt: skip
    paths = [ROOT / name for name in sorted(set(listed.stdout.split("\0"))) if name]
    return [path for path in paths if path.is_file()]


def anchors(page: Path) -> set[str]:
    """The headings of a page as its links name them."""
    headings = re.findall(r"^#+ +(.+?)\s*$", page.read_text("utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_link_between_pages_leads_somewhere() -> None:
    dead = []
    for page in pages():
        for target in LINK.findall(page.read_text("utf-8")):
            if re.match(r"[a-z]+:", target):
                continue
            name, _, anchor = unquote(target).partition("#")
            goal = (page.parent / name).resolve() if name else page
            if not goal.exists() or (anchor and anchor not in anchors(goal)):
                dead.append(f"{page.relative_to(ROOT)}: {target}")
    assert not dead, "\n".join(["links that lead nowhere:", *dead])


def test_the_changelog_has_a_place_for_the_next_change() -> None:
    assert "\n## Unreleased\n" in (ROOT / "CHANGELOG.md").read_text("utf-8")


def test_each_term_of_the_glossary_is_explained_once() -> None:
    """Term, 中文, the words that it replaces (often none) and the meaning."""
    page = (ROOT / "docs" / "glossary.md").read_text("utf-8")
    tables = re.findall(r"^\| term \|.*\n\|[-|]+\|\n((?:\|.*\n)+)", page, re.M)
    lines = [line for table in tables for line in table.splitlines()]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    broken = [row for row in rows if len(row) != 4 or not (row[0] and row[1] and row[3])]
    assert not broken, broken
    terms = [row[0].lower() for row in rows]
    assert len(terms) == len(set(terms)), sorted({term for term in terms if terms.count(term) > 1})


def test_decisions_are_numbered_without_gaps() -> None:
    numbers = [int(page.name[:4]) for page in DECISIONS]
    assert numbers == list(range(1, len(DECISIONS) + 1))


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.stem)
def test_a_decision_says_what_gets_worse_too(page: Path) -> None:
    text = page.read_text("utf-8")
    assert text.startswith(f"# {int(page.name[:4])}. "), "the heading carries the number"
    assert re.findall(r"^\*\*(.+?)\.\*\*", text, re.M) == DECISION_PARTS


@pytest.mark.parametrize("page", GENERATED)
def test_generated_pages_are_current(page: str) -> None:
    if not (ROOT / page).exists():
        return  # never written yet
    written = (ROOT / page).read_text("utf-8")
    assert written == import_module(GENERATED[page]).document(), f"{page} is old; run: make docs"


@pytest.mark.parametrize("page", ["README.md", "README.zh.md"])
def test_the_numbers_of_the_readme_stand_where_they_are_proved(page: str) -> None:
    """The first table: each number is in the page that its row links to, or in the demo's block."""
    text = (ROOT / page).read_text("utf-8")
    rows = re.findall(r"^\| (\d.*?) \| .*? \| (.+?) \|$", text, re.M)
    assert len(rows) == 5
    for number, proof in rows:
        link = LINK.search(proof)
        proving = text.partition("<!-- demo:begin -->")[2].partition("<!-- demo:end -->")[0]
        if link is not None:
            proving = (ROOT / link[1]).read_text("utf-8")
        if number != "0":  # a law, which its test proves
            absent = [one for one in re.findall(r"[\d.,]+", number) if one not in proving]
            assert not absent, f"{page}: {', '.join(absent)} does not stand in {proof}"
