"""Who came, went and moved, against lakes that are counted by hand."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from random import Random

from tests.facts import Fact, fact, joined
from tests.serving.analyses.conftest import AUGUST, JULY, JUNE, Totals, of_facts

# Monday, 2 June 2025, is day 0 of tests.facts.
JUNE_5, JUNE_15, JUNE_20 = (datetime(2025, 6, day, 10) for day in (5, 15, 20))
JULY_3, JULY_5 = datetime(2025, 7, 3, 9), datetime(2025, 7, 5, 9)


def contract(customer: str, event: str, at: datetime, known: datetime | None = None) -> Fact:
    return fact("contracts", customer, at, known, event=event, plan=None)


BASE = [
    *joined("stays"),
    *joined("joins", 8),  # 10 June
    *joined("ported"),
    fact("contracts", "ported", JUNE_15, JULY_3, event="ported", rival="rival_east"),
    *joined("requests"),
    contract("requests", "pre_cancelled", JUNE_5),
    contract("requests", "cancelled", JULY_5),
    *joined("returns"),
    contract("returns", "cancelled", JUNE_5),
    contract("returns", "started", JUNE_20),
    *joined("suspended"),
    contract("suspended", "suspended", JUNE_5),
    contract("suspended", "restored", JUNE_20),
]


def test_new_lost_and_net_customers_are_those_counted_by_hand(first: Totals) -> None:
    found = first(of_facts(BASE, "development", known_at=AUGUST))
    assert found == {
        "customers_at_start": 5,
        "customers_new": 1,
        "customers_returned": 1,
        "customers_lost": 2,
        "customers_net": 0,
        "customers_at_end": 5,
        "loss_share": 0.4,
        "cancel_requests": 1,
    }


def test_what_is_learned_later_counts_where_it_happened_once_it_is_known(first: Totals) -> None:
    """The port of 15 June is known on 3 July."""
    at_the_end = first(of_facts(BASE, "development"))
    assert (at_the_end["customers_lost"], at_the_end["customers_at_end"]) == (1, 6)
    later = of_facts(BASE, "development", until=AUGUST)["totals"]
    assert [row["customers_lost"] for row in later] == [2, 1]
    assert [row["customers_at_start"] for row in later] == [5, 5]
    assert [row["customers_at_end"] for row in later] == [5, 4]


def test_rivals_and_reasons_group_the_moves_that_name_them() -> None:
    found = of_facts(BASE, "rivals", "rival", known_at=AUGUST)
    assert [(row["group"], row["ported_out"]) for row in found["rows"]] == [
        ("rival_east", 1),
        ("not_recorded", 0),
    ]
    # Use has no rival's name, so its indicators are not shown by it.
    assert [one["name"] for one in found["indicators"]] == ["ported_out", "cancelled_for_rival"]


def test_a_cancellation_for_a_rival_counts_once_at_the_request(first: Totals) -> None:
    facts = [
        *joined("C1"),
        fact("contracts", "C1", JUNE_5, event="pre_cancelled", rival="rival_net"),
        fact("contracts", "C1", JUNE_20, event="cancelled", rival="rival_net"),
        *joined("C2"),
        fact("contracts", "C2", JUNE_5, event="cancelled", rival="rival_net"),
    ]
    assert first(of_facts(facts, "rivals"))["cancelled_for_rival"] == 2


def test_a_renewal_is_not_a_change_of_plan() -> None:
    facts = [
        *joined("C1"),  # on P1
        fact("contracts", "C1", JUNE_5, event="plan_changed", plan="P1"),
        fact("contracts", "C1", JUNE_15, event="plan_changed", plan="P2"),
        fact("contracts", "C1", JUNE_20, event="plan_changed", plan="P2"),
    ]
    found = of_facts(facts, "movement", "plan_before")
    assert [(row["group"], row["plans_changed"]) for row in found["rows"]] == [("P1", 1)]


def test_tiers_rise_and_fall_by_the_bills_that_are_known(first: Totals) -> None:
    def bill(customer: str, month: int, amount: int) -> Fact:
        at = datetime(2025, month, 3)
        return fact(
            "bills", customer, at, period=datetime(2025, month - 1, 1).date(), revenue_fen=amount
        )

    facts = [
        *joined("rises"), bill("rises", 5, 5_000), bill("rises", 6, 30_000),
        *joined("falls"), bill("falls", 5, 20_000), bill("falls", 6, 10_000),
        *joined("stays"), bill("stays", 5, 9_000), bill("stays", 6, 9_000),
        *joined("joins", 8), bill("joins", 6, 50_000),
    ]  # fmt: skip
    found = of_facts(facts, "movement", "value_tier_before")
    by_tier = {row["group"]: row for row in found["rows"]}
    assert list(by_tier) == ["gold", "standard"]
    # 17,500 fen on average is silver, 15,000 too.
    assert (by_tier["standard"]["tier_risen"], by_tier["gold"]["tier_fallen"]) == (1, 1)
    total = first(found)
    assert (total["tier_risen"], total["tier_fallen"], total["tier_kept"]) == (1, 1, 1)


def test_customers_at_the_start_and_the_net_growth_make_those_at_the_end() -> None:
    """Of 300 customers with events at random, many of one moment, against a plain count."""
    random, facts = Random(3), []
    events = ("suspended", "restored", "pre_cancelled", "cancelled", "ported", "started")
    lives: dict[str, list[tuple[datetime, str]]] = {}
    for number in range(300):
        customer = f"C{number:03d}"
        facts.append(fact("customers", customer, datetime(2025, 1, 1), city="AB"[number % 2]))
        life = [(datetime(2025, random.choice((1, 6)), 2), "started")] if number % 10 else []
        for _ in range(random.randrange(5)):
            at = datetime(2025, random.choice((6, 7)), random.randint(1, 4))
            life.append((at, random.choice(events)))
        lives[customer] = sorted(set(life))
        facts += [contract(customer, event, at) for at, event in lives[customer]]
    result = of_facts(facts, "development", "city", until=AUGUST)
    for row in [*result["rows"], *result["totals"]]:
        assert row["customers_at_start"] + row["customers_net"] == row["customers_at_end"]
        gained = row["customers_new"] + row["customers_returned"]
        assert gained - row["customers_lost"] == row["customers_net"]
    at_end = Counter(_is_there(life, AUGUST) for life in lives.values())
    assert result["totals"][-1]["customers_at_end"] == at_end[True]
    assert result["totals"][0]["customers_at_start"] == sum(
        _is_there(life, JUNE) for life in lives.values()
    )
    assert result["totals"][1]["customers_at_start"] == sum(
        _is_there(life, JULY) for life in lives.values()
    )


RANK = ("started", "suspended", "restored", "pre_cancelled", "cancelled", "ported")


def _is_there(life: list[tuple[datetime, str]], moment: datetime) -> bool:
    """By the last event before the moment since the latest start, as the standing has it."""
    starts = [at for at, event in life if event == "started" and at < moment]
    if not starts:
        return False
    own = [
        (at, RANK.index(event))
        for at, event in life
        if max(starts) <= at < moment
        and not (at == max(starts) and event in ("cancelled", "ported"))
    ]
    return RANK[max(own)[1]] not in ("cancelled", "ported")


def test_without_the_column_there_is_neither_the_indicator_nor_the_dimension() -> None:
    found = of_facts(BASE, "rivals", "all", known_at=AUGUST, without=["contracts.rival"])
    names = [one["name"] for one in found["indicators"]]
    assert "ported_out" in names
    assert "cancelled_for_rival" not in names
    by_rival = of_facts(BASE, "rivals", "rival", known_at=AUGUST, without=["contracts.rival"])
    assert [(row["group"], row["ported_out"]) for row in by_rival["rows"]] == [("not_recorded", 1)]
