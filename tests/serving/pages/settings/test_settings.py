"""Settings as pages: proposed, refused with a reason, accepted by another, taken back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from features.settings.edits import own_file, write_own
from tests.serving.pages.browser import Browser
from tests.serving.pages.conftest import Open

if TYPE_CHECKING:
    from tests.serving.conftest import Server

PLACE = "/settings-and-changes"
LIMITS = {"standard": "20", "silver": "40", "gold": "80", "diamond": "100"}


@pytest.fixture(autouse=True)
def _as_it_was(staff: Server) -> Iterator[None]:
    """The home's file after a test is the one of before."""
    before = own_file(staff.home, "decision")
    yield
    write_own(staff.home, "decision", before)


def at_settings(opened: Open, role: str, language: str = "en") -> Browser:
    browser = opened(role, language)
    browser.home = PLACE
    return browser


def propose(browser: Browser, why: str, key: str, **changed: str) -> str:
    """The id of the change that was proposed."""
    answer = browser.act(f"{PLACE}/limits.clerk", LIMITS | {"why": why, "key": key} | changed)
    assert answer.headers["hx-redirect"] == f"{PLACE}?subject=limits", answer.text
    page = browser.get(f"{PLACE}?subject=limits").text
    ids: list[str] = re.findall(r'id="change-(\w+)"', page)
    return next(own for own in ids if why in page.split(f'id="change-{own}"')[1])


def test_one_proposes_another_accepts_and_it_counts_at_once(opened: Open, staff: Server) -> None:
    lin, wang = at_settings(opened, "marketing"), at_settings(opened, "approver")
    change = propose(lin, "Gold is lost for 20", "p1")
    step = f"{PLACE}/changes/{change}"
    shown = wang.get(PLACE).text
    assert "<del>60 CNY</del>" in shown
    assert "<ins>80 CNY</ins>" in shown
    assert 'value="accept"' not in lin.get(PLACE).text
    assert lin.act(step, {"step": "accept", "key": "a1"}).status_code == 403
    assert wang.act(step, {"step": "accept", "key": "a1"}).headers["hx-refresh"] == "true"
    again = wang.act(step, {"step": "accept", "key": "a1"})
    assert (again.status_code, "ended by approver" in again.text) == (409, True)
    assert "gold = 80.0" in str(own_file(staff.home, "decision"))
    page = wang.get(f"{PLACE}?subject=limits").text
    assert "as shipped: 60 CNY" in page
    assert lin.act(step, {"step": "back", "key": "b1"}).headers["hx-refresh"] == "true"
    assert "Back to what was in force before" in wang.get(PLACE).text


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "limits.clerk.gold is -1.0; expected 0 to 1000000"),
        ("zh-CN", "limits.clerk.gold为-1.0；应为0至1000000"),
    ],
)
def test_what_may_not_be_is_refused_beside_the_form(opened: Open, language: str, said: str) -> None:
    lin = at_settings(opened, "marketing", language)
    answer = lin.act(
        f"{PLACE}/limits.clerk", LIMITS | {"gold": "-1", "why": "W", "key": "r" + language}
    )
    assert (answer.status_code, said in answer.text) == (422, True)
    same = lin.act(f"{PLACE}/limits.clerk", LIMITS | {"gold": "60", "why": "W", "key": "s"})
    assert same.status_code == 422


def test_a_new_entry_is_not_given_the_name_of_another(opened: Open) -> None:
    lin = at_settings(opened, "marketing")
    place = f"{PLACE}/reasons.price"
    fields = {"en": "too <b>far</b>", "zh": "太远", "why": "W", "key": "n1"}
    taken = lin.act(place, fields | {"name": "moving"})
    assert (taken.status_code, "is there already" in taken.text) == (409, True)
    assert lin.act(place, fields | {"name": "far"}).headers["hx-redirect"]
    page = lin.get(f"{PLACE}?subject=reasons").text
    assert "too &lt;b&gt;far&lt;/b&gt;" in page
    assert lin.get(f"{PLACE}/limits.clerk?new=true").status_code == 404
    assert lin.get(f"{PLACE}/nothing.here").status_code == 404


def test_who_declines_says_why_and_who_proposed_withdraws(opened: Open) -> None:
    lin, wang = at_settings(opened, "marketing"), at_settings(opened, "approver")
    first, second = (propose(lin, f"Try {own}", f"d{own}") for own in (1, 2))
    step = f"{PLACE}/changes/"
    assert wang.act(step + first, {"step": "decline", "key": "x", "text": "Not now"}).is_success
    assert lin.act(step + second, {"step": "decline", "key": "x"}).is_success
    page = at_settings(opened, "auditor").get(PLACE).text
    assert "Not now" in page
    assert "withdrawn" in page
    assert "Propose a change" not in page


def test_a_wrong_file_is_said_and_what_was_in_force_stays(opened: Open, staff: Server) -> None:
    wang = at_settings(opened, "approver")
    assert wang.get(PLACE).status_code == 200
    write_own(staff.home, "decision", "undo_seconds = 'none'\n")
    page = wang.get(PLACE).text
    assert "Those before stay in force" in page
    assert opened("hotline").get("/desk/C0000007").status_code == 200


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_what_a_list_assumes_of_an_offer_is_changed_tier_by_tier(
    opened: Open, staff: Server, language: str
) -> None:
    before = own_file(staff.home, "retention")
    lin = at_settings(opened, "marketing", language)
    form = lin.get(f"{PLACE}/offers.handset_renewal").text
    label = {"en": "Share that accepts, gold", "zh-CN": "接受比例，金"}[language]
    assert label in form
    values = dict(re.findall(r'name="([a-z_.]+)" value="([^"]*)"', form))
    fields = {name: own for name, own in values.items() if name in ("en", "zh", "lasts_months")}
    fields |= {name: own for name, own in values.items() if "." in name}
    assert fields["acceptance.gold"] == "0.2"
    more = {
        "active": "yes", "channels": "hotline\nvisit", "min_tenure_days": "365",
        "payment_modes": "postpaid", "refused_hazard": "1.05", "margin_share": "1",
        "acceptance.gold": "0.3", "why": f"As read out ({language})", "key": f"k{language}",
    }  # fmt: skip
    answer = lin.act(f"{PLACE}/offers.handset_renewal", fields | more)
    assert answer.headers.get("hx-redirect") == f"{PLACE}?subject=list_offers", answer.text
    wang = at_settings(opened, "approver", language)
    page = wang.get(f"{PLACE}?subject=list_offers").text
    own = next(
        own for own in re.findall(r'id="change-(\w+)"', page)
        if f"({language})" in page.split(f'id="change-{own}"')[1].split("</article>")[0]
    )  # fmt: skip
    change = page.split(f'id="change-{own}"')[1].split("</article>")[0]
    assert (label in change, "<del>0.2</del>" in change, "<ins>0.3</ins>" in change) == (True,) * 3
    wang.act(f"{PLACE}/changes/{own}", {"step": "accept", "key": f"a{language}"})
    assert "gold = 0.3" in str(own_file(staff.home, "retention"))
    write_own(staff.home, "retention", before)


@pytest.mark.parametrize("subject", ["channels", "contact_rules", "risk", "doubt"])
@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_every_value_of_lists_has_words(opened: Open, subject: str, language: str) -> None:
    page = at_settings(opened, "marketing", language).get(f"{PLACE}?subject={subject}").text
    said = re.findall(r"<dt>(.+?)</dt>", page)
    assert said
    assert not [own for own in said if re.fullmatch(r"[a-z_.]+", own)]
