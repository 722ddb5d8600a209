"""The commands, the request and the Python lines of the README run as they are printed."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from typer.testing import CliRunner

from features.catalogue import HISTORIES, document, features
from features.catalogue.aggregates import total
from features.catalogue.families import Declarations, Feature
from serving.command.tree import app
from serving.scores import last_scores
from serving.scoring.reasons import in_words

if TYPE_CHECKING:
    from tests.conftest import SmallHome
    from tests.serving.conftest import Server

pytestmark = pytest.mark.slow

PROJECT = Path(__file__).parents[2]
HEADINGS = {"README.md": "## Other questions", "README.zh.md": "## 其他问题"}
OF_THE_DEMO = re.compile(r"C\d{7}")
PAGES = tuple(HEADINGS)


def questions(page: str) -> list[list[str]]:
    """The commands under the page's heading, as words, without `liuke`."""
    section = (PROJECT / page).read_text("utf-8").partition(HEADINGS[page])[2].partition("\n## ")[0]
    found = re.findall(r"^ {4}\.venv/bin/liuke (.+)$", section, re.M)
    return [shlex.split(command, comments=True) for command in found]


def test_both_pages_have_the_same_commands() -> None:
    english, chinese = ([command[0] for command in questions(page)] for page in HEADINGS)
    assert english == chinese
    assert len(english) >= 5


@pytest.mark.parametrize("page", PAGES)
def test_each_question_is_answered(
    page: str, small_home: SmallHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """About a customer of the home at hand, in the place of the demo's."""
    monkeypatch.chdir(tmp_path)
    own = last_scores(small_home.home)["customer_id"][0]
    for command in questions(page):
        words = [OF_THE_DEMO.sub(own, word) for word in command]
        result = CliRunner().invoke(app, [*words, "--home", str(small_home.home)])
        assert result.exit_code == 0, (words, result.output)
        assert len(result.stdout) > 40, words


@pytest.mark.parametrize("page", PAGES)
def test_the_request_is_answered_with_the_fields_that_are_shown(page: str, server: Server) -> None:
    """The page's curl, word by word, sent to a server of a home of its own."""
    text = (PROJECT / page).read_text("utf-8")
    curl = re.search(r"curl -s (.+?)\n\n", text, re.S)
    assert curl is not None
    url, *words = shlex.split(curl[1].replace("\\\n", " "))
    options = list(zip(words[::2], words[1::2], strict=True))
    headers = dict(value.split(": ", 1) for name, value in options if name == "-H")
    assert headers["Authorization"] == "Bearer $KEY"
    headers["Authorization"] = f"Bearer {server.key}"
    (body,) = (json.loads(value) for name, value in options if name == "-d")
    body["customer_ids"] = ["C0000007"]
    path = url.removeprefix("http://127.0.0.1:3000")
    answered = httpx.post(f"{server.url}{path}", headers=headers, json=body).json()
    shown = json.loads(text.split("<!-- answer:begin -->")[1].split("```")[1].removeprefix("json"))
    assert form(answered["scores"][0]) == form(shown["scores"][0])


def form(answer: dict[str, Any]) -> dict[str, Any]:
    """The answer's fields, and those of what is in them."""
    return {
        name: sorted(value[0]) if isinstance(value, list) else type(value).__name__
        for name, value in answer.items()
    }


def lines_of_python(page: str) -> str:
    (block,) = re.findall(r"```python\n(import features.+?)```", (PROJECT / page).read_text(), re.S)
    return re.sub(r" *#.*", "", block)


def test_both_pages_have_the_same_lines_of_python() -> None:
    english, chinese = map(lines_of_python, PAGES)
    assert chinese.replace(', "zh")', ")") == english


@pytest.mark.slow
def test_the_lines_of_python_run(small_home: SmallHome) -> None:
    own = last_scores(small_home.home)["customer_id"][0]
    block = OF_THE_DEMO.sub(own, lines_of_python("README.md"))
    block = block.replace('"home"', repr(str(small_home.home)))
    names: dict[str, Any] = {}
    exec(block.replace("2026-03-02", f"{small_home.as_of:%F}"), names)
    assert names["model"].evaluation == {}
    assert set(names["panel"].outcome) >= {"left", "stayed"}


FEATURE = {"README.md": "## A feature is one line", "README.zh.md": "## 一行声明一组特征"}


def line_as_printed(page: str, measure: str) -> tuple[Feature, ...]:
    """The features of a catalogue of `measure` alone, declared by the page's line."""
    section = (PROJECT / page).read_text("utf-8").partition(FEATURE[page])[2]
    code = section.partition("```python")[2].partition("```")[0]
    network = Declarations("weeks", feed="usage", group="network")
    lines = code.replace('"dropped_calls"', f'"{measure}"')
    exec(lines, {"network": network, "total": total})
    (family,) = network.families
    return tuple(family("CNY"))


@pytest.mark.parametrize("page", PAGES)
def test_the_line_as_printed_stands_in_the_catalogue(page: str) -> None:
    section = (PROJECT / page).read_text("utf-8").partition(FEATURE[page])[2]
    printed = section.partition("```python\n")[2].partition("```")[0]
    assert printed.endswith("\ndrops.declare(total, weeks=(4, 12))\n")
    assert printed in (PROJECT / "features" / "catalogue" / "usage.py").read_text("utf-8")


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("measure", ["dropped_calls", "dropped_video_calls"])
def test_a_feature_is_one_line(page: str, measure: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The line as printed, and for a measure of which nothing else in the project knows."""
    declared = line_as_printed(page, measure)
    assert [one.name for one in declared] == [f"{measure}_4w", f"{measure}_12w"]
    own = next(one for one in HISTORIES if one.stream == "weeks" and one.group == "network")
    monkeypatch.setattr(own, "families", [*own.families, lambda _: list(declared)])
    assert set(declared) <= set(features("CNY"))
    assert document().count(f"| `{measure}_12w` | dropped calls in the last 12 weeks |") >= 1
    reason = {"feature": f"{measure}_4w", "value": 22.0, "effect": 0.58}
    english = in_words(reason, declared[0], "en")["text"]
    chinese = in_words(reason, declared[0], "zh")["text"]
    if measure == "dropped_calls":
        assert english.startswith("22 calls were dropped in the last 4 weeks (")
        assert chinese.startswith("近4周掉话22次（")
    else:
        assert english.startswith("The figure for dropped calls in the last 4 weeks is 22 (")
        assert chinese.startswith("近4周掉话次数为22（")
