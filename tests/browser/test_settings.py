"""Settings in a browser: proposed by one person, accepted by another, used at the next desk."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from serving.decision.decision_settings import decision_settings
from serving.scores import last_scores
from tests.browser.conftest import Open

if TYPE_CHECKING:
    from tests.serving.conftest import Server

pytestmark = pytest.mark.slow
PLACE = "/settings-and-changes"
WORDS = {"en": "Is there anything else today", "zh": "今天还需要办理什么"}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_two_persons_agree_on_is_said_at_the_next_desk(
    person: Open, site: Server, language: str
) -> None:
    said = WORDS[language]
    lin = person("marketing", language).page
    lin.goto(f"{PLACE}/words.browse")
    for one in ("en", "zh"):
        text = getattr(decision_settings(site.home).words["browse"], f"use_{one}")
        lin.fill(f"[name=use_{one}]", "\n".join((*text, WORDS[one])))
    lin.locator(
        "main button.strong"
    ).last.dblclick()  # before why is filled in: the browser stops it
    lin.fill("[name=why]", said)
    lin.locator("main button.strong").last.dblclick()
    lin.wait_for_url(f"**{PLACE}?subject=words")
    assert lin.locator(".waits .change", has_text=said).count() == 1, "clicked twice, proposed once"
    assert lin.locator(".waits .change button.strong").count() == 0

    wang = person("approver", language)
    wang.page.goto(PLACE)
    own = wang.page.locator(".waits .change", has_text=said)
    own.locator("button.strong").focus()
    wang.press("Enter")
    own.wait_for(state="detached")
    assert WORDS["en"] in decision_settings(site.home).words["browse"].use_en
    wang.check()

    desk = person("hotline", language).page
    customer = last_scores(site.home)["customer_id"].iloc[0]
    desk.goto(f"/desk/{customer}")
    assert said in desk.locator(".words").inner_text()

    lin.goto(PLACE)
    lin.locator(".after .change button").first.click()
    back = lin.locator(".waits .change")
    back.wait_for()
    back.locator("button").first.click()
    back.wait_for(state="detached")
    lin.goto(f"{PLACE}/actions.credit")
    lin.fill("[name=acceptance]", "2")
    lin.fill("[name=why]", "too much")
    lin.locator("main button.strong").last.click()
    lin.locator("#said .note").wait_for()
    assert {"en": "at most 1", "zh": "最大为1"}[language] in lin.locator("#said").inner_text()
    lin.reload()
    assert lin.input_value("[name=why]") == "too much", "what was typed survives a reload"
