"""Every kind of finding has words, and the words say what to do."""

from __future__ import annotations

import inspect
import re

import pytest

import features.doctor.findings
import serving.doctor.diagnosis
import training.readiness
from features.doctor import Finding
from features.doctor.absences import supply
from features.doctor.orphans import Orphans
from features.feeds import FEEDS
from features.words import words
from serving.doctor.phrases import features_of, first_of, months_of
from serving.doctor.words import PARTS, VALUES, text_of

SOURCES = (features.doctor.findings, training.readiness, serving.doctor.diagnosis)
FINDING = re.compile(r'Finding\(\s*"(\w+)"')


def test_each_kind_that_is_found_has_words_and_no_words_are_left_over() -> None:
    found = {kind for source in SOURCES for kind in FINDING.findall(inspect.getsource(source))}
    assert found == set(VALUES)


def test_each_kind_says_what_was_found_and_no_sentence_is_left_over() -> None:
    known = words("en", "doctor")
    assert {kind for kind in VALUES if f"{kind}_found" not in known} == set()
    sentences = {key for key in known if key.rpartition("_")[2] in PARTS}
    assert {key.rpartition("_")[0] for key in sentences} == set(VALUES)


def test_orphans_say_what_they_lack() -> None:
    lacking = Orphans(100, 6, ("contracts",), "C7")
    text = text_of(Finding("orphans", "customers", "fault", {"orphans": lacking}), "en")
    assert "6 of 100 customers (such as C7) have no contract;" in text.found
    assert "not in the network" in text.expected


def test_a_single_month_stands_alone_and_long_lists_are_cut() -> None:
    assert months_of([(2025, 3)], "en") == "2025-03"
    assert first_of(["a", "b", "c", "d"], 2, "en") == "a, b, and 2 more"
    assert features_of(["a"], "en") == "1 feature (a)"


@pytest.mark.parametrize("feed", [name for name, feed in FEEDS.items() if not feed.required])
def test_a_feed_that_is_not_delivered_takes_something(feed: str) -> None:
    columns = frozenset(f"{one.name}.{c.name}" for one in FEEDS.values() for c in one.columns)
    without = frozenset(column for column in columns if not column.startswith(f"{feed}."))
    (absence,) = supply("CNY", without, has_topics=True).absences
    text = text_of(Finding("feed_absent", feed, "note", {"absence": absence}), "en")
    assert re.search(r"that takes \w.*\w\W*\.$", text.found)
