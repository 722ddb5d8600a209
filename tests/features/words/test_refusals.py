"""Refusals in Chinese: each text is one that the code raises, and what changes is kept."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from features.words import words
from features.words.refusals import in_language

ROOT = Path(__file__).parents[3]
CHANGES = "\0"


@cache
def raised() -> set[str]:
    """Every text of the code, with one mark for whatever is filled in."""
    texts = set()
    for package in ("features", "training", "serving"):
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.JoinedStr):
                    texts.add(re.sub(CHANGES + "+", CHANGES, "".join(map(part, node.values))))
                elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                    texts.add(node.value)
    return texts


def part(node: ast.expr) -> str:
    return str(node.value) if isinstance(node, ast.Constant) else CHANGES


@pytest.mark.parametrize("key", words("en", "errors"))
def test_each_text_is_one_that_the_code_raises(key: str) -> None:
    assert re.sub(r"\{\w+\}", CHANGES, words("en", "errors")[key]) in raised()


@pytest.mark.parametrize("key", words("en", "errors"))
def test_what_changes_is_kept(key: str) -> None:
    names = re.findall(r"\{(\w+)\}", words("en", "errors")[key])
    values = {name: f"x{place}" for place, name in enumerate(names)}
    message = words("en", "errors")[key].format(**values)
    chinese = in_language(message, "zh")
    assert chinese == words("zh", "errors")[key].format(**values) != message


def test_in_english_and_without_a_text_a_message_stays_as_it_is() -> None:
    assert in_language("there is no model in home.", "en") == "there is no model in home."
    assert in_language("something else", "zh") == "something else"
