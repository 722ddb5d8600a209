"""A small lake, measured: what is counted by hand is what is found."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from features.doctor import Health, examine
from features.doctor.dates import Untrue
from features.doctor.deliveries import QuarantineReason
from features.doctor.orphans import Orphans
from features.errors import ImportRefused, LakeError
from features.imports.sources import import_feeds
from tests.facts import day, fact, files_of, import_facts, joined, used

pytestmark = pytest.mark.slow


@pytest.fixture
def health(tmp_path: Path) -> Any:
    """Imports facts, each call of its own, and examines the lake they have become."""

    def examined(*imports: list[Any]) -> Health:
        for number, facts in enumerate(imports):
            import_facts(tmp_path / "home", facts, tmp_path / f"extract-{number}")
        return examine(tmp_path / "home")

    return examined


def pair() -> list[Any]:
    return [*joined("C1"), *joined("C2")]


def test_a_feed_is_counted_and_both_clocks_are_shown(health: Any) -> None:
    found = health([*pair(), used("C1", 0), used("C2", 1, known=4.5)])
    usage = found.feeds["usage"]
    assert (usage.rows, usage.corrections, usage.clock) == (2, 0, "recorded")
    assert (usage.clocks.first_event, usage.clocks.last_event) == (day(0.999), day(1.999))
    assert usage.clocks.last_known == day(4.5)
    assert found.as_of == day(5), "the midnight after the last fact was known"


def test_a_row_that_speaks_of_the_same_day_again_is_a_correction(health: Any) -> None:
    first = [*pair(), *(used("C1", n) for n in range(5)), used("C2", 0)]
    again = used("C1", 3, known=9, sms=7)
    found = health([*first, again])
    assert (found.feeds["usage"].rows, found.feeds["usage"].corrections) == (7, 1)


def test_a_bill_delivered_again_is_a_correction_too(health: Any) -> None:
    bill = fact("bills", "C1", day(0), period=date(2025, 5, 1), revenue_fen=8000)
    corrected_bill = fact("bills", "C1", day(0), day(9), period=date(2025, 5, 1), revenue_fen=6000)
    found = health([*pair(), used("C1", 0), bill], [corrected_bill])
    assert (found.feeds["bills"].rows, found.feeds["bills"].corrections) == (2, 1)


def test_what_came_twice_is_known_already(health: Any) -> None:
    facts = [*pair(), used("C1", 0), used("C2", 0)]
    found = health(facts, facts)
    assert found.feeds["usage"].delivered.known_already == 2
    assert found.feeds["usage"].rows == 2
    assert found.last_import.accepted


def test_rows_quarantined_are_counted_by_reason_and_a_refused_import_quarantines_nothing(
    health: Any, tmp_path: Path
) -> None:
    home, folder = tmp_path / "home", tmp_path / "extract-0"
    bad = [used("", 1), used("C2", 2, sms=-1), used("C2", 3, sms=-5)]
    with pytest.raises(ImportRefused):
        health([*pair(), used("C1", 0), *bad])
    with pytest.raises(LakeError, match="holds no rows; the imports so far were refused"):
        examine(home)
    mapping = folder / "mapping.toml"
    mapping.write_text(mapping.read_text().replace("max_bad_share = 0.0", "max_bad_share = 1.0"))
    import_feeds(home, mapping, folder, datetime(2026, 1, 1))
    delivered = examine(home).feeds["usage"].delivered
    assert delivered.reasons == (
        QuarantineReason("sms < 0", 2),
        QuarantineReason("customer_id is empty", 1),
    )
    assert delivered.quarantined == 3
    assert (home / "lake" / "quarantine" / str(delivered.latest)).is_file()


def test_a_row_quarantined_by_two_imports_is_one_row(health: Any, tmp_path: Path) -> None:
    home, folder = tmp_path / "home", tmp_path / "extract-0"
    bad = [used("C2", 2, sms=-1), used("C2", 2, sms=-1), used("C2", 3, sms=-5)]
    with pytest.raises(ImportRefused):
        health([*pair(), used("C1", 0), *bad])
    mapping = folder / "mapping.toml"
    mapping.write_text(mapping.read_text().replace("max_bad_share = 0.0", "max_bad_share = 1.0"))
    for minute in range(2):
        import_feeds(home, mapping, folder, datetime(2026, 1, 1, 0, minute))
    delivered = examine(home).feeds["usage"].delivered
    assert delivered.reasons == (QuarantineReason("sms < 0", 3),)
    (home / "lake" / "quarantine" / str(delivered.latest)).write_bytes(b"PAR1 cut off")
    with pytest.raises(LakeError, match="quarantine is damaged"):
        examine(home)


def test_a_part_that_cannot_be_read_is_a_refusal(health: Any, tmp_path: Path) -> None:
    health([*pair(), used("C1", 0)])
    (part,) = (tmp_path / "home" / "lake" / "feeds" / "usage").iterdir()
    part.write_bytes(b"x" * part.stat().st_size)
    with pytest.raises(LakeError, match="feeds is damaged"):
        examine(tmp_path / "home")


def test_who_has_no_profile_or_no_contract_is_an_orphan(health: Any) -> None:
    profile_alone = fact("customers", "C3", day(-9))
    contract_alone = fact("contracts", "C4", day(-9), event="started")
    found = health([*pair(), profile_alone, contract_alone, used("C1", 0), used("C9", 0)])
    assert found.feeds["usage"].orphans == Orphans(2, 1, ("customers", "contracts"), "C9")
    assert found.feeds["customers"].orphans == Orphans(3, 1, ("contracts",), "C3")
    assert found.feeds["contracts"].orphans == Orphans(3, 1, ("customers",), "C4")


def test_a_plan_does_not_count_as_a_customer(health: Any) -> None:
    found = health([*pair(), used("C1", 0), fact("plans", "P1", day(-300))])
    assert found.feeds["plans"].orphans is None


def test_a_contract_without_its_start_is_found(health: Any) -> None:
    found = health([*pair(), fact("contracts", "C3", day(-5), event="suspended"), used("C1", 0)])
    assert found.never_started == Orphans(3, 1, ("started",), "C3")


def test_departures_are_counted_once_and_their_empty_months_found(health: Any) -> None:
    gone = [
        fact("contracts", f"C{number}", datetime(2025, month, 1 + number), event="ported")
        for month in (1, 2, 4)
        for number in range(12)
    ]
    again = {"event": "ported", "plan": "P2"}
    corrected = fact("contracts", "C1", datetime(2025, 1, 2), datetime(2025, 1, 9), **again)
    found = health([*pair(), *gone, corrected, used("C1", 0)])
    assert found.departures == 36
    assert found.feeds["contracts"].missing_months == ((2025, 3), (2025, 5))


def test_months_of_use_before_the_first_departure_are_found(health: Any) -> None:
    gone = [fact("contracts", f"C{number}", day(70), event="ported") for number in range(12)]
    found = health([*pair(), *gone, used("C1", 0)])
    assert found.feeds["contracts"].missing_months == ((2025, 7),), "June is covered in part"


def test_a_day_far_off_is_a_day_like_another(health: Any) -> None:
    long_ago = fact("usage", "C1", datetime(1950, 1, 2), day=date(1950, 1, 1))
    found = health([*pair(), long_ago, used("C1", 0), used("C1", 0, known=9, sms=7)])
    assert (found.feeds["usage"].rows, found.feeds["usage"].corrections) == (3, 1)


def test_dates_that_cannot_be_true_are_found(health: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a lake that was filled before imports refused them."""
    monkeypatch.setattr("features.imports.fields.checks.bounds", lambda *_: [])
    old = [
        fact("customers", "C3", datetime(1, 1, 1), datetime(2025, 1, 1), birth_year=1900),
        fact("customers", "C4", datetime(1970, 1, 1, 8), datetime(2025, 1, 1), birth_year=1980),
        fact("contracts", "C4", datetime(1970, 1, 1, 8), datetime(2025, 1, 1), event="started"),
    ]
    found = health([*pair(), *old, used("C1", 0)])
    assert found.feeds["customers"].untrue == (
        Untrue("birth_year < 1905", 1, "1900"),
        Untrue("event_time is a placeholder and not a date", 2, "0001-01-01 00:00:00"),
    )
    assert [one.rows for one in found.feeds["contracts"].untrue] == [1]
    assert found.feeds["usage"].untrue == ()


def test_a_default_stands_out_and_a_true_day_does_not(health: Any) -> None:
    known = datetime(2024, 1, 1)
    start = [datetime(2000, 1, 1)] * 6 + [datetime(2003, 5, number) for number in range(1, 8)]
    facts = [
        fact("customers", f"C{number}", moment, known, birth_year=1970 if number < 5 else 1988)
        for number, moment in enumerate(start)
    ]
    customers = health([*facts, used("C1", 0)]).feeds["customers"]
    assert [(one.column, one.value, one.rows) for one in customers.defaults] == [
        ("event_time", "2000-01-01", 6),
        ("birth_year", "1970", 5),
    ]


def test_days_without_use_and_the_last_week(health: Any) -> None:
    found = health([*pair(), *(used("C1", n) for n in range(20) if n not in (4, 15))])
    assert found.as_of == day(21)
    assert found.feeds["usage"].missing_days == (day(4).date(), day(15).date())
    assert found.feeds["usage"].last_days_missing == (day(15).date(),), "of days 12 to 18"


def test_use_that_ends_before_the_other_feeds_lacks_the_last_days(health: Any) -> None:
    found = health([*pair(), used("C1", 0), fact("customers", "C1", day(9.5), city="B")])
    assert found.as_of == day(10)
    assert found.feeds["usage"].last_days_missing == tuple(day(n).date() for n in range(1, 8))


def test_a_home_in_which_only_a_part_was_imported(health: Any) -> None:
    found = health([used("C1", 0)])
    assert found.feeds.keys() == {"usage"}
    assert found.departures is None
    assert found.feeds["usage"].orphans is None
    assert {absence.feed for absence in found.supply.absences} >= {"customers", "contracts"}


def test_an_empty_home_is_refused(tmp_path: Path) -> None:
    (tmp_path / "home" / "lake").mkdir(parents=True)
    with pytest.raises(LakeError, match="liuke import MAPPING"):
        examine(tmp_path / "home")


def test_examining_changes_nothing(health: Any, tmp_path: Path) -> None:
    health([*pair(), used("C1", 0)])
    before = files_of(tmp_path / "home")
    examine(tmp_path / "home")
    assert files_of(tmp_path / "home") == before
