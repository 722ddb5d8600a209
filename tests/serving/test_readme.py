"""The README's questions to the command are ones that it answers."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from serving.command import app
from serving.scores import last_scores

if TYPE_CHECKING:
    from tests.conftest import SmallHome

PROJECT = Path(__file__).parents[2]
HEADINGS = {"README.md": "## Other questions", "README.zh.md": "## 其他问题"}
OF_THE_DEMO = re.compile(r"C\d{7}")


def questions(page: str) -> list[list[str]]:
    """The commands under the page's heading, as words, without `liuke`."""
    section = (PROJECT / page).read_text("utf-8").partition(HEADINGS[page])[2].partition("\n## ")[0]
    found = re.findall(r"^ {4}\.venv/bin/liuke (.+)$", section, re.M)
    return [shlex.split(command, comments=True) for command in found]


def test_both_pages_ask_the_same_commands() -> None:
    asked = [[command[0] for command in questions(page)] for page in HEADINGS]
    assert asked[0] == asked[1]
    assert len(asked[0]) >= 5


@pytest.mark.parametrize("page", HEADINGS)
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
