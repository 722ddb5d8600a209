"""Settings in words: values, what was shipped, and what a change does."""

from __future__ import annotations

from typing import Any

from features.settings import parse_toml
from serving.decision.decision_settings import SHIPPED
from serving.http.contract.forms.business.settings import (
    ChangeAnswer,
    SettingEntry,
    SettingsAnswer,
    SettingSubject,
)
from serving.pages.settings.shown import Shown

CREDIT = parse_toml(SHIPPED)["actions"]["credit"]
CHANGED = SettingEntry(
    key="actions.credit", values=CREDIT | {"cost": 50.0}, shipped=CREDIT, changed=["cost"]
)
CHANGE: dict[str, Any] = {
    "change_id": "c", "subject": "offers", "why": "", "state": "waiting", "proposed_by": "lin",
    "proposed_at": "2026-03-02T09:00:00", "decided_by": None, "decided_at": None, "note": None,
    "before": "a", "after": "b",
}  # fmt: skip


def shown(language: str = "en") -> Shown:
    subject = SettingSubject(name="offers", file="decision", grows=True, entries=[CHANGED])
    found = SettingsAnswer(
        fingerprint="f", problem=None, by_file=False, waiting=0, subjects=[subject]
    )
    return Shown(found, language, "CNY")


def difference(language: str, key: str, was: Any, wanted: Any) -> list[tuple[Any, ...]]:
    edit = {"key": key, "was": was, "wanted": wanted}
    change = ChangeAnswer.model_validate(CHANGE | {"edits": [edit]})
    found = shown(language).differences(change)
    return [(own.title, own.label, own.was, own.wanted) for own in found]


def test_a_value_stands_beside_the_shipped_one_where_it_differs() -> None:
    found = {own.name: (own.label, own.text, own.shipped) for own in shown().values(CHANGED)}
    assert found["cost"] == ("Cost", "50 CNY", "60 CNY")
    assert found["tiers"] == ("Value tiers", "gold, diamond", None)
    assert found["months"][1] == "12 months"
    zh = {own.name: own.text for own in shown("zh").values(CHANGED)}
    assert (zh["tiers"], zh["active"], zh["kind"]) == ("金、钻石", "是", "金额")


def test_a_change_says_of_which_entry_what_becomes_what() -> None:
    title = "A credit of 60 on the coming bills"
    assert difference("en", "actions.credit.cost", 60.0, 45) == [
        (title, "Cost", "60 CNY", "45 CNY")
    ]
    assert difference("zh", "limits.clerk.gold", 60.0, 80.0) == [
        ("营业员：营业厅和热线", "金", "60 CNY", "80 CNY")
    ]


def test_an_entry_that_comes_or_goes_is_shown_value_by_value() -> None:
    reason = {"en": "too far", "zh": "太远"}
    comes = [
        ("too far", "Text in English", None, "too far"),
        ("too far", "Text in Chinese", None, "太远"),
    ]
    assert difference("en", "reasons.far", None, reason) == comes
    assert [own[2:] for own in difference("en", "reasons.far", reason, None)] == [
        ("too far", None), ("太远", None),
    ]  # fmt: skip


def test_the_form_of_an_offer_has_its_fields_in_groups() -> None:
    groups = dict(shown().groups(CHANGED))
    assert list(groups) == ["What it is", "Money", "For whom", "Rules", "Assumptions"]
    cost = groups["Money"][0]
    assert (cost.value, cost.unit, cost.kind) == ("50", "CNY", "number")
    tiers = next(own for own in groups["For whom"] if own.name == "tiers")
    assert [own.value for own in tiers.choices if own.is_chosen] == ["gold", "diamond"]
