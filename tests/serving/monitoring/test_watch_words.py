"""Sentences about what moved: plain, complete, and in both languages."""

from __future__ import annotations

from pathlib import Path

import pytest

from features.words import LANGUAGES
from serving.monitoring.watch import About, Alarm, Watched
from serving.monitoring.watch_words import Wording, is_rename
from training.drift.compared import Moved

PLAN = Moved("levels", "plan", 0.34, 0.0, 0.02, new=(("P7", 0.031),), gone=(("P3", 0.03),))
BILL = Moved("shape", "mean_bill_cny", 0.5, 0.0, 0.2, ("Suzhou",), 60.04, 72.5, more=("a", "b"))
UNIT = Moved("unit", "data_mb_4w", 12.9, 0.0, 0.02, (), 3012.0, 3.1e6, factor=1024)
BAD = Moved("quarantined", "bills", 0.5, 0.0, 0.2, before=0.002, after=0.4)
ALARMS: list[tuple[About, Moved]] = [
    ("feed", Moved("absent", "calls", 1.0, 0.0, 0.0)),
    ("feed", Moved("late", "bills", 1.5, 0.0, 1.0, before=31.2, after=61.0)),
    ("feed", BAD),
    ("feature", PLAN),
    ("feature", BILL),
    ("feature", UNIT),
    ("feature", Moved("missing", "survey_score_52w_mean", 0.6, 0.0, 0.1, missing_after=0.4)),
    ("feature", Moved("shape", "brand", 0.3, 0.0, 0.1)),
    ("feature", Moved("absent", "age_years", 20.0, 0.0, 0.0, missing_after=1.0)),
    ("score", Moved("shape", "churn_risk", 0.4, 0.0, 0.1, before=0.02, after=0.04)),
    ("score", Moved("shape", "first_reason", 0.4, 0.0, 0.1)),
]


def said(language: str, about: About, moved: Moved, home: Path) -> tuple[str, str]:
    own = Wording(home, language).of(Alarm(about, moved, "2026-02-27", "Li"))
    return own.text, own.do


def test_a_renamed_plan_is_said_with_both_names(tmp_path: Path) -> None:
    text, do = said("en", "feature", PLAN, tmp_path)
    assert text.endswith("plan: P7 is new: 3.1% of the customers; P3 has gone: it had 3.0%.")
    assert do.startswith("This looks like a rename.")
    text, do = said("zh", "feature", PLAN, tmp_path)
    assert "新出现P7：占客户3.1%；P3已消失：原占3.0%。" in text
    assert do.startswith("看来是改名。")


def test_the_city_means_and_other_features_are_said(tmp_path: Path) -> None:
    text, _ = said("en", "feature", BILL, tmp_path)
    assert " in Suzhou alone: the mean is 72.5, it was 60. So have 2 other features" in text
    assert "（仅Suzhou）：均值为72.5，原为60。" in said("zh", "feature", BILL, tmp_path)[0]


def test_another_unit_is_said_with_its_factor(tmp_path: Path) -> None:
    text, do = said("en", "feature", UNIT, tmp_path)
    assert "the mean is 3,100,000, it was 3,012: 1,024 times." in text
    assert do.startswith("This looks like another unit.")


def test_feeds_are_said_by_their_names(tmp_path: Path) -> None:
    late = Moved("late", "bills", 1.5, 0.0, 1.0, before=31.2, after=60.8)
    text = "Bills: no new row for 61 days; 31 at the reference."
    assert said("en", "feed", late, tmp_path)[0] == text
    assert said("en", "feed", BAD, tmp_path)[0].startswith("Bills: 40.0% of the rows")
    assert said("zh", "feed", BAD, tmp_path)[0].startswith("账单：")


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_alarm_has_its_lines(language: str, tmp_path: Path) -> None:
    alarms = tuple(Alarm(about, moved, "2026-02-27", "Li") for about, moved in ALARMS)
    found = Watched("2026-03-02", "2026-02-02", "2", True, 24_280, alarms)
    head, other, *lines = Wording(tmp_path, language).lines(found)
    assert ("24,280" in head, "2026-02-02" in head, bool(other)) == (True, True, True)
    assert len(lines) == len(alarms)
    for number, line in enumerate(lines, 1):
        assert line.startswith(f"{number}. ")
        assert line.count("\n") == 2
        assert "2026-02-27" in line
        assert "Li" in line
        assert "{" not in line


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_quiet_night_and_a_first_one_are_said(language: str, tmp_path: Path) -> None:
    wording = Wording(tmp_path, language)
    quiet = Watched("2026-03-02", "2026-02-02", "1", False, 10, ())
    first = Watched("2026-03-02", "2026-03-02", "1", False, 10, ())
    assert "2026-02-02" in wording.quiet(quiet)
    assert "2026-03-02" in wording.quiet(first)
    assert wording.quiet(quiet) != wording.quiet(first)


def test_levels_of_other_shares_are_not_a_rename() -> None:
    assert is_rename(PLAN)
    assert not is_rename(Moved("levels", "plan", 1, 0, 0, new=(("P7", 0.3),), gone=(("P3", 0.02),)))
    assert not is_rename(Moved("levels", "plan", 1, 0, 0, new=(("P7", 0.3),)))
