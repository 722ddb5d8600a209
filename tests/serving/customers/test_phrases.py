"""Customers, tiers, groups in Chinese: no English but ids, codes and the operator's names."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from rich.cells import cell_len
from typer.testing import CliRunner

from features.feeds import CONTRACT_EVENTS, PAYMENT_MODES
from features.histories.bills.tiers import TIERS
from features.histories.contracts import STANDING
from features.words import LANGUAGES
from serving.command.tree import app
from serving.customers import groups, potential, tier
from serving.customers.archive import PROFILE, SUBJECTS, archive, in_words
from serving.customers.phrases import padded, phrase, term
from serving.customers.tier_history import CAUSES
from serving.scores import last_scores

if TYPE_CHECKING:
    from tests.conftest import SmallHome

ENGLISH = re.compile(r"[A-Za-z]{2,}")
ALLOWED = {"CNY", "size"}  # a code, and --size
NAMES = ("plan", "brand", "city")  # the operator's own


def english(text: str, names: set[str] | None = None) -> set[str]:
    """The English words of the text that are neither allowed nor one of the names."""
    for name in sorted(names or (), key=len, reverse=True):
        text = text.replace(name, "")
    return set(ENGLISH.findall(text)) - ALLOWED


def names_of(found: dict[str, Any]) -> set[str]:
    values = [found, *(change["now"] for change in found["changes"])]
    return {str(own[name]) for own in values for name in NAMES if own.get(name)}


def shown(home: SmallHome, *options: str) -> str:
    result = CliRunner().invoke(app, [*options, "--home", str(home.home), "--language", "zh"])
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.mark.slow
def test_an_archive_in_chinese_has_no_english_words(small_home: SmallHome) -> None:
    for customer_id in last_scores(small_home.home)["customer_id"][::40]:
        found = archive(small_home.home, customer_id)
        page = in_words(found, "zh")
        assert english(page, names_of(found)) == set()
        assert page.startswith(f"{customer_id}（截至{small_home.as_of:%F}）：")
    assert shown(small_home, "customer", customer_id) == page + "\n"


def test_a_tier_in_chinese_has_no_english_words(small_home: SmallHome) -> None:
    for customer_id in last_scores(small_home.home)["customer_id"][::80]:
        page = shown(small_home, "tier", customer_id)
        assert english(page) == set()
        assert "预计未来三期账单" in page
    bare = tier.customer_tier(small_home.home, customer_id)
    bare |= {"value_tier": None, "bills": 0, "mean_bill": None, "tier_probabilities": None}
    assert english(tier.in_words(bare, "zh")) == set()


def test_groups_in_chinese_are_aligned_and_have_no_english_words(small_home: SmallHome) -> None:
    page = shown(small_home, "groups", "--size", "9999")
    assert english(page) == set()
    lines = page.splitlines()[:-1]
    assert len({cell_len(line.split("（")[0]) for line in lines}) == 1
    assert len({cell_len(line.split("成员")[0]) for line in lines}) == 1
    alone = groups.groups(small_home.home, last_scores(small_home.home))[0]
    alone |= {"manager_id": None, "expected_loss": None}
    assert english(groups.in_words(alone, "CNY", "zh")) == set()


@pytest.mark.parametrize("status", ["proposed", "qualified", "confirmed"])
@pytest.mark.parametrize("predicted", ["diamond", None])
@pytest.mark.parametrize("today", ["gold", None])
def test_a_potential_customer_in_chinese_has_no_english_words(
    status: str, predicted: str | None, today: str | None
) -> None:
    if today is None and predicted is not None:
        return  # without bills none is predicted
    held = status == "confirmed"
    customer = {
        "customer_id": "C1", "status": status, "value_tier": today, "predicted_tier": predicted,
        "chance_of_more": 0.7 if predicted else None, "manager_id": "M1",
        "confirmed_by": "M7" if held else None, "until": "2026-06-01" if held else None,
    }  # fmt: skip
    line = potential.in_words(customer, "zh")
    assert english(line) == set()
    assert ("由M7确认，有效至2026-06-01" in line) == held


def test_the_list_of_potential_customers_in_chinese(small_home: SmallHome) -> None:
    assert english(shown(small_home, "potential", "list")) == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_whatever_the_data_hold_has_a_phrase(language: str) -> None:
    columns = {*PROFILE, "tenure_days", "days_to_contract_end", *SUBJECTS["contracts"][1]}
    keys = [f"event_{one}" for one in (*CONTRACT_EVENTS, "profile")]
    keys += [f"standing_{one}" for one in STANDING.values()]
    keys += [f"field_{one}" for one in columns] + [f"cause_{one}" for one in CAUSES]
    assert all(phrase(key, language) for key in keys)
    assert all(term(one, language) for one in (*TIERS, *PAYMENT_MODES, None))


def test_a_withdrawn_consent_and_what_is_not_known_are_said_in_chinese() -> None:
    found: dict[str, Any] = {
        "customer_id": "C1", "as_of": "2026-03-02", "standing": None, "consent": False,
        "changes": [
            {"at": "2026-01-05T09:00:00", "known_at": "2026-01-07T00:00:00", "what": "profile",
             "now": {"consent": "False", "payment_mode": None}},
        ],
    }  # fmt: skip
    assert in_words(found, "zh").splitlines() == [
        "C1（截至2026-03-02）：未知；营销授权：否",
        "",
        "  2026-01-05  客户资料      营销授权：否，付费方式：未知  获知于2026-01-07",
    ]
    assert in_words(found).splitlines() == [
        "C1 at 2026-03-02: None; consent False",
        "",
        "  2026-01-05  profile       consent False, payment mode unknown  known 2026-01-07",
    ]


@pytest.mark.slow
def test_json_is_the_same_in_each_language(small_home: SmallHome) -> None:
    own = str(last_scores(small_home.home)["customer_id"][0])
    for options in (["customer", own], ["tier", own], ["groups"], ["potential", "list"]):
        chinese = json.loads(shown(small_home, *options, "--json"))
        options = [*options, "--json", "--home", str(small_home.home)]
        assert json.loads(CliRunner().invoke(app, options).stdout) == chinese


def test_text_is_padded_to_columns_of_the_terminal() -> None:
    assert {cell_len(padded(text, 9)) for text in ("silver", "钻石", "金")} == {9}
    assert padded("standard", 3) == "standard"
