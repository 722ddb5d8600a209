"""Refusals in Chinese: each text is one that the code raises, and what changes is kept."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from unittest.mock import patch

import pytest

from features.words import FOLDER, words
from features.words.refusals import PLACE, SUBJECTS, _patterns, in_language

ROOT = Path(__file__).parents[3]
CHANGES = "\0"
AT_WORST = f"{CHANGES} at the worst date of the backtest"
ENGLISH, CHINESE = words("en", *SUBJECTS), words("zh", *SUBJECTS)
PIECED = {  # texts that the code puts together from these
    "keys_unknown": ("unknown",),
    "keys_missing": ("missing",),
    "keys_both": ("unknown", "missing"),
    "gate_between": (f"at least {CHANGES}", f"at most {CHANGES}", " and "),
    "rule_auc": (f"lower bound of the {CHANGES}", "AUC"),
    "rule_skill": (f"lower bound of the {CHANGES}", "Brier skill"),
    "rule_churners": (f"{CHANGES} in the test period", "churners"),
    "rule_backtest_auc": (AT_WORST, f", {CHANGES},", "AUC"),
    "rule_backtest_level": (AT_WORST, f", {CHANGES},", "observed over expected"),
    "rule_backtest_auc_unknown": (AT_WORST, "AUC"),
    "rule_backtest_level_unknown": (AT_WORST, "observed over expected"),
    "rule_champion": (f"{CHANGES} lost against the champion, version {CHANGES},", "AUC"),
}


@cache
def raised() -> set[str]:
    """Every text of the code and each of its lines, with one mark for whatever is filled in."""
    texts = set()
    for package in ("features", "training", "serving"):
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                text = re.sub(CHANGES + "+", CHANGES, written(node))
                texts |= {text, *(line.strip() for line in text.split("\n"))}
    return texts


def written(node: ast.AST) -> str:
    """The text of a constant, an f-string, or of several with + between them."""
    if isinstance(node, ast.JoinedStr):
        return "".join(map(written, node.values))
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return written(node.left) + written(node.right)
    return str(node.value) if isinstance(node, ast.Constant) else CHANGES


@pytest.mark.parametrize("key", ENGLISH)
def test_each_text_is_one_that_the_code_raises(key: str) -> None:
    texts = PIECED.get(key, (PLACE.sub(CHANGES, ENGLISH[key]),))
    assert set(texts) <= raised()


@pytest.mark.parametrize("key", ENGLISH)
def test_what_changes_is_kept(key: str) -> None:
    names = PLACE.findall(ENGLISH[key])
    values = {name: f"x{place}" for place, name in enumerate(names)}
    chinese = in_language(ENGLISH[key].format(**values), "zh")
    assert chinese == CHINESE[key].format(**values)
    assert len(names) == len(set(names))


def test_every_file_of_refusals_is_read_and_no_key_stands_twice() -> None:
    for language in ("en", "zh"):
        assert {path.stem for path in (FOLDER / language).glob("errors*.toml")} == set(SUBJECTS)
        assert sum(len(words(language, subject)) for subject in SUBJECTS) == len(ENGLISH)


def test_both_languages_have_the_same_keys_and_places() -> None:
    assert list(ENGLISH) == list(CHINESE)
    for key, text in ENGLISH.items():
        assert sorted(PLACE.findall(text)) == sorted(PLACE.findall(CHINESE[key])), key


def test_in_english_and_without_a_text_a_message_stays_as_it_is() -> None:
    assert in_language("there is no model in home.", "en") == "there is no model in home."
    assert in_language("something else", "zh") == "something else"


def test_the_text_with_most_fixed_words_counts() -> None:
    assert in_language("--size is 0; expected at least 1", "zh") == "--size为0；应至少为1"


def test_a_message_behind_a_file_and_a_feed_is_found() -> None:
    message = "bills: bills.csv is empty; expected at least its column names. "
    message += "The file is damaged or cut off: deliver it again."
    chinese = "bills: bills.csv是空文件；至少应有列名。文件已损坏或被截断：请重新交付。"
    assert in_language(message, "zh") == chinese


def test_parts_are_translated_if_there_are_words_for_each() -> None:
    lines = "too many bad rows; nothing was imported\n  They are in bad.csv.\n  3 rows 坏"
    assert (
        in_language(lines, "zh")
        == "不合格的行太多；没有导入任何数据\n  这些行在bad.csv中。\n  3 rows 坏"
    )
    half = "too many bad rows; nothing was imported\nand something else"
    assert in_language(half, "zh") == half


def test_the_gate_gives_its_reasons() -> None:
    message = (
        "version 3 does not pass the gate:\n"
        "  calibration slope is 0.7; expected at least 0.8 and at most 1.25\n"
        "  depth of the trees is unknown; expected at most 6\n"
        "Train on more data, or overrule the gate with --force --reason TEXT; both are recorded."
    )
    assert in_language(message, "zh").split("\n")[:3] == [
        "版本3未通过准入门槛：",
        "  校准斜率为0.7；应为0.8至1.25",
        "  树深为未知；应为不高于6",
    ]


def test_patterns_are_compiled_once_and_by_need_only() -> None:
    in_language("something else", "zh")
    with patch("re.compile", side_effect=AssertionError):
        in_language("something else; and more", "zh")
    code = "from features.words import refusals, words as w; "
    code += "print(refusals._patterns.cache_info().currsize, w.cache_info().currsize)"
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True)
    assert ran.stdout.split() == [b"0", b"0"]
    assert len(_patterns()) == len(ENGLISH)
