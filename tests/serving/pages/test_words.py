"""The words of pages: each is used, and the font of a machine without one has their characters."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from features.words import FOLDER, words
from serving.pages.fonts import STATIC, letters
from serving.pages.rendering import TEMPLATES

PYTHON = Path(__file__).parents[3] / "serving" / "pages"
SUBJECTS = sorted(path.stem for path in (FOLDER / "en").glob("pages*.toml"))
# In templates: `t("key"`, `has("key"`, and `t("begins_" ~ what)`; in code and lists: `"key"`,
# `"begins_"` and `f"begins_{what}"`.
LITERAL = re.compile(r"""["'](\w+)["']""")
BEGINNING = re.compile(r"""["'](\w+_)["'{]""")
FIRST_LOAD_BYTES = 150_000


def sources() -> str:
    files = [*TEMPLATES.glob("*.html"), *PYTHON.rglob("*.py")]
    return "\n".join(file.read_text("utf-8") for file in files)


@pytest.mark.parametrize("subject", SUBJECTS)
def test_every_text_is_used(subject: str) -> None:
    source = sources()
    literal, beginnings = set(LITERAL.findall(source)), tuple(set(BEGINNING.findall(source)))
    unused = [own for own in words("en", subject) if own not in literal]
    assert [own for own in unused if not own.startswith(beginnings)] == []


def test_every_text_that_a_template_names_is_there() -> None:
    known = {key for subject in (*SUBJECTS, "terms") for key in words("en", subject)}
    for template in TEMPLATES.glob("*.html"):
        named = re.findall(r"""\bt\(["'](\w+)["'][,)]""", template.read_text("utf-8"))
        assert set(named) <= known, template.name


def test_each_chinese_character_of_the_pages_is_in_their_fonts() -> None:
    style = (STATIC / "pages.css").read_text("utf-8")
    for name, wanted in letters().items():
        files = sorted(STATIC.glob(f"words-{name}-*.woff2"))
        held = {chr(code) for file in files for code in TTFont(file).getBestCmap()}
        assert held == set(wanted), "run: python -m serving.pages.fonts"
        assert all(f"url({file.name})" in style for file in files)
