"""What the README asks, the command, the service and Python answer."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from typer.testing import CliRunner

from serving.command.tree import app
from serving.scores import last_scores

if TYPE_CHECKING:
    from tests.conftest import SmallHome
    from tests.serving.conftest import Server

PROJECT = Path(__file__).parents[2]
HEADINGS = {"README.md": "## Other questions", "README.zh.md": "## 其他问题"}
OF_THE_DEMO = re.compile(r"C\d{7}")
PAGES = tuple(HEADINGS)


def questions(page: str) -> list[list[str]]:
    """The commands under the page's heading, as words, without `liuke`."""
    section = (PROJECT / page).read_text("utf-8").partition(HEADINGS[page])[2].partition("\n## ")[0]
    found = re.findall(r"^ {4}\.venv/bin/liuke (.+)$", section, re.M)
    return [shlex.split(command, comments=True) for command in found]


def test_both_pages_ask_the_same_commands() -> None:
    asked = [[command[0] for command in questions(page)] for page in HEADINGS]
    assert asked[0] == asked[1]
    assert len(asked[0]) >= 5


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


def test_the_lines_of_python_run(small_home: SmallHome) -> None:
    own = last_scores(small_home.home)["customer_id"][0]
    block = OF_THE_DEMO.sub(own, lines_of_python("README.md"))
    block = block.replace('"home"', repr(str(small_home.home)))
    names: dict[str, Any] = {}
    exec(block.replace("2026-03-02", f"{small_home.as_of:%F}"), names)
    assert names["model"].evaluation == {}
    assert set(names["panel"].outcome) >= {"left", "stayed"}
