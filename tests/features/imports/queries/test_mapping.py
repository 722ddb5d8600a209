"""A mapping that cannot work is refused before any file is opened."""

from __future__ import annotations

from pathlib import Path

import pytest

from features.errors import SettingsError
from features.imports.queries.mapping import read_mapping

GOOD = """
max_bad_share = 0.01
timezone = "UTC"
[feed.bills]
sql = "select 1;"
event_time = "issued"
delay_days = 2
[feed.payments]
sql = "select 2"
event_time = "paid"
known_at = "booked"
timezone = "Asia/Tokyo"
max_bad_share = 0.5
"""


def test_a_feed_takes_what_it_does_not_say_from_the_top(tmp_path: Path) -> None:
    path = tmp_path / "mapping.toml"
    path.write_text(GOOD)
    mapping = read_mapping(path)
    assert (mapping.zone("bills"), mapping.zone("payments")) == ("UTC", "Asia/Tokyo")
    assert (mapping.bad_share("bills"), mapping.bad_share("payments")) == (0.01, 0.5)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("max_bad_share = 0.01", "", "missing: max_bad_share"),
        ("max_bad_share = 0.01", "max_bad_share = 1.5", "expected a share from 0 to 1"),
        ("max_bad_share = 0.5", "max_bad_share = -1", r"\[feed.payments\] max_bad_share"),
        ("max_bad_share = 0.5", "colour = 'red'", "unknown: colour"),
        ('timezone = "UTC"', 'timezone = "Mars"', "timezone is 'Mars'"),
        ('"Asia/Tokyo"', '"Asia/Atlantis"', r"\[feed.payments\] timezone"),
        ("[feed.bills]", "[feed.bill]", "no feed is called bill"),
        ("delay_days = 2", "", "needs one of known_at"),
        ("delay_days = 2", 'delay_days = 2\nknown_at = "x"', "and not both"),
        ("delay_days = 2", "delay_days = -2", "expected 0 to 366"),
        ("delay_days = 2", "delay_days = 2\nfiles = ['b.csv']", "has files and no encoding"),
        (
            "delay_days = 2",
            "delay_days = 2\nencoding = 'klingon'\nfiles = ['b.csv']",
            "'klingon', which Python does not know",
        ),
        ('"select 1;"', '"selec 1"', "sql cannot be read"),
        ('"select 1;"', "\"copy (select 1) to 'x'\"", "one SELECT and nothing else"),
        ('"select 1;"', '"select 1; select 2"', "one SELECT and nothing else"),
        ('"select 1;"', "7", "sql is 7; expected str"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, old: str, new: str, words: str) -> None:
    assert old in GOOD
    path = tmp_path / "mapping.toml"
    path.write_text(GOOD.replace(old, new))
    with pytest.raises(SettingsError, match=words):
        read_mapping(path)


def test_a_mapping_without_feeds_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mapping.toml"
    path.write_text("max_bad_share = 0.1\n[feed]\n")
    with pytest.raises(SettingsError, match="it has no"):
        read_mapping(path)
