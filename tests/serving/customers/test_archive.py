"""The archive of a customer: each change once, dated by both clocks, as known at a moment."""

from __future__ import annotations

from pathlib import Path

import pytest

from features.errors import LakeError, UnknownCustomers
from serving.customers.archive import archive, in_words
from tests.facts import day, fact, import_facts, joined, used


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A moves on day 10 (known on day 20) and changes plan on day 30; B is another customer."""
    folder = tmp_path_factory.mktemp("archive")
    import_facts(
        folder / "home",
        [
            *joined("A", 0, city="Harbour", consent=True),
            fact("customers", "A", day(10), day(20), city="Hill", consent=True),
            fact("customers", "A", day(15), day(16), city="Hill", consent=True),
            fact("contracts", "A", day(30), event="plan_changed", plan="P2"),
            *joined("B", 5),
            used("A", 1, data_kb=5),
        ],
        folder / "raw",
    )
    return folder / "home"


def test_every_change_is_there_once_with_both_clocks(home: Path) -> None:
    found = archive(home, "A")
    assert [(one["at"][:10], one["what"], one["now"]) for one in found["changes"][2:]] == [
        (f"{day(10):%F}", "profile", {"city": "Hill"}),
        (f"{day(30):%F}", "plan_changed", {"plan": "P2"}),
    ]
    assert {one["what"] for one in found["changes"][:2]} == {"profile", "started"}
    assert found["changes"][2]["known_at"][:10] == f"{day(20):%F}"
    assert (found["standing"], found["city"], found["plan"]) == ("active", "Hill", "P2")


def test_without_a_date_the_answer_is_of_the_latest_moment_that_the_data_know(home: Path) -> None:
    """Day 30 is the last of which anything is known, whatever today's clock says."""
    found = archive(home, "A")
    assert found == archive(home, "A", day(31))
    assert (found["as_of"], found["tenure_days"]) == (f"{day(31):%F}", 31)
    assert archive(home, "A", day(12))["as_of"] == f"{day(12):%F}"


def test_a_date_beyond_the_data_is_refused_and_their_end_named(home: Path) -> None:
    with pytest.raises(LakeError, match=f"the data in .* end before {day(31):%F}"):
        archive(home, "A", day(32))


def test_what_was_learned_later_is_not_in_it(home: Path) -> None:
    found = archive(home, "A", day(12))
    assert found["city"] == "Harbour"
    assert len(found["changes"]) == 2


def test_it_reads_as_a_page(home: Path) -> None:
    page = in_words(archive(home, "A"))
    assert page.startswith(f"A at {day(31):%F}: active; plan P2, payment mode postpaid")
    assert f"{day(10):%F}  profile       city Hill  known {day(20):%F}" in page


def test_an_unknown_customer_is_refused_by_name(home: Path) -> None:
    with pytest.raises(UnknownCustomers, match="nothing is known of C") as refusal:
        archive(home, "C")
    assert refusal.value.details == {"customer_ids": ["C"]}
